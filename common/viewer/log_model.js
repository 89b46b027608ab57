// What the log of week 1 looks like after each event of a trace.
//
// Pure: no page, no clock. A state is never changed once it is made. The events: README.md.
"use strict";

(() => {
  const { list, modelOf } = strata;
  const kDroppedShown = 6;  // dropped segments that a state still holds

  // Whether a frame is safe is not stored: where it ends, and how far the log was
  // flushed and synced, says it.
  const empty = () => ({
    disk: null, sync: null,  // as the program said when it opened
    segments: [],        // by base: { base, phase: open|sealed|dropped, frames }, frames a list
    droppedSegments: 0,  // ever
    flushedEnd: 0,       // what lies before it is with the operating system
    durableEnd: 0,       // what lies before it survives a power cut
    opening: false,      // the store is being opened
    resuming: null,      // base of the segment whose end the next sync tells
    unsettled: false,    // the power went, and nobody has looked at the disk yet
    snapshot: null,      // { position, written }
    crash: null,         // the latest power cut; see powerCut()
    recovered: true,     // since the latest power cut
    focus: null,         // where the latest event happened: { base, position }
  });

  // --- Frames and segments -----------------------------------------------------------

  const endOf = (frame) => frame.position + frame.size;
  const segmentEnd = ({ base, frames }) => (frames.known > 0 ? endOf(list.last(frames)) : base);
  const newSegment = (base) => ({ base, phase: "open", frames: list.empty() });
  const withFrame = (segment, frame) => ({ ...segment, frames: list.add(segment.frames, frame) });

  // How many of the segment's frames end at or before `position`.
  const countBefore = ({ frames: { items, known } }, position) =>
    list.countBefore(known, (place) => endOf(items[place]) <= position);

  const find = (state, base) => state.segments.find((segment) => segment.base === base);
  const newest = (state) => state.segments.findLast(({ phase }) => phase !== "dropped");
  const logEnd = (state) => (newest(state) ? segmentEnd(newest(state)) : 0);

  const focusOn = (segment) =>
    segment && { base: segment.base, position: list.last(segment.frames)?.position ?? segment.base };

  // Puts `segment` in the place of the one with its base, or where it belongs; looks at its end.
  function withSegment(state, segment) {
    const others = state.segments.filter((other) => other.base !== segment.base);
    const place = others.findIndex((other) => other.base > segment.base);
    return { ...state, focus: focusOn(segment),
             segments: others.toSpliced(place < 0 ? others.length : place, 0, segment) };
  }

  const addFrame = (state, frame) =>
    withSegment(state, withFrame(newest(state) ?? newSegment(frame.position), frame));

  // Frames that lay in the log before this trace began are shown as one.
  const earlierFrame = (position, end, event) =>
    ({ position, size: end - position, kind: "earlier", label: "from before this trace", event });

  // --- What the events do ------------------------------------------------------------

  // A new segment, or one that the log goes on with. Segments behind that are gone.
  function segmentOpened(state, event) {
    const known = find(state, event.base);
    const segments = state.segments.filter((segment) => segment.base <= event.base);
    const segment = { ...(known ?? newSegment(event.base)), phase: "open" };
    return { ...withSegment({ ...state, segments }, segment),
             resuming: known || state.opening ? event.base : null };
  }

  function labelOf(event) {
    if (!event.verb) return "";
    return `${event.verb} ${event.key}${event.operations > 1 ? ` +${event.operations - 1}` : ""}`;
  }

  // The first sync of a log that was opened tells where its good frames end.
  function resumed(state, end, index) {
    let segment = find(state, state.resuming);
    const known = countBefore(segment, end);
    const gone = list.seen(segment.frames).slice(known);
    segment = { ...segment, frames: { ...segment.frames, known } };
    if (segmentEnd(segment) < end)
      segment = withFrame(segment, earlierFrame(segmentEnd(segment), end, index));
    return { ...withSegment(state, segment), resuming: null, unsettled: false,
             flushedEnd: end, durableEnd: end,
             crash: state.unsettled ? { ...state.crash, base: segment.base, keptEnd: end, gone }
                                    : state.crash };
  }

  function segmentDropped(state, event) {
    const next = { ...state, droppedSegments: state.droppedSegments + 1 };
    const segment = find(state, event.base);
    return segment ? forgetOldest(withSegment(next, { ...segment, phase: "dropped" })) : next;
  }
  function forgetOldest(state) {
    const dropped = state.segments.filter(({ phase }) => phase === "dropped");
    const forgotten = new Set(dropped.slice(0, Math.max(0, dropped.length - kDroppedShown)));
    return { ...state, segments: state.segments.filter((segment) => !forgotten.has(segment)) };
  }

  // `gone` are the frames that did not come back; `keptEnd` is where those that did end.
  function powerCut(state, event, index) {
    const segment = newest(state);
    const atRisk = segment ? segment.frames.known - countBefore(segment, state.durableEnd) : 0;
    const crash = { event: index, base: null, keptEnd: null, gone: [], tornBytes: 0,
                    durableEnd: state.durableEnd, end: logEnd(state), atRisk };
    return { ...state, crash, unsettled: true, recovered: false, focus: focusOn(segment) };
  }

  const steps = {
    opening: (state, { disk, sync }) => ({ ...state, disk, sync, opening: true, resuming: null }),
    segment_found: (state, { base, end }, index) => withSegment(state, {
      ...(find(state, base) ?? withFrame(newSegment(base), earlierFrame(base, end, index))),
      phase: "sealed" }),
    segment_opened: segmentOpened,
    appended: (state, event, index) => addFrame(state, {
      position: event.position, size: event.size, kind: "record", label: labelOf(event), event: index }),
    flushed: (state, { end }) =>
      ({ ...state, flushedEnd: Math.max(state.flushedEnd, end), focus: focusOn(newest(state)) }),
    synced: (state, { end }, index) => (state.resuming !== null ? resumed(state, end, index)
      : { ...state, flushedEnd: Math.max(state.flushedEnd, end),
          durableEnd: Math.max(state.durableEnd, end), focus: focusOn(newest(state)) }),
    vouched(state, { position, size }, index) {
      const end = position + size;
      const frame = { position, size, kind: "vouch", label: "", event: index };
      return { ...addFrame(state, frame), flushedEnd: end, durableEnd: end };
    },
    segment_sealed: (state, { base }) =>
      withSegment(state, { ...(find(state, base) ?? newSegment(base)), phase: "sealed" }),
    segment_dropped: segmentDropped,
    snapshot_started: (state, { position }) => ({ ...state, snapshot: { position, written: false } }),
    snapshot_written: (state, { position }) => ({ ...state, snapshot: { position, written: true } }),
    power_cut: powerCut,
    recovered: (state, event) => ({
      ...state, opening: false, recovered: true,
      crash: state.recovered ? state.crash : { ...state.crash, tornBytes: event.torn_bytes } }),
  };

  // --- What a picture asks -----------------------------------------------------------

  // buffered, flushed, durable, unknown (on the disk or not: nobody has looked yet), lost,
  // or dropped.
  function frameState(state, segment, frame) {
    if (segment.phase === "dropped") return "dropped";
    if (endOf(frame) <= state.durableEnd) return "durable";
    const flushed = endOf(frame) <= state.flushedEnd;
    if (state.unsettled) return flushed ? "unknown" : "lost";
    return flushed ? "flushed" : "buffered";
  }

  // What became of a frame that a power cut took: parts of it were found and cut off as a
  // torn tail, or nothing of it was found.
  const goneState = (crash, frame) =>
    (frame.position < crash.keptEnd + crash.tornBytes ? "torn" : "lost");

  // How many frames the picture shows in each state.
  function counts(state) {
    const found = { buffered: 0, flushed: 0, durable: 0, unknown: 0, lost: 0, torn: 0, dropped: 0 };
    for (const segment of state.segments)
      for (const frame of list.seen(segment.frames)) ++found[frameState(state, segment, frame)];
    for (const frame of state.crash?.gone ?? []) ++found[goneState(state.crash, frame)];
    return found;
  }

  strata.logModel = { ...modelOf({ empty, steps }), frameState, goneState, counts, countBefore,
                      segmentEnd, logEnd };
})();
