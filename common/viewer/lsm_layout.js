// Where everything of week 2's picture stands: the key axis, and the rows from the top down in
// the order in which a reader asks. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { lsmModel } = strata;

  const kHeading = 30;  // heights in pixels
  const kLog = 50;
  const kPart = 50;
  const kChips = 32;
  const kManyChips = 84;
  const kNote = 30;
  const kListed = 40;   // entries that are shown of one part
  const kLabelled = 14; // characters of a key that its label shows
  const kStops = 400;   // keys with a place of their own on the axis
  const kDetailed = 20; // keys whose versions a bar has room for

  // --- The key axis ------------------------------------------------------------------

  // Each key that the trace has shown has a stop, and all stops are equally wide. Of very many
  // keys some have one, which are as dense as the keys are, and the ends of all parts.
  //
  // `detail` says what a bar shows of its keys: versions, ticks, or nothing.
  function keyAxis(state, selected) {
    const parts = lsmModel.partsOf(state).map(({ part }) => part);
    if (state.found) parts.push(state.found.memtable);
    const known = parts.reduce((sum, part) => sum + (part.known ?? 0), 0);
    const every = Math.ceil(known / kStops);
    const all = new Set(selected ? [selected] : []);
    for (const part of parts.filter(({ smallest }) => smallest !== null)) {
      all.add(part.smallest).add(part.largest);
      for (let i = 0; i < (part.known ?? 0); i += every) all.add(part.entries[i].key);
    }
    const stops = [...all].sort(lsmModel.compareKeys);
    const detail = every > 1 ? "nothing" : stops.length > kDetailed ? "ticks" : "versions";
    return { stops, detail };
  }

  // The index of the first stop that is not less than `key`.
  function stopOf(axis, key) {
    let low = 0;
    let high = axis.stops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lsmModel.compareKeys(axis.stops[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Shares of the axis, from 0 to 1: the middle of a key's stop, and a range of keys.
  const placeOf = (axis, key) => (stopOf(axis, key) + 0.5) / axis.stops.length;
  function rangeOf(axis, { smallest, largest }) {
    const from = stopOf(axis, smallest);
    const to = stopOf(axis, largest) + 1;
    return { left: from / axis.stops.length, width: (to - from) / axis.stops.length };
  }

  // The stops that get a label, on an axis of `width` pixels: the selected one, and those that
  // find room beside it.
  const labelWidth = (key) => 10 + 7 * Math.min(key.length, kLabelled);
  function labelled(axis, width, selected) {
    const spanOf = (key, index) => {
      const middle = width * (index + 0.5) / axis.stops.length;
      return { from: middle - labelWidth(key) / 2, to: middle + labelWidth(key) / 2 };
    };
    const kept = axis.stops.includes(selected)
      ? spanOf(selected, axis.stops.indexOf(selected)) : { from: Infinity, to: -Infinity };
    let taken = -Infinity;
    return axis.stops.filter((key, index) => {
      const { from, to } = spanOf(key, index);
      if (key !== selected && (from < taken || (from < kept.to && to > kept.from))) return false;
      taken = to;
      return true;
    });
  }

  // --- Entries -----------------------------------------------------------------------

  // Those that are shown of a part, in its order: all, or the latest. And how many there are.
  function listed(entries) {
    const latest = entries.length <= kListed ? entries
      : entries.toSorted((a, b) => a.sequence - b.sequence).slice(-kListed);
    return { shown: latest.toSorted(lsmModel.inOrder), of: entries.length };
  }

  // A part's entries by key, in order: [{ key, versions }], the newest version first.
  function byKey(entries) {
    const groups = [];
    for (const entry of entries.toSorted(lsmModel.inOrder)) {
      if (groups.at(-1)?.key === entry.key) groups.at(-1).versions.push(entry);
      else groups.push({ key: entry.key, versions: [entry] });
    }
    return groups;
  }

  // --- Rows --------------------------------------------------------------------------

  const chipsHeight = (count) => (count <= 5 ? kChips : kManyChips);

  const rowsOfMemtable = ({ id, kind, part }) => [
    { kind, id, part, height: kPart },
    ...(part.known > 0 ? [{ kind: "entries", id: `${id}-entries`, part, height: chipsHeight(part.known) }] : []),
  ];

  function rowsOfTables(state) {
    const rows = [];
    let level = null;
    if (state.tables.length === 0)
      rows.push({ kind: "note", id: "no-table", text: "no table yet", height: kNote });
    for (const part of state.tables) {
      if (part.level !== level) {
        level = part.level;
        rows.push({ kind: "level", id: `level-${level}`, level, height: kHeading });
      }
      rows.push({ kind: "table", id: lsmModel.partId(part), part, height: kPart });
    }
    return rows;
  }

  // Rows from the top down: { kind, id, y, height } and what the kind needs.
  function layOut(state) {
    const memtables = lsmModel.partsOf(state).filter(({ kind }) => kind !== "table");
    const writing = state.full?.phase === "writing" && state.power;
    const rebuilt = state.found?.memtable.known > 0 ? state.found.memtable : null;
    const gone = state.crash?.gone.length > 0;
    const rows = [
      { kind: "heading", id: "memory", height: kHeading },
      ...memtables.flatMap(rowsOfMemtable),
      ...(rebuilt ? rowsOfMemtable({ id: "rebuilt", kind: "rebuilt", part: rebuilt }) : []),
      { kind: "heading", id: "disk", height: kHeading },
      { kind: "log", id: "log", height: kLog },
      ...(writing ? [{ kind: "ghost", id: "ghost", part: state.full, height: kPart }] : []),
      ...rowsOfTables(state),
      ...(gone ? [{ kind: "heading", id: "gone", height: kHeading },
                  { kind: "gone", id: "gone-entries", entries: state.crash.gone,
                    height: chipsHeight(state.crash.gone.length) }]
               : []),
    ];
    let y = 0;
    for (const row of rows) {
      row.y = y;
      y += row.height;
    }
    return { rows, height: y };
  }

  // --- The log -----------------------------------------------------------------------

  // The segments as shares of a line, from 0 to 1: { segment, left, width, state, from, to,
  // risk }, where `risk` is the share of the segment that is not durable.
  // A short one stays visible. Of the dropped ones only the last is shown.
  function segmentsOf({ log, logStart }) {
    const dropped = log.segments.filter(({ phase }) => phase === "dropped").slice(0, -1);
    const segments = log.segments.filter((segment) => !dropped.includes(segment));
    const ends = segments.map((segment) => strata.logModel.segmentEnd(segment));
    const total = ends.reduce((sum, end, i) => sum + end - segments[i].base, 0);
    const least = Math.max(1, total * 0.5 / Math.max(1, segments.length));
    const sizes = segments.map((segment, i) =>
      (segment.phase === "dropped" ? least : Math.max(least, ends[i] - segment.base)));
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    let left = 0;
    return segments.map((segment, i) => {
      const risky = Math.max(0, ends[i] - Math.max(segment.base, log.durableEnd));
      const box = { segment, left, width: sizes[i] / whole, from: segment.base, to: ends[i],
                    risk: segment.phase === "dropped" || risky === 0 ? 0
                      : risky / (ends[i] - segment.base),
                    state: segment.phase === "dropped" ? "dropped"
                      : ends[i] <= logStart && segment.phase === "sealed" ? "needless" : "needed" };
      left += box.width;
      return box;
    });
  }

  strata.lsmLayout = { keyAxis, placeOf, rangeOf, labelled, listed, byKey, layOut, segmentsOf };
})();
