// What the log of week 1 looks like after each event of a trace.
//
//   let state = strata.logModel.empty();
//   events.forEach((event, index) => { state = strata.logModel.step(state, event, index); });
//
// Pure: no page, no clock. A state is never changed once it is made. States share the
// frames of a segment: one array that only grows, of which each state sees the first
// `count`. So a step costs the same in a long log as in a short one.
//
// The events: README.md. One that is not known here changes nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const kDroppedShown = 6;  // dropped segments that a state still holds

  // Whether a frame is safe is not stored: where it ends, and how far the log was
  // flushed and synced, says it.
  function empty() {
    return {
      disk: null, sync: null, segmentBytes: null,  // as the program said when it opened
      segments: [],        // by base: { base, phase: open|sealed|dropped, frames, count }
      droppedSegments: 0,  // ever
      flushedEnd: 0,       // what lies before it is with the operating system
      durableEnd: 0,       // what lies before it survives a power cut
      opening: false,      // the store is being opened
      resuming: null,      // base of the segment whose end the next sync tells
      unsettled: false,    // the power went, and nobody has looked at the disk yet
      snapshot: null,      // { position, written }
      crash: null,         // the latest power cut; see powerCut()
      recovery: null,      // the latest: { records, tail, tornBytes }
      focus: null,         // where the latest event happened: { base, position }
    };
  }

  // --- Frames and segments -----------------------------------------------------------

  const endOf = (frame) => frame.position + frame.size;
  const lastFrame = (segment) => segment.frames[segment.count - 1];
  const segmentEnd = (segment) => (segment.count > 0 ? endOf(lastFrame(segment)) : segment.base);
  const newSegment = (base) => ({ base, phase: "open", frames: [], count: 0 });

  // The frames that this state sees.
  const framesOf = (segment) => segment.frames.slice(0, segment.count);

  function withFrame(segment, frame) {
    let { frames } = segment;
    const { count } = segment;
    // Another state may have gone on from here: with this very frame, or with another.
    if (frames.length > count && frames[count].event !== frame.event) frames = frames.slice(0, count);
    if (frames.length === count) frames.push(frame);
    return { ...segment, frames, count: count + 1 };
  }

  // How many of the segment's frames end at or before `position`.
  function countBefore(segment, position) {
    let low = 0;
    let high = segment.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(segment.frames[middle]) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  const find = (state, base) => state.segments.find((segment) => segment.base === base);
  const newest = (state) => state.segments.findLast((segment) => segment.phase !== "dropped");

  function logEnd(state) {
    const segment = newest(state);
    return segment ? segmentEnd(segment) : 0;
  }

  // Puts `segment` in the place of the one with its base, or where it belongs.
  function withSegment(state, segment) {
    const others = state.segments.filter((other) => other.base !== segment.base);
    const place = others.findIndex((other) => other.base > segment.base);
    return { ...state, segments: others.toSpliced(place < 0 ? others.length : place, 0, segment) };
  }

  function addFrame(state, frame) {
    const segment = newest(state) ?? newSegment(frame.position);
    return { ...withSegment(state, withFrame(segment, frame)),
             focus: { base: segment.base, position: frame.position } };
  }

  // --- What the events do ------------------------------------------------------------

  function opening(state, event) {
    return { ...state, disk: event.disk, sync: event.sync, segmentBytes: event.segment_bytes,
             opening: true, resuming: null };
  }

  // Frames that lay in the log before this trace began are shown as one.
  function earlierFrame(position, end, index) {
    return { position, size: end - position, kind: "earlier", label: "from before this trace",
             event: index };
  }

  function segmentFound(state, event, index) {
    const known = find(state, event.base);
    const segment = known ?? withFrame(newSegment(event.base),
                                       earlierFrame(event.base, event.end, index));
    return withSegment(state, { ...segment, phase: "sealed" });
  }

  // A new segment, or one that the log goes on with. Segments behind that are gone.
  function segmentOpened(state, event) {
    const known = find(state, event.base);
    const segments = state.segments.filter((segment) => segment.base <= event.base);
    const segment = { ...(known ?? newSegment(event.base)), phase: "open" };
    return { ...withSegment({ ...state, segments }, segment),
             resuming: known || state.opening ? event.base : null,
             focus: { base: event.base, position: segmentEnd(segment) } };
  }

  function appended(state, event, index) {
    return addFrame(state, { position: event.position, size: event.size, kind: "record",
                             label: labelOf(event), event: index });
  }
  function labelOf(event) {
    if (!event.verb) return "";
    const more = event.operations > 1 ? ` +${event.operations - 1}` : "";
    return `${event.verb} ${event.key}${more}`;
  }

  function vouched(state, event, index) {
    const frame = { position: event.position, size: event.size, kind: "vouch", label: "",
                    event: index };
    return { ...addFrame(state, frame), flushedEnd: endOf(frame), durableEnd: endOf(frame) };
  }

  function flushed(state, event) {
    return { ...state, flushedEnd: Math.max(state.flushedEnd, event.end), focus: focusOnEnd(state) };
  }

  function synced(state, event, index) {
    if (state.resuming !== null) return resumed(state, event.end, index);
    return { ...state, flushedEnd: Math.max(state.flushedEnd, event.end),
             durableEnd: Math.max(state.durableEnd, event.end), focus: focusOnEnd(state) };
  }

  function focusOnEnd(state) {
    const segment = newest(state);
    return segment && { base: segment.base, position: lastFrame(segment)?.position ?? segment.base };
  }

  // The first sync of a log that was opened tells where its good frames end.
  function resumed(state, end, index) {
    let segment = find(state, state.resuming);
    const gone = framesOf(segment).slice(countBefore(segment, end));
    segment = { ...segment, count: segment.count - gone.length };
    if (segmentEnd(segment) < end)
      segment = withFrame(segment, earlierFrame(segmentEnd(segment), end, index));
    return { ...withSegment(state, segment), resuming: null, unsettled: false,
             flushedEnd: end, durableEnd: end, focus: { base: segment.base, position: end },
             crash: state.unsettled ? { ...state.crash, base: segment.base, keptEnd: end, gone }
                                    : state.crash };
  }

  function segmentSealed(state, event) {
    const segment = find(state, event.base) ?? newSegment(event.base);
    return { ...withSegment(state, { ...segment, phase: "sealed" }),
             focus: { base: segment.base, position: lastFrame(segment)?.position ?? segment.base } };
  }

  function segmentDropped(state, event) {
    const segment = find(state, event.base);
    if (!segment) return { ...state, droppedSegments: state.droppedSegments + 1 };
    const dropped = withSegment(state, { ...segment, phase: "dropped" });
    return { ...forgetOldest(dropped), droppedSegments: state.droppedSegments + 1,
             focus: { base: segment.base, position: segment.base } };
  }
  function forgetOldest(state) {
    const dropped = state.segments.filter((segment) => segment.phase === "dropped");
    const forgotten = new Set(dropped.slice(0, Math.max(0, dropped.length - kDroppedShown)));
    return { ...state, segments: state.segments.filter((segment) => !forgotten.has(segment)) };
  }

  const snapshotStarted = (state, event) =>
    ({ ...state, snapshot: { position: event.position, written: false } });
  const snapshotWritten = (state, event) =>
    ({ ...state, snapshot: { position: event.position, written: true } });

  // `gone` are the frames that did not come back; `keptEnd` is where those that did end.
  function powerCut(state, event, index) {
    const crash = { event: index, how: event.how, base: null, keptEnd: null, gone: [], tornBytes: 0,
                    durableEnd: state.durableEnd, end: logEnd(state), atRisk: atRisk(state) };
    return { ...state, crash, unsettled: true, recovery: null, focus: focusOnEnd(state) };
  }
  function atRisk(state) {
    const segment = newest(state);
    return segment ? segment.count - countBefore(segment, state.durableEnd) : 0;
  }

  function recovered(state, event) {
    const recovery = { records: event.records, tail: event.tail, tornBytes: event.torn_bytes };
    const crash = state.crash && state.recovery === null
      ? { ...state.crash, tornBytes: event.torn_bytes } : state.crash;
    return { ...state, opening: false, recovery, crash };
  }

  const kHandlers = {
    opening, segment_found: segmentFound, segment_opened: segmentOpened, appended, vouched,
    flushed, synced, segment_sealed: segmentSealed, segment_dropped: segmentDropped,
    snapshot_started: snapshotStarted, snapshot_written: snapshotWritten,
    power_cut: powerCut, recovered,
  };

  function step(state, event, index) {
    const handler = Object.hasOwn(kHandlers, event.event) ? kHandlers[event.event] : null;
    return handler ? handler(state, event, index) : state;
  }

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
  function goneState(crash, frame) {
    return frame.position < crash.keptEnd + crash.tornBytes ? "torn" : "lost";
  }

  // How many frames the picture shows in each state.
  function counts(state) {
    const found = { buffered: 0, flushed: 0, durable: 0, unknown: 0, lost: 0, torn: 0, dropped: 0 };
    for (const segment of state.segments) {
      if (segment.phase === "dropped") {
        found.dropped += segment.count;
        continue;
      }
      const durable = countBefore(segment, state.durableEnd);
      const flushed = countBefore(segment, state.flushedEnd) - durable;
      found.durable += durable;
      found[state.unsettled ? "unknown" : "flushed"] += flushed;
      found[state.unsettled ? "lost" : "buffered"] += segment.count - durable - flushed;
    }
    for (const frame of state.crash?.gone ?? []) ++found[goneState(state.crash, frame)];
    return found;
  }

  strata.logModel = { empty, step, frameState, goneState, counts, countBefore, segmentEnd, logEnd,
                      endOf };
})();
