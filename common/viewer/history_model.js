// What is known of a history of operations after each event of a trace: when each client did
// what, the zones of the values, and the verdict.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md.
"use strict";

(() => {
  const { list, modelOf } = strata;
  const { paced } = strata.timeAxis;
  const { withLane, begun, ended, openCalls } = strata.timeLanes;

  // A client is a lane, and an operation a call; see time_lanes.js. An operation has also
  // { operation, key, what }, and when it has ended { outcome, saw }.
  //
  // A zone: { key, value, at, end, kind: forward|backward, event }, where `at` is before `end`.
  const empty = () => ({
    at: 0,               // the moment of the latest call or return
    lanes: [],
    done: list.empty(),
    zones: list.empty(),
    keys: [],            // in the order in which they came
    pace: null,          // how long an ordinary operation takes; see time_axis.js
    violation: null,     // { operations, what, key }; the operations are numbers
    linearizable: null,  // the verdict: how many operations could be ordered
    look: null,          // { from, to }: what the latest event is about, if it lies in the past
    focus: null,         // the client where the latest event happened
  });

  function called(state, { at, client: lane, operation, key, what }, index) {
    const call = { lane, operation, key, what, at, event: index };
    const next = withLane(state, lane, begun(call), { event: index });
    return { ...next, at, keys: state.keys.includes(key) ? state.keys : [...state.keys, key] };
  }

  const callOf = (state, number) => openCalls(state).find(({ operation }) => operation === number);

  function returned(state, { at, operation, outcome, what: saw }, index) {
    const call = callOf(state, operation);
    if (!call) return { ...state, at };
    return { ...ended(state, call, { outcome, saw, end: at, answer: index }), at,
             pace: paced(state.pace, at - call.at) };
  }

  function zone(state, { key, value, begin, end, kind }, index) {
    const [from, to] = [Math.min(begin, end), Math.max(begin, end)];
    return { ...state, focus: "zones", look: { from, to },
             zones: list.add(state.zones, { key, value, at: from, end: to, kind, event: index }) };
  }

  // The picture shows all of the operations that cannot be ordered.
  function violation(state, { operations: text, what }) {
    const operations = new Set(String(text).split(" ").filter(Boolean).map(Number));
    const found = [...list.seen(state.done), ...openCalls(state)]
      .filter(({ operation }) => operations.has(operation));
    const from = Math.min(...found.map(({ at }) => at));
    const to = Math.max(...found.map(({ at, end }) => end ?? at + 1));
    return { ...state, violation: { operations, what, key: found[0]?.key ?? null }, focus: "zones",
             look: found.length === 0 ? null : { from, to } };
  }

  const steps = {
    called, returned, zone, violation,
    linearizable: (state, { operations: linearizable }) =>
      ({ ...state, linearizable, look: null, focus: null }),
  };

  // --- What a picture asks -----------------------------------------------------------

  // The zones of a key: { zones, clashes }. Each zone has a `slot` that no other has at that time,
  // and isClash. A clash is { at, end }: there two zones cannot be ordered.
  function zonesOf(state, key) {
    const clashes = [];
    const slots = { forward: [], backward: [] };  // the zone that stands last in each
    let widest = null;                            // the forward zone that ends last so far
    const zones = list.seen(state.zones).filter((each) => each.key === key)
      .sort((a, b) => a.at - b.at || b.end - a.end).map((each) => ({ ...each, isClash: false }));
    for (const each of zones) {
      const taken = slots[each.kind] ?? slots.backward;
      const free = taken.findIndex(({ end }) => end <= each.at);
      each.slot = free < 0 ? taken.length : free;
      taken[each.slot] = each;
      const isForward = each.kind === "forward";
      const isIn = widest !== null && each.at < widest.end && (isForward || each.end <= widest.end);
      if (isIn) {
        each.isClash = widest.isClash = true;
        clashes.push({ at: each.at, end: Math.min(each.end, widest.end) });
      }
      if (isForward && (widest === null || each.end > widest.end)) widest = each;
    }
    return { zones, clashes };
  }

  strata.historyModel = { ...modelOf({ empty, steps }), callOf, zonesOf };
})();
