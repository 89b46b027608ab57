// The page of week 2: memtables, tables and the log. It draws what lsm_model.js says, where
// lsm_layout.js says, and what a GET of the chosen key would look at. Only the rows in sight
// are in the document.
"use strict";
globalThis.strata ??= {};

(() => {
  const { lsmModel, lsmLayout, lsmLookup, lsmDrawing, lsmSentences, logModel, make } = strata;

  const kBeyond = 300;  // drawn above and below what is in sight, in pixels
  const kHeadings = {
    memory: ({ power }) => (power ? "Memory: goes when the power does" : "Memory: gone with the power"),
    disk: () => "Disk: stays",
    gone: ({ crash }) => `What the power cut at event ${crash.event + 1} took`,
  };
  const kVerdicts = {
    answers: ({ entry }) => `✔ ${entry.verb} at ${entry.sequence}: the answer`,
    ignorant: () => "looked, not here",
    untold: () => "looked; keys not in the trace",
    outside: () => "skipped: not in its range",
    spared: ({ entry }) => (entry ? `not asked (has ${lsmDrawing.version(entry)})` : "not asked"),
  };

  class LsmView {
    #facts = make("dl", { class: "facts" });
    #key = make("input", { type: "text", id: "lsm-key", placeholder: "a key", size: "14",
                           autocomplete: "off", spellcheck: "false" });
    #answer = make("output", { for: "lsm-key", class: "answer" });
    #axis = make("div", { class: "axis-row" });
    #scroller = make("div", { class: "lsm", tabindex: "0", role: "region",
                              "aria-label": "Memtables and tables" });
    #canvas = make("div", { class: "lsm-canvas" });
    #onPick;
    #state = lsmModel.empty();
    #index = -1;
    #layout = { rows: [], height: 0 };
    #keyAxis = { stops: [], detail: "nothing" };
    #found = new Map();  // what the GET meets; empty if no key is chosen

    // `onPick(index)` is called when somebody chooses the event of a box.
    constructor(element, onPick) {
      this.#onPick = onPick;
      const get = make("form", { class: "get" }, make("label", { for: "lsm-key" }, "GET"), this.#key,
                       this.#answer);
      this.#scroller.append(this.#canvas);
      element.append(make("div", { class: "above-log" }, this.#facts), get, this.#axis, this.#scroller, legend());
      get.addEventListener("submit", (submit) => submit.preventDefault());
      this.#key.addEventListener("input", () => this.#arrange());
      this.#axis.addEventListener("click", (click) => this.#choose(click));
      this.#canvas.addEventListener("click", (click) => this.#pick(click));
      this.#scroller.addEventListener("scroll", () => this.#drawRows());
      new ResizeObserver(() => this.#arrange()).observe(this.#scroller);
    }

    // Shows `state`, which the event `events[index]` led to; index is -1 before the first.
    draw(events, index, state) {
      this.#state = state;
      this.#index = index;
      this.#arrange();
      this.#showFocus();
      this.#drawFacts();
    }

    // --- Arranging -------------------------------------------------------------------

    #arrange() {
      const key = this.#key.value;
      this.#keyAxis = lsmLayout.keyAxis(this.#state, key);
      this.#layout = lsmLayout.layOut(this.#state);
      this.#found = key && this.#state.power ? lsmLookup.lookUp(this.#state, key) : new Map();
      this.#answer.textContent = this.#words(key);
      this.#canvas.style.height = `${this.#layout.height}px`;
      this.#drawAxis();
      this.#drawRows();
    }

    #words(key) {
      if (!key) return "Type a key, or press one on the axis, to see which parts a GET looks at.";
      if (!this.#state.power) return "Nobody answers: the store is not open.";
      return lsmLookup.answerOf(this.#found, key);
    }

    #showFocus() {
      const row = this.#layout.rows.find(({ id }) => id === this.#state.focus);
      if (!row) return;
      const { scrollTop, clientHeight } = this.#scroller;
      if (row.y < scrollTop || row.y + row.height > scrollTop + clientHeight)
        this.#scroller.scrollTop = Math.max(0, row.y - clientHeight / 2);
    }

    // --- Drawing ---------------------------------------------------------------------

    #drawAxis() {
      const track = lsmDrawing.drawAxis(this.#keyAxis, this.#key.value,
                                        this.#scroller.clientWidth - 430);
      this.#axis.replaceChildren(make("div", { class: "part-name" }, make("small", {}, "keys, in order")),
                                 track, make("div", { class: "verdict" }, "what a GET does"));
    }

    #drawRows() {
      const from = this.#scroller.scrollTop - kBeyond;
      const to = this.#scroller.scrollTop + this.#scroller.clientHeight + kBeyond;
      const seen = this.#layout.rows.filter((row) => row.y >= from && row.y <= to);
      this.#canvas.replaceChildren(...seen.map((row) => this.#drawRow(row)));
    }

    #drawRow(row) {
      const element = this.#elementOf(row);
      element.classList.toggle("current", row.id === this.#state.focus);
      element.style.top = `${row.y}px`;
      element.style.height = `${row.height}px`;
      return element;
    }

    #elementOf(row) {
      const heading = (text) => make("div", { class: "lsm-heading", "data-row": row.id }, text);
      switch (row.kind) {
        case "heading": return heading(kHeadings[row.id](this.#state));
        case "level": return heading(levelText(row.level));
        case "note": return make("p", { class: "empty" }, row.text);
        case "log": return lsmDrawing.drawLog(this.#state);
        case "ghost": return lsmDrawing.drawGhost(row, this.#keyAxis, this.#key.value);
        case "entries": return this.#drawEntries(row.part);
        case "gone": return lsmDrawing.drawEntries(row.entries, row.entries.length, () => "lost");
        default: return this.#drawPart(row);
      }
    }

    #drawEntries(part) {
      return lsmDrawing.drawEntries(lsmModel.entriesOf(part), Math.max(part.count, part.known),
                                    (entry) => lsmModel.entryState(this.#state, entry));
    }

    #drawPart(row) {
      const element = lsmDrawing.drawPart(this.#state, row, this.#keyAxis, this.#key.value);
      const found = this.#found.get(row.id);
      element.append(make("div", { class: "verdict", "data-verdict": found?.verdict ?? "none" },
                          found ? kVerdicts[found.verdict](found) : this.#birth(row)));
      return element;
    }

    // Where a table has come from, when it has just come.
    #birth(row) {
      const { flush } = this.#state;
      if (row.kind !== "table" || flush?.event !== this.#index || flush.number !== row.part.number)
        return "";
      return flush.first === null ? "↑ was a memtable until now"
                                  : `↑ was a memtable until now: numbers ${flush.first} to ${flush.last}`;
    }

    #drawFacts() {
      const { log, tables, sequence, power, found } = this.#state;
      const facts = {
        "power": power || found ? "on" : "off",
        "last sequence number": sequence,
        "tables": tables.length,
        "log needed": `${Math.max(0, logModel.logEnd(log) - this.#state.logStart)} bytes`,
        "sync": log.sync ?? "not said",
        "disk": log.disk ?? "not said",
      };
      this.#facts.replaceChildren(...Object.entries(facts).map(([name, value]) =>
        make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
    }

    // --- Choosing --------------------------------------------------------------------

    #choose(click) {
      const chosen = click.target.closest("[data-key]");
      if (!chosen) return;
      this.#key.value = this.#key.value === chosen.dataset.key ? "" : chosen.dataset.key;
      this.#arrange();
    }

    #pick(click) {
      const box = click.target.closest("[data-event]");
      if (box) this.#onPick(Number(box.dataset.event));
    }
  }

  function levelText(level) {
    if (level === 0) return "Level 0: the newest table first; key ranges may overlap";
    return `Level ${level}: in the order of keys; ranges do not overlap`;
  }

  function legend() {
    const item = (sample, { name, means }) =>
      make("li", {}, sample, make("span", {}, make("b", {}, name), make("small", {}, means)));
    const part = (state) => item(lsmDrawing.badge(state), lsmDrawing.kParts[state]);
    const entry = (state) =>
      item(make("span", { class: "chip", "data-state": state },
                make("span", { class: "letter" }, lsmDrawing.kEntries[state].letter)),
           lsmDrawing.kEntries[state]);
    const version = (kind, text, words) =>
      item(make("span", { class: "mark sample", "data-kind": kind }, text), words);
    return make("ul", { class: "legend lsm-legend", "aria-label": "What the signs mean" },
                ...["active", "waiting", "writing", "failed", "table"].map(part),
                ...["flushed", "durable", "lost"].map(entry),
                version("put", "7", { name: "PUT", means: "with its sequence number" }),
                version("delete", "✕8", { name: "DELETE", means: "an entry that hides older ones" }));
  }

  strata.views.push({
    title: "Week 2: memtable and tables",
    plays: (program) => program === "week02-repl",
    model: lsmModel,
    sentence: lsmSentences.sentence,
    summary: lsmSentences.summary,
    mount: (element, onPick) => new LsmView(element, onPick),
  });
})();
