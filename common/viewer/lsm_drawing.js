// The pieces of week 2's picture: a row for each part, bars along the key axis, entries.
// Makes elements; keeps nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const { lsmModel, lsmLayout, logModel, make } = strata;

  // A state is told by a letter and a pattern, and by its colour last.
  const kParts = {
    active: { letter: "A", name: "active memtable", short: "active", means: "in memory; takes every write" },
    waiting: { letter: "S", name: "set aside", means: "in memory; waits for its flush" },
    writing: { letter: "W", name: "being written out", means: "in memory; its flush runs" },
    failed: { letter: "E", name: "flush failed", means: "in memory; nothing is lost" },
    table: { letter: "T", name: "table", short: "", means: "a file; durable, never changed" },
    off: { letter: "?", name: "lost with the power", short: "gone", means: "the log may bring it back" },
    rebuilt: { letter: "R", name: "being rebuilt", means: "replayed from the log" },
  };
  const kEntries = {
    buffered: { letter: "B", name: "buffered", means: "its record is in the process" },
    flushed: { letter: "F", name: "not durable", means: "its record is not synced yet" },
    durable: { letter: "D", name: "durable", means: "its record survives a power cut" },
    unknown: { letter: "?", name: "unknown", means: "nobody has looked at the log yet" },
    lost: { letter: "L", name: "lost", means: "a power cut took its record" },
  };

  const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
  const percent = (share) => `${(100 * share).toFixed(3)}%`;

  function bytes(count) {
    if (count < 10_000) return `${count} bytes`;
    if (count < 10_000_000) return `${(count / 1024).toFixed(0)} KiB`;
    return `${(count / 1048576).toFixed(0)} MiB`;
  }

  const version = ({ verb, sequence }) => (verb === "DELETE" ? `✕${sequence}` : `${sequence}`);
  const badge = (state) =>
    make("span", { class: "badge", "data-state": state, title: kParts[state].means },
         kParts[state].letter);

  // --- A part ------------------------------------------------------------------------

  function partState(state, { kind, part }) {
    if (kind === "rebuilt" || kind === "table") return kind;
    if (!state.power) return "off";
    return kind === "active" ? "active" : part.phase;
  }

  const sequences = ({ first, last }) =>
    (first === null || first === undefined ? "" : ` (${first}–${last})`);

  function nameOf(row) {
    if (row.kind === "table") return `Table ${row.part.number}`;
    return "Memtable";
  }

  function detailsOf({ memtableLimit }, { kind, part }) {
    const count = plural(kind === "rebuilt" ? part.known : part.count, "entry", "entries");
    if (kind === "table") return `${count}, ${bytes(part.bytes)}`;
    const full = kind === "active" && memtableLimit && part.count > 0
      ? `, ${Math.round(100 * part.bytes / memtableLimit)}% full` : "";
    return count + sequences(part) + full;
  }

  function inFull({ first, last }, shown) {
    const numbers = first ? `; sequence numbers ${first} to ${last}` : "";
    return `${kParts[shown].name}: ${kParts[shown].means}${numbers}`;
  }

  // What stands where keys of a part are: the versions that it has of them.
  function marks(axis, part) {
    if (axis.detail === "nothing") return [];
    return lsmLayout.byKey(lsmModel.entriesOf(part)).map(({ key, versions }) => {
      const kind = versions[0].verb === "DELETE" ? "delete" : "put";
      const mark = make("span", { class: "mark", "data-kind": kind, "data-key": key,
                                  "data-event": String(versions[0].event),
                                  title: `${key}: ${versions.map(inWords).join(", before that ")}` },
                        axis.detail === "versions" ? inShort(versions) : "");
      mark.classList.toggle("tick", axis.detail === "ticks");
      mark.style.left = percent(lsmLayout.placeOf(axis, key));
      return mark;
    });
  }
  const inShort = (versions) =>
    versions.slice(0, 2).map(version).join(" ") + (versions.length > 2 ? " …" : "");
  const inWords = ({ verb, sequence }) => `${verb} at sequence number ${sequence}`;

  function bar(axis, part, shown) {
    const { left, width } = lsmLayout.rangeOf(axis, part);
    const element = make("div", { class: "bar", "data-state": shown, "data-event": String(part.event),
                                  title: `keys ${part.smallest} to ${part.largest}` });
    element.style.left = percent(left);
    element.style.width = percent(width);
    return element;
  }

  function track(axis, selected, ...children) {
    const element = make("div", { class: "track" }, ...children);
    if (selected && axis.stops.length > 0) {
      const line = make("span", { class: "asked-key" });
      line.style.left = percent(lsmLayout.placeOf(axis, selected));
      element.prepend(line);
    }
    return element;
  }

  function drawPart(state, row, axis, selected) {
    const shown = partState(state, row);
    const { part } = row;
    const empty = part.smallest === null;
    const inside = empty ? [make("span", { class: "empty" }, "empty")]
                         : [bar(axis, part, shown), ...marks(axis, part)];
    return make("div", { class: "part", "data-part": row.id, "data-state": shown },
                make("div", { class: "part-name", title: inFull(row.part, shown) }, badge(shown),
                     make("span", {}, make("strong", {}, nameOf(row)),
                          ` ${kParts[shown].short ?? kParts[shown].name}`),
                     make("small", {}, detailsOf(state, row))),
                track(axis, selected, ...inside));
  }

  // A table that is being written is no table yet.
  function drawGhost(row, axis, selected) {
    const ghost = bar(axis, row.part, "ghost");
    ghost.append(make("span", { class: "ghost-text" }, "not in the manifest yet: nobody reads it"));
    return make("div", { class: "part", "data-part": row.id, "data-state": "ghost" },
                make("div", { class: "part-name" }, make("span", { class: "badge" }, "…"),
                     make("strong", {}, "A table"), make("small", {}, "being written")),
                track(axis, selected, ...(row.part.smallest === null ? [] : [ghost])));
  }

  // --- Entries -----------------------------------------------------------------------

  function chip(entry, shown) {
    const title = `${inWords(entry)}, ${kEntries[shown].name}: ${kEntries[shown].means}`;
    const element = make("span", { class: "chip", "data-state": shown, "data-key": entry.key,
                                   "data-kind": entry.verb === "DELETE" ? "delete" : "put",
                                   "data-event": String(entry.event), title },
                         make("span", { class: "letter" }, kEntries[shown].letter),
                         make("span", { class: "key" }, entry.key),
                         make("span", { class: "sequence" }, version(entry)));
    return element;
  }

  function drawEntries(entries, total, stateOf) {
    const { shown } = lsmLayout.listed(entries);
    const what = shown.length === total ? "sorted:" : `latest ${shown.length} of ${total}, sorted:`;
    return make("div", { class: "chips" }, make("span", { class: "chips-title" }, what),
                ...shown.map((entry) => chip(entry, stateOf(entry))));
  }

  // --- The log -----------------------------------------------------------------------

  const kSegments = { dropped: "X", needless: "N", needed: "" };
  function drawSegment({ left, width, from, to, risk, state }) {
    const says = { dropped: "removed", needless: "not needed any more", needed: "needed" }[state];
    const box = make("div", { class: "log-segment", "data-state": state,
                              title: `segment ${from}, positions ${from} to ${to}: ${says}` },
                     make("span", {}, `${kSegments[state]} ${from}–${to} ${says}`.trim()));
    box.style.left = percent(left);
    box.style.width = percent(width);
    if (risk > 0) {
      const atRisk = make("div", { class: "at-risk", title: "not durable" }, make("span", {}, "F"));
      atRisk.style.width = percent(risk);
      box.prepend(atRisk);
    }
    return box;
  }

  function drawLog(state) {
    const end = logModel.logEnd(state.log);
    const { durableEnd } = state.log;
    const safe = durableEnd >= end ? "durable" : "F: not durable";
    return make("div", { class: "part", "data-part": "log" },
                make("div", { class: "part-name" }, make("strong", {}, "Log"),
                     make("small", {}, `needed ${state.logStart}–${end}, ${safe}`)),
                make("div", { class: "track" }, ...lsmLayout.segmentsOf(state).map(drawSegment)));
  }

  // --- The axis ----------------------------------------------------------------------

  function drawAxis(axis, selected, width) {
    const labels = lsmLayout.labelled(axis, width, selected).map((key) => {
      const label = make("button", { type: "button", class: "key-label", "data-key": key,
                                     "aria-pressed": String(key === selected), title: `GET ${key}` },
                         key);
      label.style.left = percent(lsmLayout.placeOf(axis, key));
      return label;
    });
    return make("div", { class: "track axis" }, ...labels);
  }

  strata.lsmDrawing = { kParts, kEntries, drawPart, drawGhost, drawEntries, drawLog, drawAxis,
                        badge, version };
})();
