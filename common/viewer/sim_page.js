// The page of a simulated cluster: a lane for each node and client, messages as arrows between
// them, operations as bars, faults as marks, and beside each lane its state in words.
"use strict";

(() => {
  const { simModel, timeAxis, timeLanes, list } = strata;
  const { plural, time } = strata.words;

  const kSigns = {
    up: ["U", "good", "up", ""],
    down: ["D", "gone", "down", "the node does nothing"],
    paused: ["P", "dots", "paused", "it does nothing for a while"],
    arrived: ["→", "plain", "arrived", "a message: solid, with a full head", "arrow"],
    flying: ["⇢", "plain", "on its way", "dashed; its head is open, and short of its lane", "arrow"],
    lost: ["×", "plain", "lost", "dotted; it ends in a cross", "arrow"],
    calling: ["…", "stripes", "operation", "of a client; it has no end yet", "open"],
    ok: ["O", "good", "ok", "the operation was done"],
    refused: ["R", "bad", "refused", "it was not done; or N: not done"],
    "not done": ["N", "bad", "not done"],
    unknown: ["?", "dots", "unknown", "it may have been done, or may be done later"],
    did: ["•", "plain", "did", "something else happened there", "pill"],
    fault: ["!", "plain", "fault", "a line; H: all faults end", "pill fault"],
  };
  const signOf = (state) => (Object.hasOwn(kSigns, state) ? state : "paused");

  // --- Words -------------------------------------------------------------------------

  const messageOf = ({ message: number }, { flying }) => flying.find(({ message }) => message === number);

  function arrived(event, before, { at }) {
    const message = messageOf(event, before);
    if (!message) return `Message ${event.message} arrives; this trace does not say when it left.`;
    return `Message ${message.message} arrives at ${message.to}, ${time(at - message.at)} after ` +
           `${message.from} sent it: ${message.what}.`;
  }

  function lost(event, before) {
    const message = messageOf(event, before);
    if (!message) return `Message ${event.message} is lost: ${event.why}.`;
    return `Message ${message.message} from ${message.from} to ${message.to} (${message.what}) is lost: ` +
           `${event.why}. It will never arrive.`;
  }

  const kOutcomes = {
    ok: "is done",
    refused: "is refused, so it was not done",
    "not done": "was not done",
    unknown: "has an unknown outcome: it may have been done, or may be done later",
  };
  function returned({ lane, operation, outcome, what }, before, { at }) {
    const call = simModel.callOf(before, lane, operation);
    const which = call ? `operation ${operation}, ${call.what},` : `operation ${operation}`;
    const took = call ? `, after ${time(at - call.at)}` : "";
    const how = Object.hasOwn(kOutcomes, outcome) ? kOutcomes[outcome] : `ends: ${outcome}`;
    return `For ${lane}, ${which} ${how}${took}${what ? `; ${what}` : ""}.`;
  }

  // The words that a summary adds of a message are those it was sent with: the list has the number.
  const kWords = {
    world: ["A world begins with seed {seed}: the same seed gives the same story again.", "seed {seed}"],
    lane: ["There is a {kind} {lane}.", "{kind} {lane}"],
    sent: ["{from} sends message {message} to {to}: {what} ({size} bytes).",
           "{message} {from} → {to} {what}"],
    arrived: [arrived, "{message}"],
    lost: [lost, "{message} {why}"],
    fault: [({ lane, what }) => `A fault begins${lane ? ` at ${lane}` : ""}: ${what}.`, "{lane} {what}"],
    healed: [(event, { faults }) => `All faults end${faults.length ? `: ${faults.join("; ")}` : ""}.`, ""],
    state: [({ lane, state, words }) => `${lane} is ${state}${words ? `: it ${words}` : ""}.`,
            "{lane} {state}"],
    did: ["{lane}: {what}.", "{lane} {what}"],
    called: ["{lane} begins operation {operation}: {what}.", "{lane} {operation} {what}"],
    returned: [returned, "{lane} {operation} {outcome} {what}"],
    broken: ["What must always hold is broken here. {invariant}: {what}. The story ends.", "{invariant}"],
  };

  function facts(state) {
    const { counts, outcomes, flying } = state;
    const open = `${timeLanes.openCalls(state).length} open`;
    const ended = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`);
    return {
      "time": time(state.at),
      "seed": state.seed ?? "not said",
      "messages": `${counts.sent} sent, ${counts.arrived} arrived, ${counts.lost} lost`,
      "on their way": flying.length,
      "operations": [open, ...ended].join(", "),
      "faults": state.faults.length === 0 ? "none" : state.faults.join("; "),
      "broken": state.broken ? state.broken.invariant : "nothing",
    };
  }

  // --- Lanes -------------------------------------------------------------------------

  const kMessages = 24;  // ordinary ones that the window is as long as
  const kFirst = 10_000; // microseconds that it is long before the first arrived
  const kArrows = 250;   // messages that are drawn; and so many marks and gaps
  const kListed = 48;    // messages on their way that are listed

  const windowOf = (state, { zoom }) => timeAxis.windowOf(state.pace, kMessages, kFirst, zoom);

  const boxOf = (now) => ({ lane, operation, what, at, end, outcome, saw }) => ({
    sign: outcome ?? "calling", state: outcome ?? "open", kind: `bar ${outcome ? "" : "open"}`,
    label: what, title: `operation ${operation} of ${lane}, ${what}: ` +
           (outcome ? `${outcome} after ${time(end - at)}${saw ? `, ${saw}` : ""}`
                    : `begun ${time(now - at)} ago`) });

  // The times in which a lane was not up.
  const gapOf = (axis) => (past) => ({
    sign: signOf(past.state), state: past.state, kind: "bar gap", event: past.event, also: past.answer,
    label: past.words || past.state, title: `${past.lane} is ${past.state}: ${past.words}`,
    left: timeAxis.placeOf(axis, past.at), right: timeAxis.placeOf(axis, past.end ?? axis.now) });

  const kHealed = "all faults end";
  const markOf = (axis) => ({ kind, what, end, event }) => ({
    kind, event, at: timeAxis.placeOf(axis, end), title: what || kHealed,
    text: `${kind === "healed" ? "H" : "!"} ${what || kHealed}` });
  const pillOf = (axis) => ({ lane, what, end, event }) => ({
    sign: "did", kind: "pill", event, at: timeAxis.placeOf(axis, end), label: "•",
    title: `${lane}: ${what}` });

  const laneOf = ({ axis, gaps, marks }) => (lane) => {
    const { id, kind, state, words, since, changed, event, calls, most } = lane;
    const here = (each) => each.lane === id;
    const now = state === "up" ? [] : [{ lane: id, state, words, at: since, event: changed ?? event }];
    const says = words || (kind === "client" ? `${plural(calls.length, "operation")} open` : "");
    return { id, sign: signOf(state), state, strong: id,
             text: kind === "client" && state === "up" ? kind : state, small: says,
             title: `${kind} ${id} is ${state}${words ? `: it ${words}` : ""}`,
             most, open: calls.length,
             boxes: [...[...gaps.filter(here), ...now].map(gapOf(axis)),
                     ...marks.filter((mark) => here(mark) && mark.kind === "did").map(pillOf(axis))],
             marks: marks.filter((mark) => here(mark) && mark.kind !== "did").map(markOf(axis)),
             isNotable: ({ outcome }) => outcome !== "ok" };
  };

  const latest = (all) => all.slice(-kArrows);
  const messagesOn = ({ landed, flying }, axis) =>
    [...timeAxis.onAxis(landed, axis), ...flying].sort((a, b) => a.event - b.event);

  function arrowOf({ at: now }, axis) {
    return (message) => {
      const { from, to, fate = "flying", why, what, size, at, end } = message;
      const left = timeAxis.placeOf(axis, at);
      const right = fate === "flying" ? (1 + timeAxis.kNow) / 2 : timeAxis.placeOf(axis, end);
      const says = { arrived: `arrived after ${time(end - at)}`, lost: `lost: ${why}`,
                     flying: `on its way for ${time(now - at)}` }[fate];
      return { from, to, left, right, sign: fate, event: message.event,
               title: `message ${message.message} from ${from} to ${to}, ${what}, ${size} bytes: ` +
                      says };
    };
  }

  // The messages that are on their way, the oldest first.
  const lists = ({ flying, at }) => ({
    title: flying.length === 0 ? "No message is on its way"
      : `On their way: ${plural(flying.length, "message")}`,
    boxes: flying.slice(0, kListed).map((message) => ({
      sign: "flying", kind: "open", event: message.event, title: message.what,
      label: `${message.message} ${message.from} → ${message.to} ${message.what} ` +
             time(at - message.at) })),
    more: flying.length > kListed ? `and ${flying.length - kListed} that are younger` : "" });

  function picture(state, look) {
    const axis = timeAxis.axisOf(state.at, windowOf(state, look));
    const marks = list.tail(state.marks, ({ end }) => end >= axis.from);
    const gaps = timeAxis.onAxis(state.past, axis);
    const messages = messagesOn(state, axis);
    const hidden = [messages, marks, gaps].reduce(
      (sum, all) => sum + Math.max(0, all.length - kArrows), 0);
    const lanes = state.lanes.map(laneOf({ axis, gaps: latest(gaps), marks: latest(marks) }));
    const made = timeLanes.picture(lanes, timeLanes.callsOn(state, axis),
      { axis, look, boxOf: boxOf(state.at), says: "virtual time", what: "operations" });
    const all = { kind: "total", height: 36, strong: "all lanes",
                  small: plural(state.faults.length, "fault"),
                  marks: latest(marks).filter(({ lane }) => lane === "").map(markOf(axis)) };
    return { ...made, arrows: latest(messages).map(arrowOf(state, axis)), focus: state.focus,
             head: [...made.head, all],
             beyond: hidden === 0 ? "" : `In this window, ${plural(hidden, "older message or mark",
               "older messages and marks")} are not drawn: + shows less time.` };
  }

  strata.pages.push({
    name: "sim",
    title: "simulator: messages and faults",
    plays: /^(week\d\d-sim|sim_test)$/,
    model: simModel, words: kWords, signs: kSigns, facts, lists, picture,
    says: "Nodes and clients",
    columns: { names: 230, aside: 0 },
    arrows: true,
    beyond: "operation",
    zoom: timeAxis.zoom(windowOf),
  });
})();
