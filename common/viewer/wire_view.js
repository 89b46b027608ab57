// The page of week 4: the connections of a server, and the requests that are in flight on them.
// It draws what wire_model.js says, where wire_layout.js and wire_axis.js say. Only the lanes in
// sight are in the document; of the others it says how many there are.
"use strict";
globalThis.strata ??= {};

(() => {
  const { wireModel, wireAxis, wireLayout, wireDrawing, wireSentences, make } = strata;
  const { time, plural } = wireSentences;

  const kBeyond = 60;   // drawn above and below what is in sight, in pixels
  const kPrograms = new Set(["week04-server", "week04-storage", "week04-coordinator"]);

  class WireView {
    #facts = make("dl", { class: "facts" });
    #window = make("span", {});
    #axisTrack = make("div", { class: "lane-track" });
    #total = make("div", { class: "lane total" });
    #grid = make("div", { class: "time-grid" });
    #now = make("div", { class: "time-now" });
    #lanes = make("div", { class: "wire-lanes" });
    #head = make("div", { class: "wire-head" });
    #canvas = make("div", { class: "wire-canvas" }, this.#grid, this.#lanes,
                   make("div", { class: "time-grid over" }, this.#now));
    #scroller = make("div", { class: "wire", tabindex: "0", role: "region", "aria-label": "Connections" });
    #beyond = make("p", { class: "wire-beyond" });
    #flightTitle = make("h2", {});
    #flight = make("div", { class: "wire-chips" });
    #state = wireModel.empty();
    #index = -1;
    #zoom = 0;
    #axis = null;
    #layout = { lanes: [], height: 0, before: [] };

    // `onPick(index)` is called when somebody chooses the event of a box.
    constructor(element, onPick) {
      this.#head.append(make("div", { class: "lane axis" }, make("div", { class: "lane-name" },
                             make("small", {}, "time since the trace began")), this.#axisTrack),
                        this.#total);
      this.#now.style.left = `${100 * wireAxis.kNow}%`;
      this.#scroller.append(this.#head, this.#canvas);
      element.append(make("div", { class: "above-log" }, this.#facts, this.#makeZoom()), this.#scroller,
                     this.#beyond, make("div", { class: "wire-flight" }, this.#flightTitle, this.#flight),
                     wireDrawing.legend());
      for (const part of [this.#canvas, this.#flight])
        part.addEventListener("click", (click) => {
          const box = click.target.closest("[data-event]");
          if (box) onPick(Number(box.dataset.event));
        });
      this.#scroller.addEventListener("scroll", () => this.#drawLanes());
      new ResizeObserver(() => this.#arrange()).observe(this.#scroller);
    }

    // Shows `state`, which the event `events[index]` led to; index is -1 before the first.
    draw(events, index, state) {
      this.#state = state;
      this.#index = index;
      this.#arrange();
      this.#showFocus();
      this.#drawFacts();
      this.#drawFlight();
    }

    // --- Arranging -------------------------------------------------------------------

    #room() { return this.#scroller.clientHeight - this.#head.offsetHeight; }

    #arrange() {
      const window = wireAxis.windowOf(this.#state, this.#zoom);
      this.#axis = wireAxis.axisOf(this.#state, window);
      this.#layout = wireLayout.layOut(this.#state, this.#axis, this.#room());
      this.#window.textContent = `window ${wireAxis.roundText(window)}`;
      this.#canvas.style.minHeight = `${this.#layout.height}px`;
      this.#scroller.classList.toggle("compact", this.#layout.compact);
      this.#axisTrack.replaceChildren(...wireDrawing.drawAxis(this.#axis, this.#axisTrack.clientWidth));
      this.#total.replaceChildren(...wireDrawing.drawTotal(this.#state, this.#axis, this.#layout.lanes));
      this.#grid.replaceChildren(...wireDrawing.drawGrid(this.#axis));
      this.#drawLanes();
    }

    #showFocus() {
      const lane = this.#layout.lanes.find(({ connection }) => connection.number === this.#state.focus);
      if (!lane) return;
      const { scrollTop } = this.#scroller;
      if (lane.y < scrollTop || lane.y + lane.height > scrollTop + this.#room())
        this.#scroller.scrollTop = Math.max(0, lane.y - this.#room() / 2);
    }

    // --- Drawing ---------------------------------------------------------------------

    #drawLanes() {
      if (!this.#axis) return;
      const from = this.#scroller.scrollTop;
      const to = from + this.#room();
      const width = this.#axisTrack.clientWidth;
      const seen = this.#layout.lanes.filter(({ y, height }) =>
        y + height >= from - kBeyond && y <= to + kBeyond);
      this.#lanes.replaceChildren(...seen.map((lane) => {
        const element = wireDrawing.drawLane(lane, this.#axis, width, this.#index);
        element.classList.toggle("current", lane.connection.number === this.#state.focus);
        return element;
      }));
      this.#sayBeyond(wireLayout.outOfSight(this.#layout, from, to));
    }

    #sayBeyond({ above, below }) {
      const { lanes, before } = this.#layout;
      const part = (where, { lanes: count, inFlight }) => (count === 0 ? []
        : [`${plural(count, "lane")} ${where} with ${plural(inFlight, "request")} in flight`]);
      const out = [...part("above", above), ...part("below", below)];
      const words = [];
      if (out.length > 0)
        words.push(`Out of sight, of ${plural(lanes.length, "lane")}: ${out.join("; ")}.`);
      if (before.length > 0) {
        const refused = before.filter(({ phase }) => phase === "refused").length;
        words.push(`${plural(before.length, "connection")} closed before this time ` +
                   `${before.length === 1 ? "has" : "have"} no lane (${refused} refused).`);
      }
      this.#beyond.textContent = words.join(" ");
    }

    #drawFacts() {
      const state = this.#state;
      const median = wireModel.median(state);
      const codes = [...state.errors].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${count} ${code}`);
      const facts = {
        "in flight now": state.inFlight,
        "most at once": state.mostInFlight,
        "answered": state.answered,
        "overtook": state.overtaking,
        "median latency": median === null ? "none yet" : time(median),
        "worst": state.worst === null ? "none yet" : time(state.worst),
        "errors": codes.length === 0 ? "none" : codes.join(", "),
        "never answered": state.lost,
        "connections": `${state.open.length} open, ${state.closed.known} closed`,
        "time": time(state.at),
      };
      this.#facts.replaceChildren(...Object.entries(facts).map(([name, value]) =>
        make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
    }

    #drawFlight() {
      const { inFlight, at } = this.#state;
      const listed = wireLayout.listed(this.#state);
      this.#flightTitle.textContent = inFlight === 0 ? "Nothing is in flight"
        : `In flight now: ${plural(inFlight, "request")}${inFlight > 1 ? ", the oldest first" : ""}`;
      this.#flight.replaceChildren(...listed.map((one) => wireDrawing.drawChip(one, at, this.#index)));
      if (listed.length < inFlight)
        this.#flight.append(make("span", { class: "late" }, `and ${inFlight - listed.length} that are younger`));
    }

    // --- Zoom ------------------------------------------------------------------------

    #makeZoom() {
      const button = (text, label, by) => {
        const made = make("button", { type: "button", "aria-label": label, title: label }, text);
        made.addEventListener("click", () => {
          const next = Math.min(18, this.#zoom + by);
          if (wireAxis.windowOf(this.#state, next) !== wireAxis.windowOf(this.#state, this.#zoom))
            this.#zoom = next;
          this.#arrange();
          this.#showFocus();
        });
        return made;
      };
      return make("div", { class: "zoom" }, this.#window,
                  button("−", "More time, narrower", 1), button("+", "Less time, wider", -1));
    }
  }

  strata.views.push({
    title: "Week 4: requests in flight",
    plays: (program) => kPrograms.has(program),
    model: wireModel,
    sentence: wireSentences.sentence,
    summary: wireSentences.summary,
    mount: (element, onPick) => new WireView(element, onPick),
  });
})();
