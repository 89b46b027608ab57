// The page of a history: a lane for each client with its operations as bars, and under them the
// zones of the values of one key.
"use strict";

(() => {
  const { historyModel, timeAxis, timeLanes } = strata;
  const { plural } = strata.words;

  const kSigns = {
    ok: ["O", "blue", "ok", "an operation that was done"],
    refused: ["R", "gone", "refused", "it was not done"],
    open: ["…", "stripes", "open", "dashed; it never ended", "open"],
    violation: ["V", "bad", "violation", "it cannot be ordered with the others"],
    forward: ["F", "good", "forward zone", "at all these moments the key had the value"],
    backward: ["B", "dots", "backward zone", "at some of these moments it had it"],
    clash: ["!", "bad", "overlap", "these zones cannot be ordered"],
  };

  // --- Words -------------------------------------------------------------------------

  function called({ client, operation, what }, before) {
    const open = timeLanes.openCalls(before).length;
    const beside = open === 0 ? ""
      : ` ${plural(open, "other is", "others are")} open, and the order among them is free.`;
    return `Client ${client} begins operation ${operation}: ${what}.${beside}`;
  }

  function returned({ operation, outcome, what }, before) {
    const call = historyModel.callOf(before, operation);
    const which = call ? ` of client ${call.lane}, ${call.what},` : "";
    return `Operation ${operation}${which} ends: ${outcome}${what ? `, it ${what}` : ""}. It took effect ` +
           "at one moment between its call and now, or not at all if it was refused.";
  }

  function zone({ key, value, begin, end, kind }) {
    const [from, to] = [Math.min(begin, end), Math.max(begin, end)];
    return kind === "forward"
      ? `${key} had the value ${value} at all moments from ${from} to ${to}: a forward zone. No other ` +
        "forward zone of the key may overlap it."
      : `${key} had the value ${value} at some moment from ${from} to ${to}: a backward zone. It must ` +
        "not lie within a forward zone of the key.";
  }

  const kWords = {
    called: [called, "{client} {operation} {what}"],
    returned: [returned, "{operation} {outcome} {what}"],
    zone: [zone, "{key} = {value} {kind} {begin} to {end}"],
    violation: ["The history is not linearizable (operations {operations}): {what}.",
                "{operations}"],
    linearizable: ["The history is linearizable: its {operations} operations can be put in one order " +
                   "that explains all that was seen.", "{operations} operations"],
  };

  // The key whose zones are shown: the one that was typed, that of the violation, or the first.
  const chosen = (state, { key }) => key || (state.violation?.key ?? state.keys[0] ?? "");

  function facts(state, look) {
    const verdict = state.violation ? "not linearizable"
      : state.linearizable === null ? "not yet" : "linearizable";
    const open = timeLanes.openCalls(state).length;
    return {
      "verdict": verdict,
      "moment": state.at,
      "operations": `${state.done.known} ended, ${open} open`,
      "clients": state.lanes.length,
      "key": chosen(state, look),
      "zones": state.zones.known,
    };
  }

  // --- Lanes -------------------------------------------------------------------------

  const kOperations = 6;   // ordinary ones that the window is as long as
  const kFirst = 50;       // moments that it is long before the first returned
  const kRoom = 1.25;      // times that the window is as long as what it must show
  const kSlot = 20;        // height of a zone, in pixels
  const kZones = 150;      // that are drawn

  const windowOf = ({ pace, look }, { zoom }) =>
    timeAxis.windowOf(pace, kOperations, kFirst, zoom, look ? kRoom * (look.to - look.from) : 0);

  const boxOf = (violation) => ({ operation, lane, what, saw, outcome }) => {
    const isBad = violation?.operations.has(operation);
    return { sign: isBad ? "violation" : outcome ?? "open", state: outcome ?? "open",
             kind: `bar ${outcome ? "" : "open"} ${isBad ? "clash" : ""}`,
             label: `${operation} ${what}${saw ? `: ${saw}` : ""}`,
             title: `operation ${operation} of client ${lane}, ${what}: ${outcome ?? "has not ended"}` +
                    `${saw ? `, ${saw}` : ""}${isBad ? "; it cannot be ordered" : ""}` };
  };

  const laneOf = (violation) => ({ id, calls, most }) => ({
    id, strong: id, small: `${plural(calls.length, "operation")} open`, title: `client ${id}`, most,
    open: calls.length, boxes: [], isNotable: ({ operation }) => violation?.operations.has(operation) });

  // One row for each kind of zone, with as many slots as overlap, and one for what cannot be.
  function rowsOfZones(state, axis, key) {
    const { zones, clashes } = historyModel.zonesOf(state, key);
    const isSeen = ({ at, end }) => end >= axis.from && at <= axis.now;
    const seen = zones.filter(isSeen);
    const rowOf = (kind) => {
      const here = seen.filter((each) => each.kind === kind);
      const shown = here.slice(-kZones);
      const slots = Math.max(1, ...shown.map(({ slot }) => slot + 1));
      const boxes = shown.map(({ value, at, end, event, slot, isClash }) => ({
        sign: kind, kind: `bar ${isClash ? "clash" : ""}`, event, ...timeAxis.spanOf(axis, { at, end }),
        top: 4 + kSlot * slot, height: kSlot - 3, label: `${value}${isClash ? " !" : ""}`,
        title: `${value}, from ${at} to ${end}: ${kSigns[kind][3]}` +
               `${isClash ? "; it cannot be ordered" : ""}` }));
      return { id: kind, kind: "lane", sign: kind, height: Math.max(38, 8 + kSlot * slots), boxes,
               strong: kind, small: here.length > shown.length
                 ? `the latest ${shown.length} of ${here.length} in sight` : plural(here.length, "zone") };
    };
    const overlaps = clashes.filter(isSeen).slice(-kZones).map((clash) => ({
      sign: "clash", kind: "bar clash gap", ...timeAxis.spanOf(axis, clash), label: "cannot be ordered",
      title: `two zones overlap from ${clash.at} to ${clash.end}: they cannot be ordered` }));
    return [{ id: "zones", kind: "heading", height: 30, strong: `Zones of ${key}`,
              text: clashes.length === 0 ? "" : `${plural(clashes.length, "overlap")}: not linearizable` },
            rowOf("forward"), rowOf("backward"),
            ...(overlaps.length === 0 ? [] : [{
              id: "clash", kind: "lane", height: 38, sign: "clash", strong: "overlap",
              small: plural(clashes.length, "place"), boxes: overlaps }])];
  }

  function picture(state, look) {
    const { violation } = state;
    const window = windowOf(state, look);
    // What lies farther back than the window is long has the axis end there.
    const isPast = state.look !== null && state.look.from < state.at - window;
    const axis = timeAxis.axisOf(Math.max(1, isPast ? state.look.to : state.at), window);
    const key = chosen(state, look);
    const made = timeLanes.picture(
      state.lanes.map(laneOf(violation)), timeLanes.callsOn(state, axis),
      { axis, look, boxOf: boxOf(violation), says: "moments", unit: false, what: "operations" });
    const zones = state.zones.known === 0 ? [] : rowsOfZones(state, axis, key);
    return { ...made, rows: [...made.rows, ...zones], focus: state.focus,
             answer: `Keys: ${state.keys.slice(0, 12).join(", ")}${state.keys.length > 12 ? " …" : ""}` };
  }

  strata.pages.push({
    name: "history",
    title: "history of operations",
    plays: /^strata-history$/,
    model: historyModel, words: kWords, signs: kSigns, facts, picture,
    says: "Clients and zones",
    clock: (at) => `moment ${at}`,
    columns: { names: 150, aside: 0 },
    field: { label: "key", hint: "of the violation" },
    beyond: "operation",
    zoom: timeAxis.zoom(windowOf, String),
  });
})();
