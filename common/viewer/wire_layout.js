// Where everything of week 4's picture stands: a lane for each connection, in it a bar for each
// request from when it was asked to when it was answered. Where time is: wire_axis.js.
// Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { wireAxis } = strata;

  const kSlot = 17;      // height of a bar, where there is room; so are all that follow, in pixels
  const kLeast = 40;     // of a lane
  const kTallest = 110;  // likewise, unless there is room for all to be higher
  const kCompact = 24;   // of each of very many lanes
  const kCrowded = 3;    // lanes are compact if they would take so many times the room there is
  const kPadding = 3;    // above and below the bars of a lane
  const kKept = 6;       // lanes that there are at least, though of connections long closed
  const kBars = 100;     // that a lane shows one by one
  const kFewBars = 40;   // likewise, a compact one
  const kSlices = 160;   // of the axis, for the heights of a crowd
  const kListed = 48;    // requests in flight that are listed

  // --- Bars --------------------------------------------------------------------------

  // The requests that were in flight at some time on the axis, by connection; on each, those that
  // are over and then those in flight.
  function requestsOn(state, axis) {
    const lanes = new Map(state.open.map(({ number }) => [number, []]));
    const { items, known } = state.ended;
    let first = known;
    while (first > 0 && items[first - 1].end >= axis.from) --first;
    for (let i = first; i < known; ++i) {
      const { connection } = items[i];
      if (!lanes.has(connection)) lanes.set(connection, []);
      lanes.get(connection).push(items[i]);
    }
    for (const { number, requests } of state.open) lanes.get(number).push(...requests);
    return lanes;
  }

  // Shares of the axis: where a request's bar begins and ends. One in flight has no end yet: it
  // goes on behind now.
  function spanOf(axis, { at, end }) {
    return { left: wireAxis.placeOf(axis, at),
             right: end === undefined ? 1 : wireAxis.placeOf(axis, end) };
  }

  // How many of `requests` were in flight, in each slice of the axis: the most.
  function peaksOf(axis, requests) {
    const starts = new Float64Array(requests.length);
    const ends = new Float64Array(requests.length);
    requests.forEach((request, i) => {
      const { left, right } = spanOf(axis, request);
      starts[i] = left;
      ends[i] = right;
    });
    starts.sort();
    ends.sort();
    const peaks = [];
    let begun = 0;
    let over = 0;
    for (let slice = 1; slice <= Math.round(kSlices * wireAxis.kNow); ++slice) {
      let peak = begun - over;
      const to = slice / kSlices;
      while (begun < starts.length && starts[begun] < to) {
        while (over < begun && ends[over] < starts[begun]) ++over;
        peak = Math.max(peak, ++begun - over);
      }
      while (over < begun && ends[over] < to) ++over;
      peaks.push(peak);
    }
    return peaks;
  }

  // --- Lanes -------------------------------------------------------------------------

  // The connections that have a lane: all that are open, those that were so on the axis, and of
  // others the latest, up to a few. `before` are the rest.
  function connectionsOf(state, axis) {
    const { items, known } = state.closed;
    let first = known;
    const wanted = () => items[first - 1].end >= axis.from || state.open.length + known - first < kKept;
    while (first > 0 && wanted()) --first;
    const shown = [...items.slice(first, known), ...state.open];
    return { shown: shown.sort((a, b) => a.event - b.event), before: items.slice(0, first) };
  }

  const roomyHeight = ({ most }, requests, tallest) =>
    (requests.length === 0 ? kLeast : Math.min(tallest, Math.max(kLeast, 2 * kPadding + kSlot * most)));

  // { lanes, height, compact, before }, where a lane is { connection, requests, y, height } and
  // `before` are the connections that have none. `room` is the height that is in sight.
  function layOut(state, axis, room) {
    const { shown, before } = connectionsOf(state, axis);
    const all = requestsOn(state, axis);
    const tallest = Math.max(kTallest, room / Math.max(1, shown.length));
    const lanes = shown.map((connection) => {
      const requests = all.get(connection.number) ?? [];
      return { connection, requests, y: 0, height: roomyHeight(connection, requests, tallest) };
    });
    const wanted = lanes.reduce((sum, { height }) => sum + height, 0);
    const compact = wanted > kCrowded * Math.max(room, kTallest);
    let y = 0;
    for (const lane of lanes) {
      if (compact) lane.height = kCompact;
      lane.y = y;
      y += lane.height;
    }
    return { lanes, height: y, compact, before };
  }

  // Within a lane, in pixels: where the bars of a slot are.
  function slotOf({ connection, height }, slot) {
    const whole = (height - 2 * kPadding) / Math.max(1, connection.most);
    const each = Math.min(kSlot, whole);
    return { top: kPadding + slot * each, height: Math.max(1, each - (each > 6 ? 2 : each > 3 ? 1 : 0)) };
  }

  // What a lane shows one by one: all, or, of too many, those that failed and the one that
  // `isChosen`; the others are a crowd.
  function barsOf({ requests, height }, isChosen) {
    const most = height === kCompact ? kFewBars : kBars;
    if (requests.length <= most) return { bars: requests, crowd: false };
    const failed = requests.filter(({ outcome }) => outcome === "error" || outcome === "lost");
    return { bars: [...failed.slice(-most / 2), ...requests.filter(isChosen)], crowd: true };
  }

  // --- What is out of sight ----------------------------------------------------------

  // How many lanes, and requests in flight on them, are above and below what is in sight.
  function outOfSight({ lanes }, from, to) {
    const sum = (some) => ({ lanes: some.length,
      inFlight: some.reduce((count, { connection }) => count + connection.requests.length, 0) });
    return { above: sum(lanes.filter(({ y, height }) => y + height / 2 < from)),
             below: sum(lanes.filter(({ y, height }) => y + height / 2 > to)) };
  }

  // The requests in flight, the oldest first, as many as are listed.
  function listed(state) {
    const all = state.open.flatMap((connection) => connection.requests.map((request, place) =>
      ({ request, overtaken: strata.wireModel.overtaken(connection, place) })));
    return all.sort((a, b) => a.request.event - b.request.event).slice(0, kListed);
  }

  strata.wireLayout = { requestsOn, spanOf, peaksOf, layOut, slotOf, barsOf, outOfSight, listed };
})();
