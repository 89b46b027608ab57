// Says in plain words what an event of week 3 means. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { levelsModel } = strata;

  const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

  function bytes(count) {
    if (count < 10_000) return `${count} bytes`;
    if (count < 1_000_000) return `${(count / 1024).toFixed(0)} KiB`;
    return `${(count / 1048576).toFixed(1)} MiB`;
  }
  function time(microseconds) {
    return microseconds < 1_000_000 ? `${(microseconds / 1000).toFixed(1)} ms`
                                    : `${(microseconds / 1_000_000).toFixed(2)} s`;
  }

  // "4 tables of level 0 and 2 of level 6"
  function inputs(text) {
    const counts = new Map();
    for (const { level } of levelsModel.namesOf(text)) counts.set(level, (counts.get(level) ?? 0) + 1);
    return [...counts].map(([level, count], i) =>
      `${i === 0 ? plural(count, "table") : count} of level ${level}`).join(" and ");
  }

  const opened = (before, event) => `The policy is ${event.policy}.`;
  const found = (before, event) =>
    `Table ${event.table} is found in level ${event.level}: ${plural(event.entries, "entry", "entries")} ` +
    `from ${event.smallest} to ${event.largest}.`;
  const flushed = (before, event, after) =>
    `A memtable has become table ${event.table} of level 0: ` +
    `${plural(event.entries, "entry", "entries")} from ${event.smallest} to ${event.largest}. ` +
    `Level 0 has ${plural(after.levels[0].length, "table")} now; a read looks at each that has its key in range.`;
  const begun = (before, event) =>
    `Compaction ${event.compaction} begins, because ${event.reason}: ${inputs(event.inputs)} ` +
    `are merged into level ${event.level}, ${bytes(event.bytes)} to read. Until it is done, ` +
    "readers ask the tables that are there.";
  const written = (before, event) =>
    `Table ${event.table} is written, from ${event.smallest} to ${event.largest}. ` +
    "It is not in force yet: nobody reads it.";
  function finished(before, event) {
    const read = before.running?.bytes ?? event.bytes;
    return `Compaction ${event.compaction} is done: ${inputs(event.inputs)}, ${bytes(read)}, have ` +
           `become ${plural(event.outputs, "table")} of level ${event.level}, ${bytes(event.bytes)}. ` +
           `${bytes(Math.max(0, read - event.bytes))} were outdated.`;
  }
  const failed = (before, event) =>
    `The compaction failed: ${event.reason}. The tables are as they were.`;
  const moved = (before, event) =>
    `Table ${event.table} moves from level ${event.from} to level ${event.level}, because ` +
    `${event.reason} and it overlaps nothing there. Not a byte is written.`;
  const stalled = (before, event) =>
    `The writers have waited ${time(event.microseconds)} for compactions: ${event.reason}.`;

  const kSentences = {
    levels_opened: opened, table_found: found, flush_finished: flushed, compaction_begun: begun,
    table_written: written, compaction_finished: finished, compaction_failed: failed,
    table_moved: moved, stalled,
  };

  // What a store tells of its log and its memtables, as in weeks 1 and 2.
  const kBeside = new Set([
    "opening", "recovered", "replayed", "applied", "applied_also", "memtable_set_aside",
    "flush_begun", "flush_failed", "segment_found", "segment_opened", "segment_sealed",
    "segment_dropped", "appended", "flushed", "synced", "vouched", "power_cut",
  ]);

  // `event` led from the state `before` to the state `after`.
  function sentence(before, event, after) {
    const say = Object.hasOwn(kSentences, event.event) ? kSentences[event.event] : null;
    if (say) return say(before, event, after);
    return kBeside.has(event.event)
      ? `Of the log or a memtable ("${event.event}"): the levels stay as they are.`
      : `This page does not know the event "${event.event}".`;
  }

  const kSummaries = {
    levels_opened: (event) => event.policy,
    table_found: (event) => `table ${event.table}, level ${event.level}`,
    flush_finished: (event) => `table ${event.table}`,
    compaction_begun: (event) => `${plural(levelsModel.namesOf(event.inputs).length, "table")} into level ${event.level}`,
    table_written: (event) => `table ${event.table}`,
    compaction_finished: (event) => `${plural(event.outputs, "table")}, ${bytes(event.bytes)}`,
    compaction_failed: (event) => event.reason,
    table_moved: (event) => `table ${event.table} to level ${event.level}`,
    stalled: (event) => time(event.microseconds),
  };

  // An event in a few words, for a list.
  function summary(event) {
    const say = Object.hasOwn(kSummaries, event.event) ? kSummaries[event.event] : null;
    return say ? say(event) : "";
  }

  strata.levelsSentences = { sentence, summary, bytes, time, plural };
})();
