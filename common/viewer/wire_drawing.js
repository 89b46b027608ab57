// The pieces of week 4's picture: lanes, bars, the axis. Makes elements; keeps nothing.
"use strict";
globalThis.strata ??= {};

(() => {
  const { wireAxis, wireLayout, wireSentences, make } = strata;
  const { time } = wireSentences;

  // What is asked for is told by a letter and a pattern, and by its colour last.
  const kKinds = {
    get: { letter: "G", name: "get", means: "the value of a key" },
    write: { letter: "W", name: "write", means: "puts and deletes, all or none" },
    scan: { letter: "S", name: "scan", means: "the first page of entries" },
    scan_next: { letter: "N", name: "next page", means: "of a scan; or C: to end one" },
    scan_cancel: { letter: "C", name: "cancel", means: "ends a scan" },
    stats: { letter: "F", name: "figures", means: "or P: is the server there?" },
    ping: { letter: "P", name: "ping", means: "is the server there?" },
  };
  const kUnknownKind = { letter: "?", name: "unknown", means: "this page does not know it" };
  const kindOf = ({ kind }) => (Object.hasOwn(kKinds, kind) ? kKinds[kind] : kUnknownKind);

  const kPhases = {
    greeting: { letter: "H", name: "shaking hands", means: "no request may come yet" },
    open: { letter: "O", name: "open", means: "requests may come" },
    refused: { letter: "R", name: "refused", means: "the server does not talk with it" },
    leaving: { letter: "E", name: "given up", means: "an error of the connection as a whole" },
    closed: { letter: "X", name: "closed", means: "it is over" },
  };
  const phaseOf = ({ phase, end }) =>
    (end !== null && (phase === "open" || phase === "greeting") ? "closed" : phase);

  const kLetterWidth = 15;  // pixels that a bar must have to show it; so are the following
  const kMarkWidth = 34;
  const kLabelWidth = 30;
  const kCharacter = 7.2;
  const kAround = 14;       // a bar's texts
  const kTextHeight = 12;

  const percent = (share) => `${(100 * share).toFixed(3)}%`;
  function placed(element, left, right) {
    element.style.left = percent(left);
    element.style.width = percent(right - left);
    return element;
  }

  // --- Requests ----------------------------------------------------------------------

  function inWords(request, now) {
    const { connection, id, at, end, outcome, error, overtook, overtaken } = request;
    const words = [`request ${id} of connection ${connection}, ${wireSentences.wish(request)}`];
    if (end === undefined) words.push(`in flight for ${time(now - at)}`);
    else if (outcome === "lost")
      words.push(`never answered: the connection was closed after ${time(end - at)}`);
    else words.push(`${outcome === "error" ? `failed (${error})` : "answered"} after ${time(end - at)}`);
    if (overtook > 0) words.push(`overtook ${overtook}`);
    if (overtaken > 0) words.push(`was overtaken by ${overtaken}`);
    return words.join("; ");
  }

  const stateOf = ({ end, outcome }) => (end === undefined ? "flight" : outcome);
  const isOf = (request, index) => request.event === index || request.answer === index;

  // In about `room` characters. Of a long key the end: keys often begin alike.
  function textOf({ id, key, operations, kind, outcome, error }, room) {
    if (outcome === "error") return `${id} ${error}`;
    if (outcome === "lost") return `${id} no answer`;
    if (kind === "write" && operations !== 1) return `${id} ×${operations}`;
    const left = room - `${id}`.length - 1;
    return left < 3 ? `${id}` : `${id} ${key.length > left ? `…${key.slice(1 - left)}` : key}`;
  }

  // `width`: of the axis, in pixels.
  function drawBar(lane, request, axis, width, index) {
    const { left, right } = wireLayout.spanOf(axis, request);
    const { top, height } = wireLayout.slotOf(lane, request.slot);
    const bar = make("div", { class: "wire-bar", "data-kind": request.kind,
                              "data-state": stateOf(request), "data-event": String(request.event),
                              title: inWords(request, axis.now) });
    const pixels = (right - left) * width;
    const overtook = request.overtook > 0;
    if (height >= kTextHeight) {
      if (pixels >= kLetterWidth)
        bar.append(make("span", { class: "letter" }, kindOf(request).letter));
      const rest = pixels - kLetterWidth - kAround - (overtook ? kMarkWidth : 0);
      if (rest >= kLabelWidth)
        bar.append(make("span", { class: "label" }, textOf(request, Math.floor(rest / kCharacter))));
      if (overtook && pixels >= kMarkWidth)
        bar.append(make("span", { class: "mark-overtook" }, `»${request.overtook}`));
    }
    bar.classList.toggle("overtook", overtook);
    bar.classList.toggle("current", isOf(request, index));
    bar.style.top = `${top.toFixed(1)}px`;
    bar.style.height = `${height.toFixed(1)}px`;
    return placed(bar, left, right);
  }

  // How many were in flight, as an area; `most` is as high as there is room.
  function drawCrowd(axis, requests, most) {
    const peaks = wireLayout.peaksOf(axis, requests);
    const points = peaks.flatMap((peak, i) => {
      const y = percent(1 - peak / Math.max(1, most));
      return [`${percent(i / peaks.length)} ${y}`, `${percent((i + 1) / peaks.length)} ${y}`];
    });
    const area = make("div", { class: "wire-crowd" });
    area.style.clipPath = `polygon(0% 100%, ${points.join(", ")}, 100% 100%)`;
    return placed(area, 0, wireAxis.kNow);
  }

  function drawChip({ request, overtaken }, now, index) {
    const chip = make("span", { class: "wire-chip", "data-kind": request.kind,
                                "data-event": String(request.event), title: inWords(request, now) },
                      make("span", { class: "letter" }, kindOf(request).letter),
                      make("b", {}, `${request.connection}/${request.id}`),
                      make("span", { class: "key" }, wireSentences.short(request)),
                      make("span", { class: "age" }, time(now - request.at)));
    if (overtaken > 0) chip.append(make("span", { class: "late" }, `overtaken by ${overtaken}`));
    chip.classList.toggle("current", isOf(request, index));
    return chip;
  }

  // --- Lanes -------------------------------------------------------------------------

  function standing(connection, now) {
    const { requests, asked, answered, errors, end, why, since } = connection;
    const failed = errors > 0 ? `, ${errors} failed` : "";
    switch (phaseOf(connection)) {
      case "greeting": return `shaking hands for ${time(now - since)}`;
      case "refused": return `refused: ${why}`;
      case "leaving": return `given up: ${why}`;
      case "closed": return `closed; ${answered} answered${failed}` +
                            (asked > answered ? `, ${asked - answered} never` : "");
      default: return `${requests.length} in flight, ${answered} answered${failed}`;
    }
  }

  function drawName(connection, now) {
    const phase = phaseOf(connection);
    const { letter, name, means } = kPhases[phase];
    const client = connection.client === null ? "" : connection.client || "no name";
    const says = standing(connection, now);
    return make("div", { class: "lane-name",
                         title: `connection ${connection.number} ${client}, ${name}: ${means}; ${says}` },
                make("span", { class: "badge", "data-phase": phase }, letter),
                make("span", {}, make("strong", {}, `${connection.number}`), ` ${client}`),
                make("small", {}, says));
  }

  // While hands were shaken, and while the connection was there.
  function drawLife({ since, welcome, end }, axis) {
    const place = (at) => (at === null ? wireAxis.kNow : wireAxis.placeOf(axis, at));
    const from = place(since);
    const parts = [placed(make("div", { class: "life" }), from, place(end))];
    const greeted = place(welcome ?? end);
    if (greeted > from || welcome === null)
      parts.push(placed(make("div", { class: "greeting", title: "shaking hands" }), from, greeted));
    return parts;
  }

  const note = (text) => make("span", { class: "lane-note" }, text);

  function drawLane(lane, axis, width, index) {
    const { connection, requests } = lane;
    const { bars, crowd } = wireLayout.barsOf(lane, (request) => isOf(request, index));
    const track = make("div", { class: "lane-track" }, ...drawLife(connection, axis));
    if (crowd) track.append(drawCrowd(axis, requests, connection.most),
                            note(`${requests.length} requests: + shows each`));
    else if (connection.phase === "refused")
      track.append(note(standing(connection, axis.now)));
    track.append(...bars.map((request) => drawBar(lane, request, axis, width, index)));
    const element = make("div", { class: "lane", "data-connection": String(connection.number),
                                  "data-phase": phaseOf(connection) },
                         drawName(connection, axis.now), track);
    element.style.top = `${lane.y}px`;
    element.style.height = `${lane.height}px`;
    return element;
  }

  function drawTotal(state, axis, lanes) {
    return [make("div", { class: "lane-name" }, make("strong", {}, "all connections"),
                 make("small", {}, `${state.inFlight} in flight; full height: ${state.mostInFlight}`)),
            make("div", { class: "lane-track" },
                 drawCrowd(axis, lanes.flatMap(({ requests }) => requests), state.mostInFlight))];
  }

  // --- The axis ----------------------------------------------------------------------

  function drawAxis(axis, width) {
    return wireAxis.labelsOf(axis, width).map(({ kind, left, text }) => {
      const label = make("span", { class: "time-label", "data-kind": kind }, text);
      label.style.left = percent(left);
      return label;
    });
  }

  // The lines behind all lanes.
  function drawGrid(axis) {
    return [...wireAxis.cutsOf(axis).map(({ left, right, text }) =>
              placed(make("div", { class: "time-cut", title: `nothing in flight for ${text}` }), left, right)),
            ...wireAxis.ticksOf(axis).map(({ left }) => placed(make("div", { class: "time-line" }), left, left))];
  }

  function legend() {
    const item = (sample, { name, means }) =>
      make("li", {}, sample, make("span", {}, make("b", {}, name), make("small", {}, means)));
    const bar = (kind, state, words, ...inside) =>
      item(make("span", { class: "wire-bar sample", "data-kind": kind, "data-state": state }, ...inside),
           words);
    const letter = (kind) => make("span", { class: "letter" }, kKinds[kind].letter);
    const kinds = ["get", "write", "scan", "scan_next", "stats"].map((kind) =>
      bar(kind, "ok", kKinds[kind], letter(kind)));
    const overtook = bar("get", "ok", { name: "overtook", means: "so many asked before it" },
                         make("span", { class: "mark-overtook" }, "»2"));
    overtook.firstChild.classList.add("overtook");
    return make("ul", { class: "legend wire-legend", "aria-label": "What the signs mean" }, ...kinds,
                bar("write", "flight", { name: "in flight", means: "dashed; it has no end yet" }, letter("write")),
                overtook,
                bar("write", "error", { name: "failed", means: "or lost: never answered" }, letter("write")));
  }

  strata.wireDrawing = { drawLane, drawTotal, drawChip, drawAxis, drawGrid, legend };
})();
