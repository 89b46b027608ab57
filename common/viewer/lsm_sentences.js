// Says in plain words what an event of week 2 means. What happens to the log alone is said as
// in week 1. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { logSentences, lsmModel } = strata;

  const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
  const entries = (count) => plural(count, "entry", "entries");

  function applied(before, event, after) {
    const state = lsmModel.entryState(after, { logEnd: before.unapplied[0] ?? 0 });
    const safe = state === "durable" ? "Its record in the log is durable."
      : "Its record in the log is not durable yet: a power cut may take it.";
    if (event.operations > 1)
      return `A batch of ${event.operations} operations takes the sequence numbers ` +
             `${event.sequence} to ${after.sequence} and is in the memtable. Readers see all of it ` +
             `at once, from now on. ${safe}`;
    const what = event.verb === "DELETE"
      ? "is an entry too: it has to hide what older parts say of the key"
      : "is in the active memtable, sorted in among the others";
    return `${event.verb} ${event.key} has sequence number ${event.sequence} and ${what}. ` +
           `Readers see it from now on. ${safe}`;
  }
  const appliedAlso = (before, event) =>
    `${event.verb} ${event.key} belongs to the same batch and has sequence number ${event.sequence}.`;

  const setAside = (before, event) =>
    `The memtable is set aside with ${entries(event.entries)}: it takes nothing more, and is read ` +
    "as before. Writes go on in a new one, and in a new segment of the log.";
  const flushBegun = (before, event) =>
    `The flush begins: ${entries(event.entries)} are written out, in order, as a table. Until it ` +
    "is durable and in the manifest, readers ask the memtable and the log is kept.";
  const flushFailed = (before, event) =>
    `The flush failed: ${event.reason}. The memtable stays, and so does the log; nothing is lost.`;
  const flushFinished = (before, event) =>
    `The memtable has become table ${event.table} of level ${event.level}, durable and in the ` +
    `manifest: ${entries(event.entries)} from ${event.smallest} to ${event.largest}. The log ` +
    `before position ${event.log_start} is not needed any more.`;

  const segmentDropped = (before, event) =>
    `Segment ${event.base} of the log is removed: tables hold what its records did.`;

  function powerCut(before, event, after) {
    const { inMemory, atRisk } = after.crash;
    const memory = `The power goes, and with it the memtables with ${entries(inMemory)}. ` +
                   "The tables are safe. ";
    if (inMemory === 0) return "The power goes. No entry was in memory; the tables are safe.";
    if (atRisk === 0) return `${memory}The log has all of it, durably.`;
    return `${memory}Of ${plural(atRisk, "operation")} the record in the log was never synced: only ` +
           "recovery will tell what the disk kept.";
  }

  function tableFound(before, event) {
    const unseen = before.full && !before.tables.some(({ number }) => number === event.table)
      ? " Its flush came to its end just when the power went." : "";
    return `The manifest names table ${event.table} in level ${event.level}: ` +
           `${entries(event.entries)} from ${event.smallest} to ${event.largest}. ` +
           `The log is needed from position ${event.log_start}.${unseen}`;
  }
  const replayed = (before, event) =>
    `Recovery has read ${event.verb} ${event.key} from the log and gave it sequence number ` +
    `${event.sequence}, as it had before. It is in the new memtable.`;

  function recovered(before, event, after) {
    const torn = event.tail === "torn"
      ? ` The log's tail was torn: ${plural(event.torn_bytes, "byte")} were cut off.` : "";
    return `The store is open, with ${plural(event.tables, "table")} and ${entries(event.entries)} ` +
           `from the log; the last sequence number is ${event.sequence}.${torn}` +
           fate(before.power ? null : after.crash);
  }
  function fate(crash) {
    if (!crash || crash.inMemory === 0) return "";
    if (crash.gone.length === 0) return " The power cut took nothing: the log had all of it.";
    return ` The power cut took ${plural(crash.gone.length, "operation")} that had not been synced.`;
  }

  const kSentences = {
    applied, applied_also: appliedAlso, memtable_set_aside: setAside, flush_begun: flushBegun,
    flush_failed: flushFailed, flush_finished: flushFinished, segment_dropped: segmentDropped,
    power_cut: powerCut, table_found: tableFound, replayed, recovered,
  };

  // `event` led from the state `before` to the state `after`.
  function sentence(before, event, after) {
    const say = Object.hasOwn(kSentences, event.event) ? kSentences[event.event] : null;
    return say ? say(before, event, after) : logSentences.sentence(before.log, event, after.log);
  }

  const operation = (event) => `${event.verb} ${event.key} @${event.sequence}`;
  const kSummaries = {
    applied: (event) => operation(event) +
                        (event.operations > 1 ? ` and ${event.operations - 1} more` : ""),
    applied_also: operation,
    replayed: operation,
    memtable_set_aside: (event) => entries(event.entries),
    flush_begun: (event) => entries(event.entries),
    flush_failed: (event) => event.reason,
    flush_finished: (event) => `table ${event.table}`,
    table_found: (event) => `table ${event.table}, level ${event.level}`,
    recovered: (event) => `${plural(event.tables, "table")}, ${entries(event.entries)}`,
  };

  // An event in a few words, for a list.
  function summary(event) {
    const say = Object.hasOwn(kSummaries, event.event) ? kSummaries[event.event] : null;
    return say ? say(event) : logSentences.summary(event);
  }

  strata.lsmSentences = { sentence, summary };
})();
