// What the store of week 2 looks like after each event of a trace.
//
// Pure: no page, no clock. A state is never changed once it is made. Memtables share their
// entries as week 1's segments share their frames: one array that only grows, of which each
// state sees the first `known`. The log is week 1's: its model is a part of this one.
//
// The events: README.md. One that is not known here changes nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const { logModel } = strata;

  // A memtable: { entries, known, count, bytes, first, last, smallest, largest, event }. `count`
  // says how many entries it has; the trace may list fewer. Those are
  // { sequence, verb, key, logEnd, event }; what lies in the log before logEnd holds them.
  //
  // A table: { number, level, bytes, count, smallest, largest, event }, and, if it was made
  // of a memtable that the trace has shown, `entries` and `known` as there.
  function empty() {
    return {
      log: logModel.empty(),
      memtableLimit: null,
      sequence: 0,        // of the last operation that readers see
      active: null,       // null before the store was opened
      full: null,         // the one set aside, with its phase: waiting|writing|failed, and reason
      tables: [],         // as a reader meets them: level by level, in level 0 the newest first
      logStart: 0,        // from here on the log is needed
      unapplied: [],      // logEnd of the records that are in the log and in no memtable yet
      power: true,        // false from a power cut until the store is open again
      found: null,        // while the store is opened: { tables, memtable } as they are found
      flush: null,        // the latest that finished: { number, first, last, event }
      crash: null,        // the latest power cut: { event, atRisk, inMemory, gone, tables }
      focus: null,        // the part where the latest event happened; see partId()
    };
  }

  const newMemtable = (event) => ({ entries: [], known: 0, count: 0, bytes: 0, first: null,
                                    last: null, smallest: null, largest: null, event });

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
  const entriesOf = (part) => part.entries?.slice(0, part.known) ?? [];
  const isComplete = (part) => part.entries !== undefined && part.known === part.count;

  function withEntry(memtable, entry) {
    let { entries } = memtable;
    const { known } = memtable;
    // Another state may have gone on from here: with this very entry, or with another.
    if (entries.length > known && entries[known].event !== entry.event)
      entries = entries.slice(0, known);
    if (entries.length === known) entries.push(entry);
    const wider = (edge, sign) =>
      (edge === null || sign * compareKeys(entry.key, edge) > 0 ? entry.key : edge);
    return { ...memtable, entries, known: known + 1,
             first: Math.min(memtable.first ?? entry.sequence, entry.sequence),
             last: Math.max(memtable.last ?? 0, entry.sequence),
             smallest: wider(memtable.smallest, -1), largest: wider(memtable.largest, 1) };
  }

  const entryOf = (event, index, logEnd) =>
    ({ sequence: event.sequence, verb: event.verb, key: event.key, logEnd, event: index });

  // --- Writing -----------------------------------------------------------------------

  function appended(state, event) {
    return { ...state, unapplied: [...state.unapplied, event.position + event.size], focus: "log" };
  }

  function applied(state, event, index) {
    const logEnd = state.unapplied[0] ?? logModel.logEnd(state.log);
    const memtable = withEntry(state.active ?? newMemtable(index), entryOf(event, index, logEnd));
    return { ...state, unapplied: state.unapplied.slice(1), focus: "active",
             sequence: event.sequence + event.operations - 1,
             active: { ...memtable, count: memtable.count + event.operations,
                       bytes: event.memtable_bytes } };
  }

  // Another operation of the same batch.
  function appliedAlso(state, event, index) {
    const { entries, known } = state.active ?? newMemtable(index);
    const logEnd = entries[known - 1]?.logEnd ?? logModel.logEnd(state.log);
    return { ...state, focus: "active",
             active: withEntry(state.active ?? newMemtable(index), entryOf(event, index, logEnd)) };
  }

  // --- Flushing ----------------------------------------------------------------------

  function setAside(state, event, index) {
    const full = { ...(state.active ?? newMemtable(index)), count: event.entries,
                   bytes: event.memtable_bytes, last: event.sequence, phase: "waiting",
                   reason: null };
    return { ...state, full, active: newMemtable(index), focus: "full" };
  }

  const inPhase = (phase) => (state, event) =>
    ({ ...state, focus: "full",
       full: state.full && { ...state.full, phase, reason: event.reason ?? null } });

  function tableOf(event, index, memtable) {
    return { number: event.table, level: event.level, bytes: event.file_size,
             count: event.entries, smallest: event.smallest, largest: event.largest,
             entries: memtable?.entries, known: memtable?.known, event: index };
  }

  function flushFinished(state, event, index) {
    const table = tableOf(event, index, state.full);
    return { ...state, full: null, tables: [table, ...state.tables], logStart: event.log_start,
             flush: { number: table.number, first: state.full?.first ?? null,
                      last: state.full?.last ?? null, event: index },
             focus: partId(table) };
  }

  // --- Opening -----------------------------------------------------------------------

  const nothingFound = (index) => ({ tables: [], memtable: newMemtable(index) });

  function opening(state, event, index) {
    return { ...state, memtableLimit: event.memtable_limit, unapplied: [], focus: "log",
             found: nothingFound(index) };
  }

  function tableFound(state, event, index) {
    const known = state.tables.find((table) => table.number === event.table);
    const found = state.found ?? nothingFound(index);
    const source = isMadeOf(event, state.full) ? state.full : null;
    const tables = [...found.tables, known ?? tableOf(event, index, source)];
    return { ...state, found: { ...found, tables }, focus: partId(tables.at(-1)),
             tables: state.power ? tables : state.tables };
  }
  // A flush may have come to its end just when the power went.
  const isMadeOf = (event, memtable) =>
    memtable !== null && memtable.count === event.entries &&
    memtable.smallest === event.smallest && memtable.largest === event.largest;

  function replayed(state, event, index) {
    const found = state.found ?? nothingFound(index);
    const memtable = withEntry(found.memtable, entryOf(event, index, 0));
    return { ...state, found: { ...found, memtable }, focus: "rebuilt" };
  }

  // What was found takes the place of what was there.
  function recovered(state, event, index) {
    const { tables, memtable } = state.found ?? nothingFound(index);
    return { ...state, tables, full: null, found: null, power: true, focus: "active",
             active: { ...memtable, count: event.entries, bytes: event.memtable_bytes },
             sequence: event.sequence, logStart: event.log_start,
             crash: state.power ? state.crash : settled(state, event, tables) };
  }
  function settled({ crash, active, full, tables }, event, found) {
    const before = [full, active].filter(Boolean).flatMap(entriesOf);
    const gone = before.filter((entry) => entry.sequence > event.sequence);
    const lost = tables.filter((table) => !found.some(({ number }) => number === table.number));
    return { ...crash, gone, tables: lost.length };
  }

  function powerCut(state, event, index) {
    const memory = [state.full, state.active].filter(Boolean);
    const atRisk = memory.flatMap(entriesOf).filter((entry) => !isDurable(state, entry)).length;
    return { ...state, power: false, focus: "active",
             crash: { event: index, atRisk, gone: [], tables: 0,
                      inMemory: memory.reduce((sum, memtable) => sum + memtable.count, 0) } };
  }

  const kHandlers = {
    opening, table_found: tableFound, replayed, recovered, appended, applied,
    applied_also: appliedAlso, memtable_set_aside: setAside, flush_begun: inPhase("writing"),
    flush_failed: inPhase("failed"), flush_finished: flushFinished, power_cut: powerCut,
  };

  function step(state, event, index) {
    const log = logModel.step(state.log, event, index);
    const next = log === state.log ? state : { ...state, log, focus: "log" };
    const handler = Object.hasOwn(kHandlers, event.event) ? kHandlers[event.event] : null;
    return handler ? handler(next, event, index) : next;
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

  const partId = (table) => `table-${table.number}`;

  // The parts in the order in which a reader asks them: { id, kind: active|full|table, part }.
  function partsOf(state) {
    const parts = state.tables.map((part) => ({ id: partId(part), kind: "table", part }));
    if (state.full) parts.unshift({ id: "full", kind: "full", part: state.full });
    if (state.active) parts.unshift({ id: "active", kind: "active", part: state.active });
    return parts;
  }

  strata.lsmModel = { empty, step, entryState, entriesOf, isComplete, partsOf, partId, compareKeys,
                      inOrder };
})();
