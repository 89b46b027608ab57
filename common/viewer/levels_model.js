// What the levels of week 3 look like after each event of a trace: which tables there are, and
// which of them are being merged.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md.
"use strict";

(() => {
  const kLevels = 7;

  // A table: { number, level, bytes, count, smallest, largest, event }.
  const empty = () => ({
    policy: null,
    levels: Array(kLevels).fill([]),  // as a reader meets them: in level 0 the newest first
    running: null,     // a compaction: { number, inputs, level, bytes, outputs }
    latest: [],        // the numbers of the tables that came with the latest event
    at: 0,             // microseconds
    flushedBytes: 0,
    writtenBytes: 0,   // by compactions
    stalled: 0,        // microseconds
    compactions: 0,
    moves: 0,
    // All keys there were so far: the axis.
    keys: { smallest: null, largest: null, letters: "0123456789" },
    focus: null,       // the level where the latest event happened
  });

  // --- Tables ------------------------------------------------------------------------

  const tableOf = (event, index) => ({
    number: event.table, level: event.level, bytes: event.file_size, count: event.entries,
    smallest: event.smallest, largest: event.largest, event: index,
  });

  const withKeys = ({ smallest, largest, letters }, table) => ({
    smallest: smallest === null || table.smallest < smallest ? table.smallest : smallest,
    largest: largest === null || table.largest > largest ? table.largest : largest,
    letters: [...new Set(letters + table.smallest + table.largest)].sort().join(""),
  });

  const inOrder = (level) => (a, b) =>
    (level === 0 ? b.number - a.number : a.smallest < b.smallest ? -1 : 1);

  const add = (levels, tables) => levels.map((there, level) => {
    const come = tables.filter((table) => table.level === level);
    return come.length === 0 ? there : [...there, ...come].sort(inOrder(level));
  });

  const isOf = (inputs, table) =>
    inputs.some(({ level, number }) => level === table.level && number === table.number);
  const remove = (levels, inputs) =>
    levels.map((there) => there.filter((table) => !isOf(inputs, table)));

  // "0/12 1/7" names table 12 of level 0 and table 7 of level 1.
  const namesOf = (text) => text.split(" ").filter(Boolean).map((name) => {
    const [level, number] = name.split("/").map(Number);
    return { level, number };
  });

  // --- What the events do ------------------------------------------------------------

  function found(state, event, index) {
    const table = tableOf(event, index);
    return { ...state, levels: add(state.levels, [table]), latest: [table.number],
             keys: withKeys(state.keys, table), focus: table.level };
  }

  function finished(state, { inputs, level, bytes }) {
    const outputs = state.running?.outputs ?? [];
    return { ...state, running: null, focus: level,
             levels: add(remove(state.levels, namesOf(inputs)), outputs),
             latest: outputs.map(({ number }) => number),
             compactions: state.compactions + 1, writtenBytes: state.writtenBytes + bytes };
  }

  function moved(state, event) {
    const table = state.levels[event.from]?.find(({ number }) => number === event.table);
    if (!table) return state;
    return { ...state, levels: add(remove(state.levels, [table]), [{ ...table, level: event.level }]),
             latest: [event.table], moves: state.moves + 1, focus: event.level };
  }

  const steps = {
    levels_opened: (state, { policy }) => ({ ...empty(), at: state.at, policy }),
    table_found: found,
    flush_finished: (state, event, index) =>
      ({ ...found(state, event, index), flushedBytes: state.flushedBytes + event.file_size }),
    compaction_begun: (state, { compaction: number, inputs, level, bytes }) => ({
      ...state, latest: [], focus: level,
      running: { number, inputs: namesOf(inputs), level, bytes, outputs: [] } }),
    table_written: (state, event, index) => ({
      ...state, latest: [], focus: event.level,
      running: state.running &&
               { ...state.running, outputs: [...state.running.outputs, tableOf(event, index)] } }),
    compaction_finished: finished,
    compaction_failed: (state) => ({ ...state, running: null, latest: [] }),
    table_moved: moved,
    stalled: (state, { microseconds }) =>
      ({ ...state, latest: [], stalled: state.stalled + microseconds, focus: 0 }),
  };

  // --- What a picture asks -----------------------------------------------------------

  // input: it is being merged; new: it came with the latest event; table: neither.
  function tableState({ running, latest }, table) {
    if (running && isOf(running.inputs, table)) return "input";
    return latest.includes(table.number) ? "new" : "table";
  }

  // Bytes written over bytes that came from memtables; null before the first flush.
  const writeAmplification = ({ flushedBytes, writtenBytes }) =>
    (flushedBytes === 0 ? null : (flushedBytes + writtenBytes) / flushedBytes);

  const first = (state, { at }) => (at === undefined ? state : { ...state, at });
  strata.levelsModel = { ...strata.modelOf({ empty, steps, first }), namesOf, tableState,
                         writeAmplification };
})();
