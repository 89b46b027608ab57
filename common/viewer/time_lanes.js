// Lanes on a time axis: in each a bar for each request, from its begin to its end; too many bars
// become an area that shows how many there were at once. Pure: no page, no clock.
"use strict";

(() => {
  const { list } = strata;
  const { kNow, spanOf, drawn } = strata.timeAxis;

  const kSlot = 17;      // height of a bar, where there is room; so are all that follow, in pixels
  const kLeast = 40;     // of a lane
  const kTallest = 110;  // likewise, unless there is room for all to be higher
  const kCompact = 24;   // of each of very many lanes
  const kCrowded = 3;    // lanes are compact if they would take so many times the room there is
  const kPadding = 3;    // above and below the bars of a lane
  const kBars = 100;     // that a lane shows one by one
  const kFewBars = 40;   // likewise, a compact one
  const kSlices = 160;   // of the axis, for the heights of a crowd

  // --- In a model --------------------------------------------------------------------

  // A state has `lanes`, and `done`, a list of calls that have ended. A lane has { id, calls, most,
  // event }: `calls` have begun there and have not ended, and `most` is how many there were at
  // once. A call has { lane, at, slot, event }, and when it is over also { end, answer }: `lane` is
  // an id, `slot` a place that no other call of the lane has, `answer` the event that ended it.

  // The state with what `change(lane)` gives in the lane `id`, which is `made` if there is none.
  function withLane(state, id, change, made) {
    const place = state.lanes.findIndex((lane) => lane.id === id);
    const old = place < 0 ? { id, calls: [], most: 0, ...made } : state.lanes[place];
    const lane = { ...old, ...change(old) };
    return { ...state, focus: id,
             lanes: place < 0 ? [...state.lanes, lane] : state.lanes.with(place, lane) };
  }

  const begun = (call) => ({ calls, most }) => ({
    calls: [...calls, { ...call, slot: freeSlot(calls) }], most: Math.max(most, calls.length + 1) });

  const ended = (state, call, how) => ({
    ...withLane(state, call.lane, ({ calls }) => ({ calls: calls.filter((each) => each !== call) })),
    done: list.add(state.done, { ...call, ...how }) });

  const openCalls = ({ lanes }) => lanes.flatMap(({ calls }) => calls);

  function freeSlot(calls) {
    const taken = new Set(calls.map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) ++slot;
    return slot;
  }

  // --- In a picture ------------------------------------------------------------------

  // The calls that were there at some time on the axis.
  const callsOn = (state, axis) =>
    [...strata.timeAxis.onAxis(state.done, axis), ...openCalls(state).filter(({ at }) => at <= axis.now)];

  // How many of `bars` there were at once, in each slice of the axis: the most.
  function peaksOf(axis, bars) {
    const spans = bars.map((bar) => spanOf(axis, bar));
    const starts = Float64Array.from(spans, ({ left }) => left).sort();
    const ends = Float64Array.from(spans, ({ right }) => right).sort();
    const peaks = [];
    let begun = 0;
    let over = 0;
    for (let slice = 1; slice <= Math.round(kSlices * kNow); ++slice) {
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

  // The same as a box; `most` is as high as there is room.
  function crowd(axis, bars, most) {
    const peaks = peaksOf(axis, bars);
    const outline = peaks.flatMap((peak, i) => [[i, peak], [i + 1, peak]].map(([x, y]) =>
      [x / peaks.length, 1 - y / Math.max(1, most)]));
    return { kind: "crowd", left: 0, right: kNow, outline: [[0, 1], ...outline, [1, 1]],
             title: `at most ${Math.max(0, ...peaks)} at once` };
  }

  // What a lane shows one by one: all, or, of too many, the latest that are notable and the one
  // of the current event.
  function shownOf({ bars, isNotable }, compact, index) {
    const most = compact ? kFewBars : kBars;
    if (bars.length <= most) return bars;
    const isCurrent = (bar) => bar.event === index || bar.answer === index;
    return [...new Set([...bars.filter(isNotable).slice(-most / 2), ...bars.filter(isCurrent)])];
  }

  // Of a lane { bars, most, boxes, note, isNotable } and what a row has: its row. A bar stands in
  // its slot of `most`, behind it `boxes`; the page's boxOf(bar) says the rest.
  function rowOf(lane, height, compact, { axis, look, boxOf, what = "requests" }) {
    const { bars, most } = lane;
    const each = Math.min(kSlot, (height - 2 * kPadding) / Math.max(1, most));
    const gap = each > 6 ? 2 : each > 3 ? 1 : 0;
    const shown = shownOf(lane, compact, look.index);
    const isCrowd = shown !== bars;
    const placed = (bar) => ({
      event: bar.event, also: bar.answer, ...spanOf(axis, bar), top: kPadding + bar.slot * each,
      height: Math.max(1, each - gap), ...boxOf(bar) });
    const boxes = () => [...lane.boxes, ...(isCrowd ? [crowd(axis, bars, most)] : []),
                         ...shown.map(placed)];
    return { ...lane, kind: "lane", height, boxes,
             note: isCrowd ? `${bars.length} ${what}: + shows each` : lane.note };
  }

  // What a page shows of lanes, from the top down, whose bars are `calls`. `says` names the axis.
  function picture(lanes, calls, how) {
    const { axis, look, says, unit } = how;
    const tallest = Math.max(kTallest, look.room / Math.max(1, lanes.length));
    const byLane = Map.groupBy(calls, ({ lane }) => lane);
    const filled = lanes.map((lane) => ({ ...lane, bars: byLane.get(lane.id) ?? [] }));
    const heights = filled.map(({ bars, most }) => (bars.length === 0 ? kLeast
      : Math.min(tallest, Math.max(kLeast, 2 * kPadding + kSlot * most))));
    const compact = heights.reduce((sum, height) => sum + height, 0) >
                    kCrowded * Math.max(look.room, kTallest);
    return { ...drawn(axis, look, says, unit), compact,
             rows: filled.map((lane, i) => rowOf(lane, compact ? kCompact : heights[i], compact, how)) };
  }

  strata.timeLanes = { withLane, begun, ended, openCalls, callsOn, peaksOf, crowd, picture };
})();
