// What a server of week 4 has under way after each event of a trace: its connections, and the
// requests on each that are not answered yet.
//
// Pure: no page, no clock. A state is never changed once it is made. What is over stands in lists
// that only grow and that all states share: { items, known }, of which a state sees the first
// `known`. The events: README.md. One that is not known here changes nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const kSmoothing = 1 / 16;  // of what is the ordinary latency lately
  const kDrift = Math.log(3); // how far that may go before the picture follows

  // A connection: { number, client, phase: greeting|open|refused|leaving, why, since, welcome,
  // end, requests, asked, answered, errors, most, event }. `requests` are those in flight, in
  // the order in which they were asked; `most` is how many there ever were at once.
  //
  // A request: { connection, id, kind, key, operations, size, at, event, slot, ahead, turn }.
  // `slot` is a place that no other in flight has; `ahead` requests of its connection were in
  // flight before it, and `turn` had been answered. When it is over, it has also { end, answer,
  // outcome: ok|error|lost, error, answerSize, overtook, overtaken }.
  //
  // All times are microseconds from the start of the trace.
  function empty() {
    return {
      at: 0,
      open: [],           // connections, in the order in which they came
      closed: nothing(),  // connections, in the order in which they went
      ended: nothing(),   // requests that were answered, or lost their connection, likewise
      quiet: nothing(),   // { from, to, done }: when no request was in flight, and `done` were over
      inFlight: 0,
      mostInFlight: 0,
      answered: 0,
      overtaking: 0,      // answers that came before one to an earlier request
      lost: 0,            // requests whose connection was closed before their answer
      errors: new Map(),  // code to count
      worst: null,        // the slowest answer's latency
      pace: null,         // { smooth, ordinary }: see paced()
      focus: null,        // the connection where the latest event happened
    };
  }

  // --- Lists that only grow ----------------------------------------------------------

  const nothing = () => ({ items: [], known: 0 });

  // Another state may have gone on from here: with this very item, or with another.
  function grown({ items, known }, item) {
    const kept = items.length > known && items[known].mark !== item.mark
      ? items.slice(0, known) : items;
    if (kept.length === known) kept.push(item);
    return { items: kept, known: known + 1 };
  }

  // --- Connections -------------------------------------------------------------------

  const newConnection = (number, at, event) => ({
    number, client: null, phase: "greeting", why: "", since: at, welcome: null, end: null,
    requests: [], asked: 0, answered: 0, errors: 0, most: 0, event,
  });

  const connectionOf = (state, number) => state.open.find((each) => each.number === number);

  // `change` gives the new connection of the old.
  function withConnection(state, number, index, change) {
    const place = state.open.findIndex((each) => each.number === number);
    if (place >= 0)
      return { ...state, focus: number, open: state.open.with(place, change(state.open[place])) };
    const made = change(newConnection(number, state.at, index));
    return { ...state, focus: number, open: [...state.open, made] };
  }

  const onConnection = (change) => (state, event, index) =>
    withConnection(state, event.connection, index, (connection) =>
      ({ ...connection, ...change(event, state) }));

  const connected = onConnection(() => ({}));
  const hello = onConnection((event) => ({ client: event.client }));
  const welcome = onConnection((event, state) => ({ phase: "open", welcome: state.at }));
  const refusal = onConnection((event) => ({ phase: "refused", why: event.why }));
  const proof = onConnection(() => ({}));
  const leaving = onConnection((event) => ({ phase: "leaving", why: event.error }));

  function closed(state, event, index) {
    const connection = connectionOf(state, event.connection);
    if (!connection) return state;
    const lost = connection.requests.map((request, place) =>
      over(connection, place, state.at, index, { outcome: "lost", error: "", answerSize: 0 }));
    return { ...state, focus: connection.number,
             open: state.open.filter((each) => each !== connection),
             closed: grown(state.closed, { ...connection, requests: [], end: state.at, mark: index }),
             ended: lost.reduce(grown, state.ended),
             inFlight: state.inFlight - lost.length, lost: state.lost + lost.length };
  }

  // --- Requests ----------------------------------------------------------------------

  function freeSlot(requests) {
    const taken = new Set(requests.map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) ++slot;
    return slot;
  }

  function request(state, event, index) {
    const ask = (connection) => {
      const { requests } = connection;
      const asked = { connection: event.connection, id: event.id, kind: event.kind, key: event.key,
                      operations: event.operations, size: event.size, at: state.at, event: index,
                      slot: freeSlot(requests), ahead: requests.length, turn: connection.answered };
      return { ...connection, requests: [...requests, asked], asked: connection.asked + 1,
               most: Math.max(connection.most, requests.length + 1) };
    };
    const inFlight = state.inFlight + 1;
    return { ...withConnection(state, event.connection, index, ask), inFlight,
             mostInFlight: Math.max(state.mostInFlight, inFlight) };
  }

  // A request that is over. `place` says where it stands among those in flight, and so how many
  // were asked before it and are not answered yet.
  function over(connection, place, at, index, how) {
    const asked = connection.requests[place];
    return { ...asked, ...how, end: at, answer: index, overtook: how.outcome === "lost" ? 0 : place,
             overtaken: overtaken(connection, place), mark: asked.event };
  }

  // How many requests that were asked later have been answered earlier: all answers since it was
  // asked, but for those to requests ahead of it.
  function overtaken(connection, place) {
    const { ahead, turn } = connection.requests[place];
    return connection.answered - turn - (ahead - place);
  }

  const placeOf = (connection, id) =>
    connection?.requests.findIndex((each) => each.id === id) ?? -1;

  function response(state, event, index) {
    if (event.id === 0) return leaving(state, event, index);
    const connection = connectionOf(state, event.connection);
    const place = placeOf(connection, event.id);
    if (place < 0) return { ...state, focus: event.connection };
    const isError = event.error !== "";
    const done = over(connection, place, state.at, index,
                      { outcome: isError ? "error" : "ok", error: event.error, answerSize: event.size });
    const latency = done.end - done.at;
    const next = withConnection(state, event.connection, index, () => ({
      ...connection, requests: connection.requests.toSpliced(place, 1),
      answered: connection.answered + 1, errors: connection.errors + (isError ? 1 : 0),
    }));
    return { ...next, ended: grown(state.ended, done), inFlight: state.inFlight - 1,
             answered: state.answered + 1, overtaking: state.overtaking + (place > 0 ? 1 : 0),
             errors: isError ? counted(state.errors, event.error) : state.errors,
             worst: Math.max(state.worst ?? 0, latency), pace: paced(state.pace, latency) };
  }

  const counted = (errors, code) => new Map(errors).set(code, (errors.get(code) ?? 0) + 1);

  // What an ordinary request takes lately, so that a picture can be as wide as some of them. It
  // stays where it is until it is wrong by far: a picture must not change its scale at each step.
  function paced(pace, latency) {
    const now = Math.log(Math.max(1, latency));
    if (pace === null) return { smooth: now, ordinary: now };
    const smooth = pace.smooth + kSmoothing * (now - pace.smooth);
    return { smooth, ordinary: Math.abs(smooth - pace.ordinary) > kDrift ? smooth : pace.ordinary };
  }

  const kHandlers = { connected, hello, welcome, refusal, proof, request, response, closed };

  // Threads write to one trace, so an event may be a few microseconds older than the one before.
  function step(state, event, index) {
    const handler = Object.hasOwn(kHandlers, event.event) ? kHandlers[event.event] : null;
    if (!handler) return state;
    const at = Math.max(state.at, event.at);
    const isQuiet = state.inFlight === 0 && at > state.at;
    const quiet = isQuiet
      ? grown(state.quiet, { from: state.at, to: at, done: state.ended.known, mark: index }) : state.quiet;
    return handler({ ...state, at, quiet }, event, index);
  }

  // --- What a picture asks -----------------------------------------------------------

  // Of all answers so far; null before the first.
  function median({ ended }) {
    const latencies = new Float64Array(ended.known);
    let count = 0;
    for (let i = 0; i < ended.known; ++i) {
      const { outcome, at, end } = ended.items[i];
      if (outcome !== "lost") latencies[count++] = end - at;
    }
    return count === 0 ? null : latencies.subarray(0, count).sort()[(count - 1) >> 1];
  }

  // The ordinary latency lately; null before the first answer.
  const ordinary = ({ pace }) => (pace === null ? null : Math.exp(pace.ordinary));

  strata.wireModel = { empty, step, connectionOf, placeOf, overtaken, median, ordinary };
})();
