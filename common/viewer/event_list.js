// The list of events, with the current one marked. Only the rows in sight are in the
// document, so a hundred thousand cost no more than a hundred.
"use strict";

strata.EventList = class EventList {
  #element;
  #rows = strata.make("div", { class: "event-rows" });
  #events = [];
  #summary = () => "";
  #clock;
  #current = -1;

  static #kRow = 26;     // pixels; viewer.css says the same
  static #kBeyond = 10;  // rows drawn above and below

  // `onPick(index)` is called when somebody chooses an event.
  constructor(element, onPick) {
    this.#element = element;
    element.append(this.#rows);
    element.addEventListener("scroll", () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(element);
    this.#rows.addEventListener("click", (click) => {
      const row = click.target.closest("[data-index]");
      if (row) onPick(Number(row.dataset.index));
    });
  }

  // `summary(event)` says an event in a few words, `clock(at)` its time. The array may grow later.
  load(events, summary, clock = (at) => `${(Number(at) / 1000).toFixed(3)} ms`) {
    this.#events = events;
    this.#summary = summary;
    this.#clock = clock;
  }

  // Marks the event `index`; -1 marks none.
  show(index) {
    this.#current = index;
    this.#rows.style.height = `${this.#events.length * EventList.#kRow}px`;
    this.#scrollTo(Math.max(0, index));
    this.#draw();
  }

  #scrollTo(index) {
    const top = index * EventList.#kRow;
    const { scrollTop, clientHeight } = this.#element;
    if (top < scrollTop + EventList.#kRow || top + 2 * EventList.#kRow > scrollTop + clientHeight)
      this.#element.scrollTop = Math.max(0, top - clientHeight / 2);
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#element;
    const first = Math.max(0, Math.floor(scrollTop / EventList.#kRow) - EventList.#kBeyond);
    const last = Math.min(this.#events.length,
                          Math.ceil((scrollTop + clientHeight) / EventList.#kRow) + EventList.#kBeyond);
    const rows = [];
    for (let i = first; i < last; ++i) rows.push(this.#row(i));
    this.#rows.replaceChildren(...rows);
    this.#element.setAttribute("aria-activedescendant", `event-${this.#current}`);
  }

  #row(index) {
    const { make } = strata;
    const event = this.#events[index];
    const row = make("div", { class: "event", role: "option", id: `event-${index}`,
                              "data-index": String(index), "aria-posinset": String(index + 1),
                              "aria-setsize": String(this.#events.length),
                              "aria-selected": String(index === this.#current) },
                     make("span", { class: "number" }, String(index + 1)),
                     make("span", { class: "name" }, event.event),
                     make("span", { class: "summary" }, this.#summary(event)));
    row.title = `${this.#clock(event.at)}  ${this.#summary(event)}`;
    row.style.top = `${index * EventList.#kRow}px`;
    return row;
  }
};
