// What the store of week 2 looks like after each event of a trace, and what a GET would look at.
//
// Pure: no page, no clock. A state is never changed once it is made. The log is week 1's: its
// model is a part of this one. The events: README.md.
"use strict";

(() => {
  const { logModel, list, modelOf } = strata;

  // A memtable: { entries, count, bytes, first, last, smallest, largest, event }. `count` says
  // how many entries it has; the trace may list fewer. Those are a list of
  // { sequence, verb, key, logEnd, event }; what lies in the log before logEnd holds them.
  //
  // A table: { number, level, bytes, count, smallest, largest, event, entries }. It has entries
  // if it was made of a memtable that the trace has shown.
  const empty = () => ({
    log: logModel.empty(),
    memtableLimit: null,
    sequence: 0,        // of the last operation that readers see
    active: null,       // null before the store was opened
    full: null,         // the one set aside, with its phase: waiting|writing|failed
    tables: [],         // as a reader meets them: level by level, in level 0 the newest first
    logStart: 0,        // from here on the log is needed
    unapplied: [],      // logEnd of the records that are in the log and in no memtable yet
    power: true,        // false from a power cut until the store is open again
    found: null,        // while the store is opened: { tables, memtable } as they are found
    flush: null,        // the latest that finished: { number, first, last, event }
    crash: null,        // the latest power cut: { event, atRisk, inMemory, gone }
    focus: null,        // the part where the latest event happened: log|active|full|rebuilt|table-7
  });

  const newMemtable = (event) => ({ entries: list.empty(), count: 0, bytes: 0, first: null, last: null,
                                    smallest: null, largest: null, event });

  // --- Keys and entries --------------------------------------------------------------

  // As the store does: by bytes, that is, by code points.
  function compareKeys(a, b) {
    if (a === b) return 0;
    const [left, right] = [[...a], [...b]];
    const length = Math.min(left.length, right.length);
    for (let i = 0; i < length; ++i)
      if (left[i] !== right[i]) return left[i].codePointAt(0) - right[i].codePointAt(0);
    return left.length - right.length;
  }
  const inOrder = (a, b) => compareKeys(a.key, b.key) || b.sequence - a.sequence;

  // What the trace has told of a part's entries.
  const entriesOf = ({ entries }) => list.seen(entries);

  function withEntry(memtable, { sequence, verb, key }, index, logEnd) {
    const { first, last, smallest, largest } = memtable;
    return { ...memtable,
             entries: list.add(memtable.entries, { sequence, verb, key, logEnd, event: index }),
             first: Math.min(first ?? sequence, sequence), last: Math.max(last ?? 0, sequence),
             smallest: smallest === null || compareKeys(key, smallest) < 0 ? key : smallest,
             largest: largest === null || compareKeys(key, largest) > 0 ? key : largest };
  }

  // --- What the events do ------------------------------------------------------------

  function applied(state, event, index) {
    const logEnd = state.unapplied[0] ?? logModel.logEnd(state.log);
    const memtable = withEntry(state.active ?? newMemtable(index), event, index, logEnd);
    return { ...state, unapplied: state.unapplied.slice(1), focus: "active",
             sequence: event.sequence + event.operations - 1,
             active: { ...memtable, count: memtable.count + event.operations,
                       bytes: event.memtable_bytes } };
  }

  function appliedAlso(state, event, index) {
    const memtable = state.active ?? newMemtable(index);
    const logEnd = list.last(memtable.entries)?.logEnd ?? logModel.logEnd(state.log);
    return { ...state, focus: "active", active: withEntry(memtable, event, index, logEnd) };
  }

  function setAside(state, event, index) {
    const full = { ...(state.active ?? newMemtable(index)), count: event.entries,
                   bytes: event.memtable_bytes, last: event.sequence, phase: "waiting" };
    return { ...state, full, active: newMemtable(index), focus: "full" };
  }

  const inPhase = (phase) => (state) =>
    ({ ...state, focus: "full", full: state.full && { ...state.full, phase } });

  const idOf = ({ number }) => `table-${number}`;
  const tableOf = (event, index, memtable) => ({
    number: event.table, level: event.level, bytes: event.file_size, count: event.entries,
    smallest: event.smallest, largest: event.largest, event: index,
    entries: memtable?.entries ?? list.empty() });

  function flushFinished(state, event, index) {
    const table = tableOf(event, index, state.full);
    return { ...state, full: null, tables: [table, ...state.tables], logStart: event.log_start,
             flush: { number: table.number, first: state.full?.first ?? null,
                      last: state.full?.last ?? null, event: index },
             focus: idOf(table) };
  }

  const nothingFound = (index) => ({ tables: [], memtable: newMemtable(index) });

  function tableFound(state, event, index) {
    const found = state.found ?? nothingFound(index);
    const table = state.tables.find(({ number }) => number === event.table) ??
                  tableOf(event, index, isMadeOf(event, state.full) ? state.full : null);
    const tables = [...found.tables, table];
    return { ...state, found: { ...found, tables }, focus: idOf(table),
             tables: state.power ? tables : state.tables };
  }
  // A flush may have come to its end just when the power went.
  const isMadeOf = (event, memtable) =>
    memtable !== null && memtable.count === event.entries &&
    memtable.smallest === event.smallest && memtable.largest === event.largest;

  function replayed(state, event, index) {
    const found = state.found ?? nothingFound(index);
    const memtable = withEntry(found.memtable, event, index, 0);
    return { ...state, found: { ...found, memtable }, focus: "rebuilt" };
  }

  // What was found takes the place of what was there.
  function recovered(state, event, index) {
    const { tables, memtable } = state.found ?? nothingFound(index);
    const gone = [state.full, state.active].filter(Boolean).flatMap(entriesOf)
      .filter(({ sequence }) => sequence > event.sequence);
    return { ...state, tables, full: null, found: null, power: true, focus: "active",
             active: { ...memtable, count: event.entries, bytes: event.memtable_bytes },
             sequence: event.sequence, logStart: event.log_start,
             crash: state.power ? state.crash : { ...state.crash, gone } };
  }

  function powerCut(state, event, index) {
    const memory = [state.full, state.active].filter(Boolean);
    const atRisk = memory.flatMap(entriesOf).filter((entry) => !isDurable(state, entry)).length;
    return { ...state, power: false, focus: "active",
             crash: { event: index, atRisk, gone: [],
                      inMemory: memory.reduce((sum, { count }) => sum + count, 0) } };
  }

  const steps = {
    opening: (state, event, index) => ({ ...state, memtableLimit: event.memtable_limit, unapplied: [],
                                         focus: "log", found: nothingFound(index) }),
    table_found: tableFound, replayed, recovered,
    appended: (state, { position, size }) =>
      ({ ...state, unapplied: [...state.unapplied, position + size], focus: "log" }),
    applied, applied_also: appliedAlso, memtable_set_aside: setAside, flush_begun: inPhase("writing"),
    flush_failed: inPhase("failed"), flush_finished: flushFinished, power_cut: powerCut,
  };

  function first(state, event, index) {
    const log = logModel.step(state.log, event, index);
    return log === state.log ? state : { ...state, log, focus: "log" };
  }

  // --- What a picture asks -----------------------------------------------------------

  const isDurable = (state, entry) => entry.logEnd <= state.log.durableEnd;

  // Of an entry in memory: durable or flushed, as its record in the log is; with the power
  // off unknown, or lost when the log has been looked at.
  function entryState(state, entry) {
    if (isDurable(state, entry)) return "durable";
    if (state.power) return entry.logEnd <= state.log.flushedEnd ? "flushed" : "buffered";
    return state.log.unsettled ? "unknown" : "lost";
  }

  // The parts in the order in which a reader asks them: { id, kind: active|full|table, part }.
  const partsOf = ({ active, full, tables }) => [
    ...(active ? [{ id: "active", kind: "active", part: active }] : []),
    ...(full ? [{ id: "full", kind: "full", part: full }] : []),
    ...tables.map((part) => ({ id: idOf(part), kind: "table", part })),
  ];

  // --- What a GET looks at -----------------------------------------------------------

  // The newest version of `key` that the trace shows in `part`; null if there is none.
  const newest = (part, key) => entriesOf(part).filter((entry) => entry.key === key)
    .reduce((best, entry) => (entry.sequence > (best?.sequence ?? 0) ? entry : best), null);

  function verdictOf({ kind, part }, key) {
    const entry = newest(part, key);
    if (entry) return { verdict: "answers", entry };
    const isOutside = kind === "table" &&
      (compareKeys(key, part.smallest) < 0 || compareKeys(key, part.largest) > 0);
    if (isOutside) return { verdict: "outside", entry };
    return { verdict: part.entries.known === part.count ? "ignorant" : "untold", entry };
  }

  // For each part, by its id, { verdict, entry }:
  //   answers   it knows the key best; `entry` is what it knows
  //   ignorant  asked, and does not know the key
  //   untold    asked; the trace does not list what it knows
  //   outside   not asked: the key is not in the table's range
  //   spared    not asked: another has answered
  function lookUp(state, key) {
    const found = new Map();
    let answered = false;
    for (const part of partsOf(state)) {
      const verdict = answered ? { verdict: "spared", entry: newest(part.part, key) }
                               : verdictOf(part, key);
      found.set(part.id, verdict);
      answered ||= verdict.verdict === "answers";
    }
    return found;
  }

  strata.lsmModel = { ...modelOf({ empty, steps, first }), entryState, entriesOf, partsOf, idOf, lookUp,
                      compareKeys, inOrder };
})();
