// The page of week 3: keys along the axis, a row for each table of level 0 and for each level
// below, and what is being merged.
"use strict";

(() => {
  const { levelsModel } = strata;
  const { plural, bytes, time, fill } = strata.words;

  const kSigns = {
    table: ["T", "good", "table", "a file; never changed"],
    new: ["N", "good", "new", "came with this event", "new"],
    input: ["M", "stripes", "being merged", "read as before until that is done"],
    output: ["O", "dots", "output", "written, not in force yet"],
  };

  // --- Words -------------------------------------------------------------------------

  // "4 tables of level 0 and 2 of level 6"
  function inputsOf({ inputs }) {
    const levels = Map.groupBy(levelsModel.namesOf(inputs), ({ level }) => level);
    return [...levels].map(([level, { length }], i) =>
      `${i === 0 ? plural(length, "table") : length} of level ${level}`).join(" and ");
  }
  function finished(event, before) {
    const read = before.running?.bytes ?? event.bytes;
    return `Compaction ${event.compaction} is done: ${inputsOf(event)}, ${bytes(read)}, have become ` +
           `${plural(event.outputs, "table")} of level ${event.level}, ${bytes(event.bytes)}. ` +
           `${bytes(Math.max(0, read - event.bytes))} were outdated.`;
  }

  const kEntries = "{entries|entry|entries} from {smallest} to {largest}";
  const kFlushed = `A memtable has become table {table} of level 0: ${kEntries}.`;
  const kWords = {
    levels_opened: ["The policy is {policy}.", "{policy}"],
    table_found: [`Table {table} is found in level {level}: ${kEntries}.`, "table {table}, level {level}"],
    flush_finished: [(event, before, after) => `${fill(kFlushed, event)} Level 0 has ` +
      `${plural(after.levels[0].length, "table")} now; a read looks at each that has its key in range.`,
                     "table {table}"],
    compaction_begun: [(event) =>
      `Compaction ${event.compaction} begins, because ${event.reason}: ${inputsOf(event)} are merged ` +
      `into level ${event.level}, ${bytes(event.bytes)} to read. Until it is done, readers ask the ` +
      "tables that are there.",
                       ({ inputs, level }) =>
                         `${plural(levelsModel.namesOf(inputs).length, "table")} into level ${level}`],
    table_written: ["Table {table} is written, from {smallest} to {largest}. It is not in force yet: " +
                    "nobody reads it.", "table {table}"],
    compaction_finished: [finished, "{outputs|table}, {bytes:bytes}"],
    compaction_failed: ["The compaction failed: {reason}. The tables are as they were.", "{reason}"],
    table_moved: ["Table {table} moves from level {from} to level {level}, because {reason} and it " +
                  "overlaps nothing there. Not a byte is written.", "table {table} to level {level}"],
    stalled: ["The writers have waited {microseconds:time} for compactions: {reason}.",
              "{microseconds:time}"],
  };

  // What a store tells of its log and its memtables, as in weeks 1 and 2.
  const kBeside = [strata.pageFor("week01-repl"), strata.pageFor("week02-repl")];
  const otherwise = {
    sentence: ({ event }) => (kBeside.some(({ words }) => Object.hasOwn(words, event))
      ? `Of the log or a memtable ("${event}"): the levels stay as they are.` : undefined),
  };

  const bytesOf = (tables) => bytes(tables.reduce((sum, table) => sum + table.bytes, 0));

  function facts(state) {
    const tables = state.levels.flat();
    const amplification = levelsModel.writeAmplification(state);
    return {
      "policy": state.policy ?? "not said",
      "time": time(state.at),
      "tables": `${tables.length}, ${bytesOf(tables)}`,
      "flushed": bytes(state.flushedBytes),
      "written by compactions": bytes(state.writtenBytes),
      "write amplification": amplification === null ? "none yet" : amplification.toFixed(2),
      "compactions, moves": `${state.compactions}, ${state.moves}`,
      "stalled": time(state.stalled),
    };
  }

  // --- The axis of keys --------------------------------------------------------------

  const kDigits = 8;   // of a key, behind what all keys begin with

  function commonPrefix(a, b) {
    let size = 0;
    while (size < a.length && a[size] === b[size]) ++size;
    return size;
  }

  // A key as a number: its characters are digits, of as many kinds as keys have. So keys that
  // are numbers, with zeros in front, are as far apart as the numbers are.
  function valueOf(letters, key, prefix) {
    let value = 0;
    for (let i = 0; i < kDigits; ++i) {
      const digit = prefix + i < key.length ? letters.indexOf(key[prefix + i]) : 0;
      value += Math.max(0, digit) / letters.length ** (i + 1);
    }
    return value;
  }

  // The shares of the axis, from 0 to 1, at which a range begins and ends.
  function rangeOf(keys, { smallest, largest }) {
    const prefix = commonPrefix(keys.smallest, keys.largest);
    const [from, to, left, right] = [keys.smallest, keys.largest, smallest, largest]
      .map((key) => valueOf(keys.letters, key, prefix));
    return to <= from ? { left: 0, right: 1 }
                      : { left: (left - from) / (to - from), right: (right - from) / (to - from) };
  }

  // --- Rows --------------------------------------------------------------------------

  const kNewest = 16;  // tables of level 0 that have a row each

  const boxOf = (state, table, sign) => ({
    sign, kind: `bar range ${sign}`, event: table.event, label: String(table.number),
    ...rangeOf(state.keys, table),
    title: `table ${table.number}, ${kSigns[sign][2]}: ${table.smallest} to ${table.largest}, ` +
           `${plural(table.count, "entry", "entries")}, ${bytes(table.bytes)}`,
  });
  const boxesOf = (state, tables) => () =>
    tables.map((table) => boxOf(state, table, levelsModel.tableState(state, table)));

  const rowOfLevel = (state, level) => ({
    id: `level-${level}`, kind: "level", height: level === 0 ? 26 : 38, strong: `Level ${level}`,
    small: `${plural(state.levels[level].length, "table")}, ${bytesOf(state.levels[level])}`,
    boxes: level === 0 ? [] : boxesOf(state, state.levels[level]) });

  // Those that are merged are always to be seen.
  function rowsOfLevel0(state) {
    const [tables] = state.levels;
    const isShown = (table, i) => i < kNewest || levelsModel.tableState(state, table) === "input";
    const shown = tables.filter(isShown).slice(0, 2 * kNewest);
    const older = tables.length - shown.length;
    return [
      ...shown.map((table) => ({ id: `table-${table.number}`, kind: "table", height: 24,
                                 small: `table ${table.number}, ${bytes(table.bytes)}`,
                                 boxes: boxesOf(state, [table]) })),
      ...(older > 0 ? [{ id: "older", height: 24, note: `and ${plural(older, "older table")}` }] : [])];
  }

  const rowOfOutputs = (state, { number, bytes: read, outputs }) => ({
    id: "outputs", kind: "table", height: 24, small: `compaction ${number} writes; ${bytes(read)} to read`,
    boxes: () => outputs.map((table) => boxOf(state, table, "output")) });

  // Levels that are empty, and lie above those that are not, are left out.
  function picture(state) {
    const { levels, running, keys, focus } = state;
    const isUsed = (tables, level) => level > 0 && (tables.length > 0 || running?.level === level);
    const first = levels.findIndex(isUsed);
    const below = first < 0 ? [] : levels.slice(first).flatMap((tables, i) => [
      rowOfLevel(state, first + i),
      ...(running?.level === first + i ? [rowOfOutputs(state, running)] : [])]);
    const labels = [{ at: 0, text: keys.smallest ?? "", kind: "first" },
                    { at: 1, text: keys.largest ?? "", kind: "last" }];
    return { rows: [rowOfLevel(state, 0), ...rowsOfLevel0(state), ...below], focus: `level-${focus}`,
             head: [{ kind: "axis", height: 22, small: "keys, in order", labels }] };
  }

  strata.pages.push({
    name: "levels",
    title: "Week 3: levels and compactions",
    plays: /^week03-(compaction-sim|repl)$/,
    model: levelsModel, words: kWords, otherwise, signs: kSigns, facts, picture,
    says: "Levels",
    columns: { names: 210, aside: 0 },
  });
})();
