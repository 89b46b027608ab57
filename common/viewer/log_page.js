// The page of week 1: the log as segments, and in each its frames on lines that wrap as text does.
"use strict";

(() => {
  const { logModel } = strata;
  const { plural } = strata.words;

  const kSigns = {
    buffered: ["B", "plain", "buffered", "in the memory of the process"],
    flushed: ["F", "stripes", "flushed", "with the operating system, not durable"],
    durable: ["D", "good", "durable", "survives a power cut"],
    unknown: ["?", "dots", "unknown", "the power went; nobody has looked yet"],
    lost: ["L", "bad", "lost", "a power cut took all of it"],
    torn: ["T", "torn", "torn", "parts of it were found and cut off"],
    dropped: ["X", "gone", "dropped", "removed with its segment"],
    vouch: ["V", "good", "vouching frame", "empty; double border", "vouch"],
  };

  // --- Words -------------------------------------------------------------------------

  const kSync = {
    always: ": a write is OK only when it is durable",
    interval: ": a write becomes durable within the interval, after its OK",
    never: ": when a write becomes durable is up to the operating system",
  };

  function synced({ end }, before, after) {
    if (before.resuming !== null) return resumed(end, before, after);
    if (before.durableEnd >= end)
      return `Nothing to sync: everything before position ${end} was durable already.`;
    return `${before.disk === "real" ? "fdatasync" : "The sync"} returned: everything before ` +
           `position ${end} survives a power cut.`;
  }
  function resumed(end, before, { crash }) {
    const base = `Recovery synced what it found: everything before position ${end} is durable.`;
    if (!before.unsettled || before.crash.atRisk === 0) return base;
    return `${base} Of ${plural(crash.atRisk, "frame")} at risk, the power cut took ` +
           `${crash.gone.length} and left ${crash.atRisk - crash.gone.length}.`;
  }

  function powerCut(event, before, { crash: { durableEnd, end, atRisk } }) {
    const safe = `The power goes. Everything before position ${durableEnd} is safe. `;
    if (atRisk === 0) return `${safe}Nothing was at risk.`;
    return `${safe}${plural(atRisk, "frame")} (${plural(end - durableEnd, "byte")}) behind it ` +
           `${atRisk === 1 ? "was" : "were"} never synced: only recovery will tell what the disk kept.`;
  }

  function recovered(event, before, after) {
    const tail = event.tail === "torn"
      ? `torn: ${plural(event.torn_bytes, "byte")} were cut off` : event.tail;
    return `Recovery is done: it replayed ${plural(event.records, "record")}. The tail was ${tail}.` +
           (before.recovered ? "" : fate(after.crash));
  }
  function fate(crash) {
    if (crash.atRisk === 0) return "";
    const torn = crash.gone.filter((frame) => logModel.goneState(crash, frame) === "torn").length;
    return ` Of ${plural(crash.atRisk, "frame")} at risk when the power went, ` +
           `${crash.atRisk - crash.gone.length} survived, ${crash.gone.length - torn} lost, ${torn} torn.`;
  }

  const kWords = {
    opening: [({ disk, sync }) => `The store opens on a ${disk} disk with --sync=${sync}` +
                                  `${kSync[sync] ?? ""}. Recovery now reads the log.`,
              "{disk} disk, sync {sync}"],
    segment_found: ["Recovery found the sealed segment {base}. It ends at position {end}.",
                    "{base} to {end}"],
    segment_opened: [({ base }, before, after) => (after.resuming !== null
      ? `The log goes on in segment ${base}. What lies behind its last good frame is cut off.`
      : `A new segment begins at position ${base}. A crash finds its file whole or not at all.`),
                     "{base}"],
    appended: [({ verb, key, position, size }) =>
      `${verb ? `${verb} ${key}` : "A record"} is framed and stands in the buffer of the process, at ` +
      `position ${position} (${size} bytes). If the process dies now, it is gone.`,
               "at {position} {verb} {key}"],
    flushed: ["write returned: everything before position {end} is with the operating system. " +
              "It survives the death of the process, but not a power cut.", "to {end}"],
    synced: [synced, "to {end}"],
    vouched: ["An empty frame at position {position} vouches: all that lies before it was synced. " +
              "Damage there cannot pass for a torn tail any more.", "at {position}"],
    segment_sealed: ["Segment {base} is sealed at position {end}: all of it is durable, and nothing " +
                     "is added to it.", "{base} to {end}"],
    segment_dropped: ["Segment {base} is removed: a snapshot holds what its records did.", "{base}"],
    snapshot_started: ["A snapshot of the map is begun. It covers every record before position " +
                       "{position}.", "before {position}"],
    snapshot_written: ["The snapshot is durable: the log before position {position} is not needed " +
                       "any more.", "before {position}"],
    power_cut: [powerCut, "{how}"],
    recovered: [recovered, "{records|record}, tail {tail}"],
  };

  function facts(state) {
    const end = logModel.logEnd(state);
    const { snapshot } = state;
    return {
      "power": state.unsettled && !state.opening ? "off" : "on",
      "log end": end,
      "durable to": state.durableEnd,
      "at risk": `${Math.max(0, end - state.durableEnd)} bytes`,
      "snapshot": snapshot ? `before ${snapshot.position}${snapshot.written ? "" : " (being written)"}`
                           : "none",
      "dropped": state.droppedSegments,
      "sync": state.sync ?? "not said",
      "disk": state.disk ?? "not said",
    };
  }

  // --- Frames on lines ---------------------------------------------------------------

  const kOrdinary = 104;  // width of an ordinary frame before zooming, in pixels
  const kLeast = 36;      // of any: a tiny one stays visible, a huge one takes one line

  // The geometric mean of the first few hundred records' sizes: a few huge ones must not
  // make all others tiny.
  function ordinarySize(events) {
    const sizes = events.slice(0, 1000).filter(({ event }) => event === "appended")
                        .map(({ size }) => size);
    const logs = sizes.reduce((sum, size) => sum + Math.log(size), 0);
    return sizes.length === 0 ? kOrdinary : Math.exp(logs / sizes.length);
  }

  // Splits the first `count` frames into lines: [{ first, count }]. No frames: one empty line.
  function wrap(frames, count, line, widthOf) {
    const lines = [];
    let first = 0;
    let used = 0;
    for (let i = 0; i < count; ++i) {
      const width = widthOf(frames[i]);
      if (used > 0 && used + width > line) {
        lines.push({ first, count: i - first });
        first = i;
        used = 0;
      }
      used += width;
    }
    return [...lines, { first, count: count - first }];
  }

  function boxOf(frame, sign, left, right, whole) {
    const [, , name, means] = kSigns[sign];
    const what = frame.kind === "vouch" ? "vouching frame" : frame.label || "record";
    return { sign, kind: `${frame.kind}${whole ? "" : " clipped"}`, event: frame.event, left, right,
             label: frame.kind === "vouch" ? "V" : frame.label,
             title: `${what}, position ${frame.position}, ${frame.size} bytes: ${name}, ${means}` };
  }

  // Where the durable part ends, in the segment that is written.
  function markOf(state, segment, { first, count }, boxes) {
    const durable = logModel.countBefore(segment, state.durableEnd) - first;
    if (durable === 0 ? first > 0 : durable < 0 || durable > count) return [];
    const at = boxes[durable - 1]?.right ?? 0;
    return [{ at, kind: "durable", text: `durable to ${state.durableEnd}` }];
  }

  function picture(state, look) {
    const scale = 2 ** look.zoom * kOrdinary / ordinarySize(look.events);
    const line = Math.max(120, look.width);
    const widthOf = ({ size }) => Math.round(Math.min(line, Math.max(kLeast, size * scale)));
    const { crash } = state;
    const marked = state.segments.findLast(({ phase, base }) => phase !== "dropped" &&
                                                                base <= state.durableEnd);
    const rows = [];
    let focus = null;

    function addLine(segment, frames, part, gone) {
      const id = `${gone ? "gone" : "line"}-${segment.base}-${part.first}`;
      const position = frames[part.first]?.position ?? segment.base;
      if (!gone && segment.base === state.focus?.base &&
          (focus === null || position <= state.focus.position)) focus = id;
      const signOf = (frame) => (gone ? logModel.goneState(crash, frame)
                                      : logModel.frameState(state, segment, frame));
      const boxes = () => {
        let x = 0;
        return frames.slice(part.first, part.first + part.count).map((frame) => {
          const left = x / line;
          x += widthOf(frame);
          return boxOf(frame, signOf(frame), left, x / line, frame.size * scale <= line);
        });
      };
      const marks = (made) => (!gone && segment === marked ? markOf(state, segment, part, made) : []);
      rows.push({ id, kind: "line", height: 56, small: String(position), boxes, marks });
    }

    for (const segment of state.segments) {
      const { base, phase, frames: { items, known } } = segment;
      rows.push({ kind: "heading", height: 34, strong: `Segment ${base}`, pill: phase,
                  text: `positions ${base} to ${logModel.segmentEnd(segment)}, ` +
                        plural(known, "frame") });
      const lines = wrap(items, known, line, widthOf);
      // Of a dropped segment, one line is enough.
      for (const part of phase === "dropped" ? lines.slice(0, 1) : lines) addLine(segment, items, part);
      const gone = crash?.base === base ? crash.gone : [];
      if (gone.length > 0) {
        rows.push({ kind: "heading alarm", height: 34, strong: "", text: `The power cut at event ` +
          `${crash.event + 1} took these (the log was good up to position ${crash.keptEnd}):` });
        for (const part of wrap(gone, gone.length, line, widthOf)) addLine(segment, gone, part, true);
      }
    }
    if (rows.length === 0) rows.push({ kind: "line", height: 56, note: "The log has no segment yet." });
    return { rows, focus };
  }

  strata.pages.push({
    name: "log",
    title: "Week 1: the log",
    plays: /^week01-repl$/,
    model: logModel, words: kWords, signs: kSigns, facts, picture,
    counts: logModel.counts,
    says: "The log, segment by segment",
    columns: { names: 84, aside: 0 },
    zoom: { out: "Narrower", in: "Wider", least: -6, most: 4,
            says: ({ zoom }) => `width ${zoom < 0 ? `÷${2 ** -zoom}` : `×${2 ** zoom}`}` },
  });
})();
