// What a simulated cluster looks like after each event of a trace: its lanes (nodes and clients),
// the messages between them, the operations of the clients, and the faults.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md.
"use strict";

(() => {
  const { list, modelOf } = strata;
  const { paced } = strata.timeAxis;
  const { withLane, begun, ended } = strata.timeLanes;

  // Lanes and calls: time_lanes.js. A lane has also { kind, state, words, since, changed }: since when
  // it is in that state, and the event that said so. A call is an
  // operation and has { operation, what }, and when it has ended { outcome, saw }.
  //
  // A message: { message, from, to, what, size, at, event }; one that has arrived or is lost has
  // also { end, answer, fate: arrived|lost, why }.
  const empty = () => ({
    at: 0,                // microseconds of virtual time
    seed: null,
    lanes: [],            // in the order in which they are drawn
    flying: [],           // messages that are on their way
    landed: list.empty(), // messages that are not, in the order of their ends
    done: list.empty(),
    past: list.empty(),   // states that a lane was in: { lane, state, words, at, end, event, answer }
    marks: list.empty(),  // { kind: fault|healed|did|broken, lane, what, end, event }; `end` is when
    faults: [],           // those that began since the latest `healed`, in words
    counts: { sent: 0, arrived: 0, lost: 0 },
    outcomes: new Map(),  // of operations, to count
    pace: null,           // how long an ordinary message takes; see time_axis.js
    broken: null,         // { invariant, what }
    focus: null,          // the lane where the latest event happened
  });

  // --- Lanes -------------------------------------------------------------------------

  const laneOf = ({ lanes }, name) => lanes.find(({ id }) => id === name);

  const onLane = (state, name, index, change) => withLane(
    state, name, change, { kind: "node", state: "up", words: "", since: state.at, event: index });

  function newState(state, { lane: name, state: next, words }, index) {
    const { state: last, words: says, since, changed: event } = laneOf(state, name) ?? {};
    const past = last === undefined || last === "up" ? state.past
      : list.add(state.past, { lane: name, state: last, words: says, at: since, end: state.at,
                               event, answer: index });
    return onLane({ ...state, past }, name, index, () =>
      ({ state: next, words, since: state.at, changed: index }));
  }

  const marked = (kind) => (state, { lane = "", what = "" }, index) =>
    ({ ...state, focus: lane,
       marks: list.add(state.marks, { kind, lane, what, end: state.at, event: index }) });

  // --- Messages ----------------------------------------------------------------------

  const sent = (state, { message, from, to, what, size }, index) => ({
    ...state, focus: from, counts: { ...state.counts, sent: state.counts.sent + 1 },
    flying: [...state.flying, { message, from, to, what, size, at: state.at, event: index }] });

  const landing = (fate) => (state, { message: number, why }, index) => {
    const message = state.flying.find((each) => each.message === number);
    if (!message) return state;
    const landed = { ...message, fate, why, end: state.at, answer: index };
    return { ...state, focus: message.to, landed: list.add(state.landed, landed),
             flying: state.flying.filter((each) => each !== message),
             counts: { ...state.counts, [fate]: state.counts[fate] + 1 },
             pace: fate === "arrived" ? paced(state.pace, landed.end - landed.at) : state.pace };
  };

  // --- Operations --------------------------------------------------------------------

  const called = (state, { lane, operation, what }, index) =>
    onLane(state, lane, index, begun({ lane, operation, what, at: state.at, event: index }));

  const callOf = (state, lane, number) =>
    laneOf(state, lane)?.calls.find(({ operation }) => operation === number);

  function returned(state, { lane, operation, outcome, what: saw }, index) {
    const call = callOf(state, lane, operation);
    if (!call) return state;
    return { ...ended(state, call, { outcome, saw, end: state.at, answer: index }),
             outcomes: new Map(state.outcomes).set(outcome, (state.outcomes.get(outcome) ?? 0) + 1) };
  }

  const steps = {
    world: (state, { seed }) => ({ ...state, seed }),
    lane: (state, { lane, kind }, index) => onLane(state, lane, index, () => ({ kind })),
    sent, arrived: landing("arrived"), lost: landing("lost"),
    fault: (state, event, index) =>
      ({ ...marked("fault")(state, event, index), faults: [...state.faults, event.what] }),
    healed: (state, event, index) => ({ ...marked("healed")(state, event, index), faults: [] }),
    state: newState,
    did: marked("did"),
    called, returned,
    broken: (state, { invariant, what }, index) => ({
      ...marked("broken")(state, { what: invariant }, index), broken: { invariant, what } }),
  };

  const first = (state, { at = 0 }) => ({ ...state, at: Math.max(state.at, at) });

  strata.simModel = { ...modelOf({ empty, steps, first }), callOf };
})();
