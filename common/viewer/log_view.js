// The page of week 1: the log as segments and frames. It draws what log_model.js says,
// where log_layout.js says. Only the lines in sight are in the document.
"use strict";
globalThis.strata ??= {};

(() => {
  const { logModel, logLayout, logSentences, make } = strata;

  // A state is told by a letter and a pattern, and by its colour last.
  const kStates = {
    buffered: { letter: "B", name: "buffered", means: "in the memory of the process" },
    flushed: { letter: "F", name: "flushed", means: "with the operating system, not durable" },
    durable: { letter: "D", name: "durable", means: "survives a power cut" },
    unknown: { letter: "?", name: "unknown", means: "the power went; nobody has looked yet" },
    lost: { letter: "L", name: "lost", means: "a power cut took all of it" },
    torn: { letter: "T", name: "torn", means: "parts of it were found and cut off" },
    dropped: { letter: "X", name: "dropped", means: "removed with its segment" },
  };
  const kFrameWidth = 104;   // of an ordinary frame, in pixels, before zooming
  const kBeyond = 300;      // drawn above and below what is in sight, in pixels
  const kLabelWidth = 60;   // a narrower box shows its letter only
  const kGutter = 84;       // left of a line: its position

  class LogView {
    #facts = make("dl", { class: "facts" });
    #legend = make("ul", { class: "legend", "aria-label": "What the boxes mean" });
    #scroller = make("div", { class: "log", tabindex: "0", role: "region",
                              "aria-label": "The log, segment by segment" });
    #canvas = make("div", { class: "log-canvas" });
    #events = [];
    #onPick;
    #state = logModel.empty();
    #index = -1;          // of the current event
    #layout = { rows: [], height: 0 };
    #frameBytes = 0;      // of an ordinary frame; 0: none seen
    #zoom = 1;

    // `onPick(index)` is called when somebody chooses the event of a box.
    constructor(element, onPick) {
      this.#onPick = onPick;
      this.#scroller.append(this.#canvas);
      element.append(make("div", { class: "above-log" }, this.#facts, this.#makeZoom()),
                     this.#scroller, this.#legend);
      this.#makeLegend();
      this.#scroller.addEventListener("scroll", () => this.#drawRows());
      this.#canvas.addEventListener("click", (click) => this.#pick(click));
      new ResizeObserver(() => this.#arrange()).observe(this.#scroller);
    }

    // Shows `state`, which the event `events[index]` led to; index is -1 before the first.
    draw(events, index, state) {
      this.#events = events;
      this.#state = state;
      this.#index = index;
      this.#arrange();
      this.#showFocus();
      this.#drawFacts();
      this.#drawLegendCounts();
    }

    // --- Arranging -------------------------------------------------------------------

    #scale() {
      if (this.#frameBytes === 0) this.#frameBytes = ordinarySize(this.#events);
      return { line: Math.max(120, this.#scroller.clientWidth - kGutter - 24),
               pixelsPerByte: this.#zoom * kFrameWidth / (this.#frameBytes || kFrameWidth) };
    }

    #arrange() {
      this.#layout = logLayout.layOut(this.#state, this.#scale());
      this.#canvas.style.height = `${this.#layout.height}px`;
      this.#drawRows();
    }

    #showFocus() {
      const row = this.#state.focus && logLayout.rowOf(this.#layout, this.#state.focus);
      if (!row) return;
      const { scrollTop, clientHeight } = this.#scroller;
      const below = row.y + 2 * logLayout.kLine > scrollTop + clientHeight;
      if (row.y < scrollTop || below)
        this.#scroller.scrollTop = Math.max(0, row.y - clientHeight / 2);
    }

    // --- Drawing ---------------------------------------------------------------------

    #drawRows() {
      const from = this.#scroller.scrollTop - kBeyond;
      const to = this.#scroller.scrollTop + this.#scroller.clientHeight + kBeyond;
      const seen = this.#layout.rows.filter((row) => row.y >= from && row.y <= to);
      this.#canvas.replaceChildren(...seen.map((row) => this.#drawRow(row)));
      if (this.#layout.rows.length === 0)
        this.#canvas.append(make("p", { class: "empty" }, "The log has no segment yet."));
    }

    #drawRow(row) {
      const draw = { heading: () => this.#drawHeading(row), line: () => this.#drawLine(row),
                     goneHeading: () => this.#drawGoneHeading() };
      const element = draw[row.kind]();
      element.style.top = `${row.y}px`;
      return element;
    }

    #drawHeading({ segment }) {
      const end = logModel.segmentEnd(segment);
      return make("div", { class: "segment-heading", "data-phase": segment.phase },
                  make("strong", {}, `Segment ${segment.base}`),
                  make("span", { class: "phase" }, segment.phase),
                  make("span", {}, `positions ${segment.base} to ${end}`),
                  make("span", {}, `${segment.count} frame${segment.count === 1 ? "" : "s"}`));
    }

    #drawGoneHeading() {
      const { crash } = this.#state;
      return make("div", { class: "gone-heading" },
                  `The power cut at event ${crash.event + 1} took these` +
                  ` (the log was good up to position ${crash.keptEnd}):`);
    }

    #drawLine(row) {
      const line = make("div", { class: row.gone ? "line gone" : "line" });
      const boxes = logLayout.boxesOf(row, this.#scale());
      line.append(make("span", { class: "position" },
                       String(boxes[0]?.frame.position ?? row.segment.base)));
      for (const box of boxes) line.append(this.#drawBox(row, box));
      const mark = this.#durableMark(row, boxes);
      if (mark) line.append(mark);
      return line;
    }

    #drawBox(row, { frame, x, width, clipped }) {
      const state = row.gone ? logModel.goneState(this.#state.crash, frame)
                             : logModel.frameState(this.#state, row.segment, frame);
      const box = make("div", { class: "box", role: "img", "data-state": state,
                                "data-kind": frame.kind, "data-event": String(frame.event),
                                title: describe(frame, state) });
      box.setAttribute("aria-label", box.title);
      box.classList.toggle("clipped", clipped);
      box.classList.toggle("current", frame.event === this.#index && !row.gone);
      box.style.left = `${kGutter + x}px`;
      box.style.width = `${width - 2}px`;
      box.append(make("span", { class: "letter" }, kStates[state].letter));
      if (width >= kLabelWidth) box.append(make("span", { class: "label" }, frame.label));
      else if (frame.kind === "vouch") box.append(make("span", { class: "label" }, "V"));
      return box;
    }

    // Stands behind the last durable frame, in the segment that is written.
    #durableMark(row, boxes) {
      const { segment } = row;
      const { durableEnd } = this.#state;
      if (row.gone || segment.phase === "dropped" || segment !== this.#durableSegment()) return null;
      const durable = logModel.countBefore(segment, durableEnd);
      if (durable === 0 ? row.first > 0 : durable <= row.first || durable > row.first + row.count)
        return null;
      const last = boxes[durable - row.first - 1];
      const x = kGutter + (last ? last.x + last.width : 0);
      const mark = make("div", { class: "durable-mark" },
                        make("span", {}, `durable to ${durableEnd}`));
      mark.classList.toggle("flip", x > this.#scroller.clientWidth - 150);
      mark.style.left = `${x - 2}px`;
      return mark;
    }

    #durableSegment() {
      return this.#state.segments.findLast((segment) => segment.phase !== "dropped" &&
                                                        segment.base <= this.#state.durableEnd);
    }

    #drawFacts() {
      const state = this.#state;
      const end = logModel.logEnd(state);
      const facts = {
        "power": state.unsettled && !state.opening ? "off" : "on",
        "log end": end,
        "durable to": state.durableEnd,
        "at risk": `${Math.max(0, end - state.durableEnd)} bytes`,
        "snapshot": state.snapshot ? `before ${state.snapshot.position}` +
                                     (state.snapshot.written ? "" : " (being written)") : "none",
        "dropped": state.droppedSegments,
        "sync": state.sync ?? "not said",
        "disk": state.disk ?? "not said",
      };
      this.#facts.replaceChildren(...Object.entries(facts).map(([name, value]) =>
        make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
    }

    // --- Legend and zoom -------------------------------------------------------------

    #makeLegend() {
      for (const [state, { letter, name, means }] of Object.entries(kStates))
        this.#legend.append(make("li", { "data-legend": state },
          make("span", { class: "box sample", "data-state": state, "aria-hidden": "true" },
               make("span", { class: "letter" }, letter)),
          make("span", {}, make("b", {}, `${name} `), make("span", { class: "count" }, "0"),
               make("small", {}, means))));
      this.#legend.append(make("li", {},
        make("span", { class: "box sample", "data-state": "durable", "data-kind": "vouch",
                       "aria-hidden": "true" }, make("span", { class: "label" }, "V")),
        make("span", {}, make("b", {}, "vouching frame"), make("small", {}, "empty; double border"))));
    }

    #drawLegendCounts() {
      const counts = logModel.counts(this.#state);
      for (const [state, count] of Object.entries(counts))
        this.#legend.querySelector(`[data-legend=${state}] .count`).textContent = String(count);
    }

    #makeZoom() {
      const zoomBy = (factor) => () => {
        this.#zoom = Math.min(16, Math.max(1 / 64, this.#zoom * factor));
        this.#arrange();
        this.#showFocus();
      };
      const button = (text, label, factor) => {
        const made = make("button", { type: "button", "aria-label": label, title: label }, text);
        made.addEventListener("click", zoomBy(factor));
        return made;
      };
      return make("div", { class: "zoom" },
                  make("span", {}, "width"),
                  button("−", "Narrower", 1 / 2), button("+", "Wider", 2));
    }

    #pick(click) {
      const box = click.target.closest("[data-event]");
      if (box) this.#onPick(Number(box.dataset.event));
    }
  }

  function describe(frame, state) {
    const what = frame.kind === "vouch" ? "vouching frame" : frame.label || "record";
    return `${what}, position ${frame.position}, ${frame.size} bytes: ${kStates[state].name}, ` +
           kStates[state].means;
  }

  // The geometric mean of the first few hundred records' sizes: a few huge ones must not
  // make all others tiny.
  function ordinarySize(events) {
    const sizes = events.slice(0, 1000).filter((event) => event.event === "appended")
                        .map((event) => event.size);
    const logs = sizes.reduce((sum, size) => sum + Math.log(size), 0);
    return sizes.length === 0 ? 0 : Math.exp(logs / sizes.length);
  }

  strata.views.push({
    title: "Week 1: the log",
    plays: (program) => program === "week01-repl",
    model: logModel,
    sentence: logSentences.sentence,
    summary: logSentences.summary,
    mount: (element, onPick) => new LogView(element, onPick),
  });
})();
