// Looks for a text in the names and summaries of the events, and goes from hit to hit.
"use strict";

strata.Search = class Search {
  #controls;      // { field, hits, previous, next }
  #onPick;
  #events = [];
  #summary = () => "";
  #text = "";     // what was looked for
  #hits = [];     // the indices of the events that have it, in order
  #searched = 0;  // so many events were looked at
  #current = -1;  // the index of the current event

  // `onPick(index)` is called when somebody goes to a hit.
  constructor(controls, onPick) {
    this.#controls = controls;
    this.#onPick = onPick;
    const { field, previous, next } = controls;
    field.addEventListener("input", () => this.#lookFor(field.value));
    field.addEventListener("keydown", (key) => this.#onKey(key));
    previous.addEventListener("click", () => this.#go(-1));
    next.addEventListener("click", () => this.#go(1));
    document.addEventListener("keydown", (key) => this.#onSlash(key));
  }

  // `summary(event)` says an event in a few words. The array may grow later.
  load(events, summary) {
    this.#events = events;
    this.#summary = summary;
    this.#lookFor(this.#controls.field.value);
  }

  // The current event is `index` now; -1 is none.
  show(index) {
    this.#current = index;
    this.#lookOn();
  }

  // --- Finding -----------------------------------------------------------------------

  #lookFor(text) {
    this.#text = text.trim().toLowerCase();
    this.#hits = [];
    this.#searched = 0;
    this.#lookOn();
  }

  // Looks at the events that came since, and says how many hits there are.
  #lookOn() {
    if (this.#text !== "") {
      for (; this.#searched < this.#events.length; ++this.#searched) {
        const event = this.#events[this.#searched];
        if (`${event.event} ${this.#summary(event)}`.toLowerCase().includes(this.#text))
          this.#hits.push(this.#searched);
      }
    }
    const { hits, previous, next } = this.#controls;
    hits.textContent = this.#inWords();
    previous.disabled = next.disabled = this.#hits.length === 0;
  }

  #inWords() {
    if (this.#text === "") return "";
    if (this.#hits.length === 0) return "no hit";
    const place = this.#after(this.#current - 1);
    const isHit = this.#hits[place] === this.#current;
    return isHit ? `${place + 1} of ${this.#hits.length}` : strata.words.plural(this.#hits.length, "hit");
  }

  // The place of the first hit behind the event `index`.
  #after(index) {
    return strata.list.countBefore(this.#hits.length, (place) => this.#hits[place] <= index);
  }

  // To the next hit, or to the one before; behind the last comes the first.
  #go(direction) {
    const count = this.#hits.length;
    if (count === 0) return;
    const place = direction > 0 ? this.#after(this.#current) : this.#after(this.#current - 1) - 1;
    this.#onPick(this.#hits[(place + count) % count]);
  }

  // --- Keys --------------------------------------------------------------------------

  #onKey(key) {
    if (key.key === "Escape") return this.#controls.field.blur();
    if (key.key !== "Enter") return;
    key.preventDefault();
    this.#go(key.shiftKey ? -1 : 1);
  }

  #onSlash(key) {
    if (key.key !== "/" || key.ctrlKey || key.altKey || key.metaKey) return;
    if (key.target.closest?.("select, input:not([type=range])")) return;
    key.preventDefault();
    this.#controls.field.focus();
    this.#controls.field.select();
  }
};
