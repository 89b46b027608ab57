// Makes elements of what a page describes: rows, and in them boxes, marks and labels; arrows
// between rows; facts; a legend. Keeps nothing. README.md lists the fields of each.
//
// A state is told by a letter and a pattern, and by its colour last: a page's `signs` are
// name to [letter, pattern, name, meaning, kind], where the pattern is one of picture.css.
"use strict";

(() => {
  const kUnknown = ["?", "plain", "unknown", "this page does not know it"];
  const kLetterWidth = 15;  // pixels that a box must have to show its letter; so are the following
  const kTailWidth = 34;
  const kLabelWidth = 30;
  const kCharacter = 7.2;
  const kAround = 14;       // a box's texts
  const kTextHeight = 12;

  // An element with attributes and children. Text is text, never markup.
  const added = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const make = (tag, attributes = {}, ...children) =>
    added(document.createElement(tag), attributes, children);
  const makeSvg = (tag, attributes, ...children) =>
    added(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  const percent = (share) => `${(100 * share).toFixed(3)}%`;
  const signOf = (signs, name) => (Object.hasOwn(signs, name) ? signs[name] : kUnknown);
  const span = (kind, text) => (text ? make("span", { class: kind }, text) : null);

  // --- Boxes and marks ---------------------------------------------------------------

  // The texts that find room in a box of `width` pixels.
  function textsOf(box, letter, width) {
    if ((box.height ?? kTextHeight) < kTextHeight) return [];
    const rest = width - kLetterWidth - kAround - (box.tail ? kTailWidth : 0);
    const label = typeof box.label === "function" ? box.label(Math.floor(rest / kCharacter)) : box.label;
    return [width >= kLetterWidth ? span("letter", letter) : null,
            rest >= kLabelWidth || (label?.length === 1 && width >= kTailWidth) ? span("label", label) : null,
            width >= kTailWidth ? span("tail", box.tail) : null];
  }

  // A box stands from `left` to `right`, a pill around `at`, and one without a place where it
  // finds room. All are shares of the track, whose width in pixels is `width`.
  function drawBox(box, { signs, width = Infinity, index }) {
    const [letter, pattern] = box.sign === undefined ? [] : signOf(signs, box.sign);
    const element = make("div", {
      class: `box ${box.kind ?? ""}`, role: "img", title: box.title, "aria-label": box.title,
      "data-sign": box.sign, "data-pattern": box.pattern ?? pattern, "data-state": box.state,
      "data-event": box.event, "data-key": box.key });
    const { style } = element;
    if (box.at !== undefined) style.left = percent(box.at);
    if (box.left !== undefined) {
      style.left = percent(box.left);
      style.width = percent(box.right - box.left);
    }
    if (box.height !== undefined) {
      style.top = `${box.top.toFixed(1)}px`;
      style.height = `${box.height.toFixed(1)}px`;
    }
    if (box.outline)
      style.clipPath = `polygon(${box.outline.map(([x, y]) => `${percent(x)} ${percent(y)}`)})`;
    else added(element, {}, box.at !== undefined ? [span("label", box.label)]
      : textsOf(box, letter, box.left === undefined ? Infinity : (box.right - box.left) * width));
    element.classList.toggle("current", index !== undefined && [box.event, box.also].includes(index));
    return element;
  }

  // A line across the track, with a text where there is room.
  function drawMark(mark, text) {
    const element = make("div", { class: `mark ${mark.kind ?? ""}`, title: mark.title,
                                  "data-event": mark.event }, span("", text));
    element.style.left = percent(mark.at);
    element.classList.toggle("flip", mark.at > 0.8);
    return element;
  }

  // Of labels { at, text }, the more important first, those that have room beside each other; in
  // the order of their places. `before` is the share of a text that stands left of its place.
  function fitting(labels, width, { longest = Infinity, before = 0.5 } = {}) {
    const taken = [];
    return labels.filter(({ at, text }) => {
      const size = 7 * Math.min(longest, text.length) + 10;
      const from = at * width - before * size;
      const to = from + size;
      if (from < -kAround || taken.some((other) => from < other.to && to > other.from)) return false;
      taken.push({ from, to });
      return true;
    }).sort((a, b) => a.at - b.at);
  }

  function drawLabel({ at, text, kind, key, pressed, title }) {
    const attributes = { class: "place-label", "data-kind": kind, "data-key": key, title };
    const label = key === undefined ? make("span", attributes, text)
      : make("button", { type: "button", "aria-pressed": String(pressed), ...attributes }, text);
    label.style.left = percent(at);
    return label;
  }

  // --- Rows --------------------------------------------------------------------------

  const drawBadge = (signs, name) => (name === undefined ? null
    : make("span", { class: "badge", "data-sign": name, "data-pattern": signOf(signs, name)[1],
                     title: signOf(signs, name)[3] }, signOf(signs, name)[0]));

  const drawName = ({ sign, strong, text, small, title }, { signs }) =>
    make("div", { class: "row-name", title }, drawBadge(signs, sign),
         make("span", {}, strong ? make("strong", {}, strong) : "", text ? ` ${text}` : ""),
         make("small", {}, small ?? ""));

  // { signs, width, index } is what the boxes need.
  function drawRow(row, look) {
    const element = make("div", { class: `row ${row.kind ?? ""}`, "data-row": row.id,
                                  "data-state": row.state });
    if (row.height) element.style.height = `${row.height}px`;
    if (row.kind?.startsWith("heading")) {
      return added(element, {}, [row.strong ? make("strong", {}, row.strong) : null,
                                 span("pill", row.pill), span("words", row.text)]);
    }
    const boxes = typeof row.boxes === "function" ? row.boxes() : row.boxes ?? [];
    const marks = typeof row.marks === "function" ? row.marks(boxes) : row.marks ?? [];
    const said = new Set(fitting(marks.filter(({ text }) => text).toReversed(), look.width,
                                 { before: 0 }));
    const track = make("div", { class: "track" }, ...boxes.map((box) => drawBox(box, look)),
                       ...marks.map((mark) => drawMark(mark, said.has(mark) ? mark.text : "")),
                       span("note", row.note), ...(row.labels ?? []).map(drawLabel));
    const { aside } = row;
    return added(element, {}, [drawName(row, look), track, aside &&
      make("div", { class: "aside", "data-kind": aside.kind }, aside.text)]);
  }

  // The lines and stripes behind all rows: { left, right, kind, title }.
  const drawGrid = (grid) => grid.map(({ left, right = left, kind, title }) => {
    const element = make("div", { class: `grid-${kind}`, title });
    element.style.left = percent(left);
    element.style.width = percent(right - left);
    return element;
  });

  // From { left, y } to { right, end }; its head is told apart by its sign.
  const drawArrow = ({ left, right, y, end, sign, event, title }) => {
    const line = { x1: percent(left), y1: y, x2: percent(right), y2: end };
    return makeSvg("g", { class: "arrow", "data-sign": sign, "data-event": event },
                   makeSvg("title", {}, title), makeSvg("line", { class: "around", ...line }),
                   makeSvg("line", { ...line, "marker-end": `url(#head-${sign})` }));
  };

  // --- Beside the picture ------------------------------------------------------------

  const drawFacts = (facts) => Object.entries(facts).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, String(value))));

  // Those signs that have a meaning; with a count each if `counted`.
  const drawLegend = (signs, counted) => Object.entries(signs).filter(([, sign]) => sign[3]).map(
    ([name, [letter, , words, means, kind]]) => make("li", { "data-legend": name },
      kind === "arrow" ? span("letter", letter)
        : drawBox({ sign: name, kind: `sample ${kind ?? ""}`, title: means }, { signs }),
      make("span", {}, make("b", {}, `${words} `),
           counted && !kind ? make("span", { class: "count" }, "0") : "", make("small", {}, means))));

  strata.make = make;
  strata.drawing = { drawBox, drawRow, drawGrid, drawArrow, drawFacts, drawLegend, fitting };
})();
