// What the levels of week 3 look like after each event of a trace: which tables there are, and
// which of them are being merged.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md. One
// that is not known here changes nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const kLevels = 7;

  // A table: { number, level, bytes, count, smallest, largest, event }.
  function empty() {
    return {
      policy: null,
      levels: Array(kLevels).fill([]),  // as a reader meets them: in level 0 the newest first
      running: null,     // a compaction: { number, inputs, level, bytes, reason, outputs, event }
      latest: [],        // the tables that came with the latest event
      at: 0,             // microseconds
      flushedBytes: 0,
      writtenBytes: 0,   // by compactions
      stalled: 0,        // microseconds
      compactions: 0,
      moves: 0,
      // All keys there were so far: the axis.
      keys: { smallest: null, largest: null, letters: "0123456789" },
      focus: null,       // the level where the latest event happened
    };
  }

  // --- Tables ------------------------------------------------------------------------

  const tableOf = (event, index) => ({
    number: event.table, level: event.level, bytes: event.file_size, count: event.entries,
    smallest: event.smallest, largest: event.largest, event: index,
  });

  function withKeys({ smallest, largest, letters }, table) {
    return {
      smallest: smallest === null || table.smallest < smallest ? table.smallest : smallest,
      largest: largest === null || table.largest > largest ? table.largest : largest,
      letters: [...new Set(letters + table.smallest + table.largest)].sort().join(""),
    };
  }

  const inOrder = (level) => (a, b) =>
    (level === 0 ? b.number - a.number : a.smallest < b.smallest ? -1 : 1);

  function add(levels, tables) {
    return levels.map((there, level) => {
      const come = tables.filter((table) => table.level === level);
      return come.length === 0 ? there : [...there, ...come].sort(inOrder(level));
    });
  }

  function remove(levels, inputs) {
    return levels.map((there, level) => there.filter((table) =>
      !inputs.some((input) => input.level === level && input.number === table.number)));
  }

  // "0/12 1/7" names table 12 of level 0 and table 7 of level 1.
  const namesOf = (text) => text.split(" ").filter(Boolean).map((name) => {
    const [level, number] = name.split("/").map(Number);
    return { level, number };
  });

  // --- Events ------------------------------------------------------------------------

  const opened = (state, event) => ({ ...empty(), policy: event.policy });

  function found(state, event, index) {
    const table = tableOf(event, index);
    return { ...state, levels: add(state.levels, [table]), latest: [table.number],
             keys: withKeys(state.keys, table), focus: table.level };
  }
  const flushed = (state, event, index) =>
    ({ ...found(state, event, index), flushedBytes: state.flushedBytes + event.file_size });

  const begun = (state, event, index) => ({
    ...state, latest: [], focus: event.level,
    running: { number: event.compaction, inputs: namesOf(event.inputs), level: event.level,
               bytes: event.bytes, reason: event.reason, outputs: [], event: index },
  });

  function written(state, event, index) {
    if (!state.running) return state;
    const table = tableOf(event, index);
    return { ...state, latest: [], focus: event.level,
             running: { ...state.running, outputs: [...state.running.outputs, table] } };
  }

  function finished(state, event) {
    const outputs = state.running?.outputs ?? [];
    return { ...state, running: null, focus: event.level,
             levels: add(remove(state.levels, namesOf(event.inputs)), outputs),
             latest: outputs.map(({ number }) => number),
             compactions: state.compactions + 1, writtenBytes: state.writtenBytes + event.bytes };
  }
  const failed = (state) => ({ ...state, running: null, latest: [] });

  function moved(state, event) {
    const table = state.levels[event.from]?.find(({ number }) => number === event.table);
    if (!table) return state;
    const left = remove(state.levels, [{ level: event.from, number: event.table }]);
    return { ...state, levels: add(left, [{ ...table, level: event.level }]),
             latest: [event.table], moves: state.moves + 1, focus: event.level };
  }

  const stalled = (state, event) =>
    ({ ...state, latest: [], stalled: state.stalled + event.microseconds, focus: 0 });

  const kHandlers = {
    levels_opened: opened, table_found: found, flush_finished: flushed, compaction_begun: begun,
    table_written: written, compaction_finished: finished, compaction_failed: failed,
    table_moved: moved, stalled,
  };

  function step(state, event, index) {
    const handler = Object.hasOwn(kHandlers, event.event) ? kHandlers[event.event] : null;
    return handler ? { ...handler(state, event, index), at: event.at } : state;
  }

  // --- What a picture asks -----------------------------------------------------------

  const bytesOf = (tables) => tables.reduce((sum, { bytes }) => sum + bytes, 0);

  // input: it is being merged; new: it came with the latest event; table: neither.
  function tableState(state, table) {
    const isInput = state.running?.inputs.some(({ level, number }) =>
      level === table.level && number === table.number);
    if (isInput) return "input";
    return state.latest.includes(table.number) ? "new" : "table";
  }

  // Bytes written over bytes that came from memtables; null before the first flush.
  const writeAmplification = ({ flushedBytes, writtenBytes }) =>
    (flushedBytes === 0 ? null : (flushedBytes + writtenBytes) / flushedBytes);

  strata.levelsModel = { empty, step, bytesOf, namesOf, tableState, writeAmplification };
})();
