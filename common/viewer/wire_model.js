// What a server of week 4 has under way after each event of a trace: its connections, and the
// requests on each that are not answered yet.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md.
"use strict";

(() => {
  const { list, modelOf } = strata;
  const { paced } = strata.timeAxis;
  const { withLane, begun } = strata.timeLanes;

  // Lanes and calls: time_lanes.js. A connection that is open is a lane and has also { client,
  // phase: greeting|open|refused|leaving, why, since, welcome, end, asked, answered, errors }.
  //
  // A request is a call and has also { id, kind, key, operations, size, ahead, turn }: `ahead`
  // requests of its connection were in flight before it, and `turn` had been answered. When it is
  // over, it has { outcome: ok|error|lost, error, overtook, overtaken }.
  //
  // All times are microseconds from the start of the trace.
  const empty = () => ({
    at: 0,
    lanes: [],             // connections that are open, in the order in which they came
    closed: list.empty(),  // connections, in the order in which they went
    done: list.empty(),    // requests that were answered, or lost their connection, likewise
    quiet: list.empty(),   // when no request was in flight; see time_axis.js
    inFlight: 0,
    mostInFlight: 0,
    answered: 0,
    overtaking: 0,         // answers that came before one to an earlier request
    lost: 0,               // requests whose connection was closed before their answer
    errors: new Map(),     // code to count
    worst: null,           // the slowest answer's latency
    pace: null,            // the ordinary latency; see time_axis.js
    focus: null,           // the connection where the latest event happened
  });

  // Threads write to one trace, so an event may be a few microseconds older than the one before.
  function first(state, event, index) {
    const at = Math.max(state.at, event.at ?? 0);
    if (state.inFlight > 0 || at === state.at) return { ...state, at };
    const quiet = { from: state.at, to: at, done: state.done.known, event: index };
    return { ...state, at, quiet: list.add(state.quiet, quiet) };
  }

  // --- Connections -------------------------------------------------------------------

  const connectionOf = ({ lanes }, number) => lanes.find(({ id }) => id === number);

  const changed = (state, id, index, change) => withLane(state, id, change, {
    client: null, phase: "greeting", why: "", since: state.at, welcome: null, end: null, asked: 0,
    answered: 0, errors: 0, event: index });

  const onConnection = (change) => (state, event, index) =>
    changed(state, event.connection, index, () => change(event, state));

  const leaving = onConnection(({ error }) => ({ phase: "leaving", why: error }));

  function closed(state, event, index) {
    const connection = connectionOf(state, event.connection);
    if (!connection) return state;
    const lost = connection.calls.map((request, place) =>
      over(connection, place, state.at, index, { outcome: "lost", error: "" }));
    return { ...state, focus: connection.id,
             lanes: state.lanes.filter((each) => each !== connection),
             closed: list.add(state.closed, { ...connection, calls: [], end: state.at }),
             done: lost.reduce(list.add, state.done),
             inFlight: state.inFlight - lost.length, lost: state.lost + lost.length };
  }

  // --- Requests ----------------------------------------------------------------------

  function request(state, { connection, id, kind, key, operations, size }, index) {
    const inFlight = state.inFlight + 1;
    const ask = (lane) => ({ asked: lane.asked + 1, ...begun({
      lane: connection, id, kind, key, operations, size, at: state.at, event: index,
      ahead: lane.calls.length, turn: lane.answered })(lane) });
    return { ...changed(state, connection, index, ask), inFlight,
             mostInFlight: Math.max(state.mostInFlight, inFlight) };
  }

  // A request that is over. `place` says where it stands among those in flight, and so how many
  // were asked before it and are not answered yet.
  const over = (connection, place, at, index, how) => ({
    ...connection.calls[place], ...how, end: at, answer: index,
    overtook: how.outcome === "lost" ? 0 : place, overtaken: overtaken(connection, place),
  });

  // How many requests that were asked later have been answered earlier: all answers since it was
  // asked, but for those to requests ahead of it.
  function overtaken(connection, place) {
    const { ahead, turn } = connection.calls[place];
    return connection.answered - turn - (ahead - place);
  }

  const placeOf = (connection, id) => connection?.calls.findIndex((each) => each.id === id) ?? -1;

  function response(state, event, index) {
    if (event.id === 0) return leaving(state, event, index);
    const connection = connectionOf(state, event.connection);
    const place = placeOf(connection, event.id);
    if (place < 0) return { ...state, focus: event.connection };
    const { error } = event;
    const failed = error === "" ? 0 : 1;
    const done = over(connection, place, state.at, index, { outcome: failed ? "error" : "ok", error });
    const latency = done.end - done.at;
    const next = withLane(state, connection.id, ({ calls, answered, errors }) => ({
      calls: calls.toSpliced(place, 1), answered: answered + 1, errors: errors + failed }));
    return { ...next, done: list.add(state.done, done), inFlight: state.inFlight - 1,
             answered: state.answered + 1, overtaking: state.overtaking + (place > 0 ? 1 : 0),
             errors: failed ? counted(state.errors, error) : state.errors,
             worst: Math.max(state.worst ?? 0, latency), pace: paced(state.pace, latency) };
  }

  const counted = (errors, code) => new Map(errors).set(code, (errors.get(code) ?? 0) + 1);

  const steps = {
    connected: onConnection(() => ({})),
    hello: onConnection(({ client }) => ({ client })),
    welcome: onConnection((event, { at }) => ({ phase: "open", welcome: at })),
    refusal: onConnection(({ why }) => ({ phase: "refused", why })),
    proof: onConnection(() => ({})),
    request, response, closed,
  };

  // Of all answers so far; null before the first.
  function median({ done }) {
    const answered = list.seen(done).filter(({ outcome }) => outcome !== "lost");
    const latencies = Float64Array.from(answered, ({ at, end }) => end - at).sort();
    return latencies.length === 0 ? null : latencies[(latencies.length - 1) >> 1];
  }

  strata.wireModel = { ...modelOf({ empty, steps, first }), connectionOf, placeOf, overtaken, median };
})();
