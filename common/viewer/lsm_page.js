// The page of week 2: a row for each memtable and table, in the order in which a reader asks them,
// with bars along an axis of keys; the log; and what a GET of the chosen key looks at.
"use strict";

(() => {
  const { lsmModel, logModel, list } = strata;
  const { plural, bytes } = strata.words;

  const kSigns = {
    // Of parts.
    active: ["A", "plain", "active memtable", "in memory; takes every write"],
    waiting: ["S", "stripes", "set aside", "in memory; waits for its flush"],
    writing: ["W", "torn", "being written out", "in memory; its flush runs"],
    failed: ["E", "bad", "flush failed", "in memory; nothing is lost"],
    table: ["T", "good", "table", "a file; durable, never changed"],
    off: ["?", "dots", "lost with the power"],
    rebuilt: ["R", "dots", "being rebuilt"],
    ghost: ["…", "plain", "being written"],
    // Of entries.
    buffered: ["B", "plain", "buffered"],
    flushed: ["F", "stripes", "not durable", "its record is not synced yet"],
    durable: ["D", "good", "durable", "its record survives a power cut"],
    unknown: ["?", "dots", "unknown"],
    lost: ["L", "bad", "lost", "a power cut took its record"],
    put: ["7", "plain", "PUT", "with its sequence number", "pill"],
    delete: ["✕8", "plain", "DELETE", "an entry that hides older ones", "pill delete"],
    // Of segments of the log.
    needed: ["", "good", "needed"],
    needless: ["N", "gone", "not needed any more"],
    dropped: ["X", "gone", "removed"],
  };

  const meaningOf = (sign) => kSigns[sign].slice(2, 4).join(": ");

  // --- Words -------------------------------------------------------------------------

  const entries = (count) => plural(count, "entry", "entries");

  function applied(event, before, after) {
    const { verb, key, sequence, operations } = event;
    const isSafe = lsmModel.entryState(after, { logEnd: before.unapplied[0] ?? 0 }) === "durable";
    const safe = isSafe ? "Its record in the log is durable."
      : "Its record in the log is not durable yet: a power cut may take it.";
    if (operations > 1)
      return `A batch of ${operations} operations takes the sequence numbers ${sequence} to ` +
             `${after.sequence} and is in the memtable. Readers see all of it at once, from now ` +
             `on. ${safe}`;
    const what = verb === "DELETE" ? "is an entry too: it has to hide what older parts say of the key"
      : "is in the active memtable, sorted in among the others";
    return `${verb} ${key} has sequence number ${sequence} and ${what}. Readers see it from now ` +
           `on. ${safe}`;
  }

  function powerCut(event, before, { crash: { inMemory, atRisk } }) {
    if (inMemory === 0) return "The power goes. No entry was in memory; the tables are safe.";
    const fate = atRisk === 0 ? "The log has all of it, durably."
      : `Of ${plural(atRisk, "operation")} the record in the log was never synced: only recovery will ` +
        "tell what the disk kept.";
    return `The power goes, and with it the memtables with ${entries(inMemory)}. The tables are ` +
           `safe. ${fate}`;
  }

  function tableFound(event, before) {
    const unseen = before.full && !before.tables.some(({ number }) => number === event.table)
      ? " Its flush came to its end just when the power went." : "";
    return `The manifest names table ${event.table} in level ${event.level}: ${entries(event.entries)} ` +
           `from ${event.smallest} to ${event.largest}. The log is needed from position ` +
           `${event.log_start}.${unseen}`;
  }

  function recovered(event, before, { crash }) {
    const torn = event.tail === "torn"
      ? ` The log's tail was torn: ${plural(event.torn_bytes, "byte")} were cut off.` : "";
    const fate = before.power || crash.inMemory === 0 ? ""
      : crash.gone.length === 0 ? " The power cut took nothing: the log had all of it."
      : ` The power cut took ${plural(crash.gone.length, "operation")} that had not been synced.`;
    return `The store is open, with ${plural(event.tables, "table")} and ${entries(event.entries)} ` +
           `from the log; the last sequence number is ${event.sequence}.${torn}${fate}`;
  }

  const kOperation = "{verb} {key} @{sequence}";
  const kCount = "{entries|entry|entries}";
  const kWords = {
    applied: [applied, ({ verb, key, sequence, operations }) =>
      `${verb} ${key} @${sequence}${operations > 1 ? ` and ${operations - 1} more` : ""}`],
    applied_also: ["{verb} {key} belongs to the same batch and has sequence number {sequence}.",
                   kOperation],
    memtable_set_aside: [`The memtable is set aside with ${kCount}: it takes nothing more, and is read ` +
      "as before. Writes go on in a new one, and in a new segment of the log.", kCount],
    flush_begun: [`The flush begins: ${kCount} are written out, in order, as a table. Until it is ` +
      "durable and in the manifest, readers ask the memtable and the log is kept.", kCount],
    flush_failed: ["The flush failed: {reason}. The memtable stays, and so does the log; nothing is " +
                   "lost.", "{reason}"],
    flush_finished: ["The memtable has become table {table} of level {level}, durable and in the " +
      `manifest: ${kCount} from {smallest} to {largest}. The log before position {log_start} is not ` +
      "needed any more.", "table {table}"],
    segment_dropped: ["Segment {base} of the log is removed: tables hold what its records did.", "{base}"],
    power_cut: [powerCut, "{how}"],
    table_found: [tableFound, "table {table}, level {level}"],
    replayed: ["Recovery has read {verb} {key} from the log and gave it sequence number {sequence}, as it " +
               "had before. It is in the new memtable.", kOperation],
    recovered: [recovered, `{tables|table}, ${kCount}`],
  };
  // What happens to the log alone is said as in week 1.
  const pageOfLog = strata.pageFor("week01-repl");
  const otherwise = {
    sentence: (event, before, after) => strata.words.sentence(pageOfLog, event, before.log, after.log),
    summary: (event) => strata.words.summary(pageOfLog, event),
  };

  const facts = ({ log, logStart, tables, sequence, power, found }) => ({
    "power": power || found ? "on" : "off",
    "last sequence number": sequence,
    "tables": tables.length,
    "log needed": `${Math.max(0, logModel.logEnd(log) - logStart)} bytes`,
    "sync": log.sync ?? "not said",
    "disk": log.disk ?? "not said",
  });

  // --- The axis of keys --------------------------------------------------------------

  const kStops = 400;     // keys with a place of their own on the axis
  const kDetailed = 20;   // keys whose versions a bar has room for
  const kLabelled = 14;   // characters of a key that its label shows
  const kListed = 40;     // entries that are shown of one part

  // Each key that the trace has shown has a stop, and all stops are equally wide. Of very many
  // keys some have one, which are as dense as the keys are, and the ends of all parts. `detail`
  // says what a bar shows of its keys: versions, ticks, or nothing.
  function keyAxis(state, selected) {
    const parts = lsmModel.partsOf(state).map(({ part }) => part);
    if (state.found) parts.push(state.found.memtable);
    const known = parts.reduce((sum, { entries: { known: count } }) => sum + count, 0);
    const every = Math.ceil(known / kStops);
    const all = new Set(selected ? [selected] : []);
    for (const { smallest, largest, entries: { items, known: count } } of parts) {
      if (smallest !== null) all.add(smallest).add(largest);
      for (let i = 0; i < count; i += every) all.add(items[i].key);
    }
    const stops = [...all].sort(lsmModel.compareKeys);
    return { stops, detail: every > 1 ? "nothing" : stops.length > kDetailed ? "ticks" : "versions" };
  }

  // The index of the first stop that is not less than `key`.
  const stopOf = ({ stops }, key) =>
    list.countBefore(stops.length, (place) => lsmModel.compareKeys(stops[place], key) < 0);

  const placeOf = (axis, key) => (stopOf(axis, key) + 0.5) / axis.stops.length;
  const rangeOf = (axis, { smallest, largest }) => ({
    left: stopOf(axis, smallest) / axis.stops.length,
    right: (stopOf(axis, largest) + 1) / axis.stops.length });

  // The selected key has its label first.
  function headOf(axis, { key: selected, width }) {
    const labels = axis.stops.map((key, i) => ({ at: (i + 0.5) / axis.stops.length, text: key, key,
                                                 pressed: key === selected, title: `GET ${key}` }));
    const wanted = labels.toSorted((a, b) => b.pressed - a.pressed);
    return { kind: "axis", height: 28, small: "keys, in order", aside: { text: "what a GET does" },
             labels: strata.drawing.fitting(wanted, width, { longest: kLabelled }) };
  }

  // --- Entries -----------------------------------------------------------------------

  const inShort = ({ verb, sequence }) => (verb === "DELETE" ? `✕${sequence}` : `${sequence}`);
  const inWords = ({ verb, sequence }) => `${verb} at sequence number ${sequence}`;
  const kindOf = ({ verb }) => (verb === "DELETE" ? "delete" : "put");

  // The versions that a part has of each of its keys, the newest first, where the key is.
  function pillsOf(axis, part) {
    if (axis.detail === "nothing") return [];
    const byKey = Map.groupBy(lsmModel.entriesOf(part).sort(lsmModel.inOrder), ({ key }) => key);
    return [...byKey].map(([key, versions]) => ({
      at: placeOf(axis, key), sign: kindOf(versions[0]), event: versions[0].event, key,
      kind: `pill ${kindOf(versions[0])} ${axis.detail === "ticks" ? "tick" : ""}`,
      label: axis.detail === "ticks" ? ""
        : versions.slice(0, 2).map(inShort).join(" ") + (versions.length > 2 ? " …" : ""),
      title: `${key}: ${versions.map(inWords).join(", before that ")}` }));
  }

  // A row of entries in the order of their keys: all, or the latest.
  function rowOfEntries(id, found, total, stateOf) {
    if (found.length === 0) return [];
    const latest = found.length <= kListed ? found
      : found.toSorted((a, b) => a.sequence - b.sequence).slice(-kListed);
    const boxes = () => latest.toSorted(lsmModel.inOrder).map((entry) => {
      const sign = stateOf(entry);
      return { sign, kind: kindOf(entry), event: entry.event, label: entry.key, tail: inShort(entry),
               title: `${inWords(entry)}, ${meaningOf(sign)}` };
    });
    return [{ id, kind: "flow", height: latest.length <= 5 ? 32 : 84, boxes,
              small: latest.length === total ? "sorted:" : `latest ${latest.length} of ${total}, sorted:` }];
  }

  // --- Parts -------------------------------------------------------------------------

  function detailsOf({ memtableLimit }, { kind, part }) {
    const count = entries(kind === "rebuilt" ? part.entries.known : part.count);
    if (kind === "table") return `${count}, ${bytes(part.bytes)}`;
    const numbers = part.first === null ? "" : ` (${part.first}–${part.last})`;
    const full = kind === "active" && memtableLimit && part.count > 0
      ? `, ${Math.round(100 * part.bytes / memtableLimit)}% full` : "";
    return count + numbers + full;
  }

  const kVerdicts = {
    answers: ({ entry }) => `✔ ${entry.verb} at ${entry.sequence}: the answer`,
    ignorant: () => "looked, not here",
    untold: () => "looked; keys not in the trace",
    outside: () => "skipped: not in its range",
    spared: ({ entry }) => (entry ? `not asked (has ${inShort(entry)})` : "not asked"),
  };

  // Where a table has come from, when it has just come.
  function birthOf({ flush }, { part }, index) {
    if (flush?.event !== index || flush.number !== part.number) return "";
    return flush.first === null ? "↑ was a memtable until now"
                                : `↑ was a memtable until now: numbers ${flush.first} to ${flush.last}`;
  }

  const kShort = { active: "active", table: "", off: "gone" };
  function rowOfPart(state, row, { axis, found, index, key }) {
    const { id, kind, part } = row;
    const sign = kind === "rebuilt" || kind === "table" ? kind : !state.power ? "off"
      : kind === "active" ? kind : part.phase;
    const [, , name] = kSigns[sign];
    const verdict = found.get(id);
    const boxes = () => [
      { sign, kind: "bar range", event: part.event, ...rangeOf(axis, part),
        title: `${name}, keys ${part.smallest} to ${part.largest}` }, ...pillsOf(axis, part)];
    return { id, kind: "part", state: sign, height: 50, sign,
             strong: kind === "table" ? `Table ${part.number}` : "Memtable", text: kShort[sign] ?? name,
             small: detailsOf(state, row), title: meaningOf(sign),
             boxes: part.smallest === null ? [] : boxes, note: part.smallest === null ? "empty" : "",
             marks: key ? [{ at: placeOf(axis, key), kind: "asked" }] : [],
             aside: { kind: verdict?.verdict ?? "none",
                      text: verdict ? kVerdicts[verdict.verdict](verdict)
                                    : birthOf(state, row, index) } };
  }

  const rowsOfMemtable = (state, row, look) => [
    rowOfPart(state, row, look),
    ...rowOfEntries(`${row.id}-entries`, lsmModel.entriesOf(row.part),
                    Math.max(row.part.count, row.part.entries.known),
                    (entry) => lsmModel.entryState(state, entry))];

  // A table that is being written is no table yet.
  const rowOfGhost = ({ full }, { axis }) => ({
    id: "ghost", kind: "part", state: "ghost", height: 50, sign: "ghost", strong: "A table",
    small: "being written",
    boxes: full.smallest === null ? [] : [{ sign: "ghost", kind: "bar range", ...rangeOf(axis, full),
      label: "not in the manifest yet: nobody reads it", title: "a table that is being written" }] });

  const kHeading = { kind: "heading", height: 30 };
  function rowsOfTables(state, look) {
    if (state.tables.length === 0) return [{ kind: "part", height: 30, note: "no table yet" }];
    return state.tables.flatMap((part, i) => {
      const { level } = part;
      const text = level === 0 ? "Level 0: the newest table first; key ranges may overlap"
                               : `Level ${level}: in the order of keys; ranges do not overlap`;
      const isFirst = state.tables[i - 1]?.level !== level;
      return [...(isFirst ? [{ ...kHeading, text }] : []),
              rowOfPart(state, { id: lsmModel.idOf(part), kind: "table", part }, look)];
    });
  }

  // --- The log -----------------------------------------------------------------------

  // The segments side by side. A short one stays visible. Of the dropped ones only the last is
  // shown. What is not durable lies at the end of its segment.
  function segmentsOf({ log: { segments: all, durableEnd }, logStart }) {
    const dropped = all.filter(({ phase }) => phase === "dropped").slice(0, -1);
    const segments = all.filter((segment) => !dropped.includes(segment))
      .map((segment) => ({ ...segment, end: logModel.segmentEnd(segment) }));
    const total = segments.reduce((sum, { base, end }) => sum + end - base, 0);
    const least = Math.max(1, total * 0.5 / Math.max(1, segments.length));
    const sizes = segments.map(({ phase, base, end }) =>
      (phase === "dropped" ? least : Math.max(least, end - base)));
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    let right = 0;
    return segments.flatMap(({ phase, base, end }, i) => {
      const left = right;
      right += sizes[i] / whole;
      const sign = phase === "dropped" ? phase
        : end <= logStart && phase === "sealed" ? "needless" : "needed";
      const text = `${base}–${end} ${kSigns[sign][2]}`;
      const box = { sign, kind: "bar segment", left, right, label: text, title: `segment ${text}` };
      const risky = phase === "dropped" ? 0 : end - Math.max(base, durableEnd);
      if (risky <= 0) return [box];
      return [box, { sign: "flushed", kind: "bar segment", right, title: "not durable",
                     left: right - (right - left) * risky / (end - base) }];
    });
  }

  function rowOfLog(state) {
    const end = logModel.logEnd(state.log);
    return { id: "log", kind: "part", height: 50, strong: "Log", boxes: segmentsOf(state),
             small: `needed ${state.logStart}–${end}, ` +
                    (state.log.durableEnd >= end ? "durable" : "F: not durable") };
  }

  // --- All of it ---------------------------------------------------------------------

  // What the GET answers, in words.
  function answerOf(state, found, key) {
    if (!key) return "Type a key, or press one on the axis, to see which parts a GET looks at.";
    if (!state.power) return "Nobody answers: the store is not open.";
    const verdicts = [...found.values()];
    const isUntold = verdicts.some(({ verdict }) => verdict === "untold");
    const unless = isUntold ? ", unless a table knows better whose keys this trace does not list" : "";
    const answer = verdicts.find(({ verdict }) => verdict === "answers")?.entry;
    if (!answer) return isUntold ? "The trace does not tell." : `${key} is not there: nobody knows it.`;
    return answer.verb === "DELETE" ? `${key} is not there: it was deleted at ${answer.sequence}${unless}.`
                                    : `${key} has the value that was put at ${answer.sequence}${unless}.`;
  }

  function picture(state, look) {
    const { key } = look;
    const axis = keyAxis(state, key);
    const found = key && state.power ? lsmModel.lookUp(state, key) : new Map();
    const see = { ...look, axis, found };
    const memtables = lsmModel.partsOf(state).filter(({ kind }) => kind !== "table");
    if (state.found?.memtable.entries.known > 0)
      memtables.push({ id: "rebuilt", kind: "rebuilt", part: state.found.memtable });
    const gone = state.crash?.gone ?? [];
    const rows = [
      { ...kHeading, strong: state.power ? "Memory: goes when the power does"
                                         : "Memory: gone with the power" },
      ...memtables.flatMap((row) => rowsOfMemtable(state, row, see)),
      { ...kHeading, strong: "Disk: stays" },
      rowOfLog(state),
      ...(state.full?.phase === "writing" && state.power ? [rowOfGhost(state, see)] : []),
      ...rowsOfTables(state, see),
      ...(gone.length > 0 ? [{ ...kHeading, kind: "heading alarm",
                               strong: `What the power cut at event ${state.crash.event + 1} took` }] : []),
      ...rowOfEntries("gone", gone, gone.length, () => "lost"),
    ];
    return { rows, head: [headOf(axis, look)], focus: state.focus, answer: answerOf(state, found, key) };
  }

  strata.pages.push({
    name: "lsm",
    title: "Week 2: memtable and tables",
    plays: /^week02-repl$/,
    model: lsmModel, words: kWords, otherwise, signs: kSigns, facts, picture,
    says: "Memtables and tables",
    columns: { names: 230, aside: 186 },
    field: { label: "GET", hint: "a key" },
  });
})();
