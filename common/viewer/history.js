// The events of a trace and the state after each of them.
//
// A model is { empty(): state, step(state, event, index): state }, both pure. One state in
// `every` is kept; those between are made again when somebody asks, which costs at most
// `every` steps. Pure: no page, no clock.
"use strict";

strata.History = class History {
  events = [];
  #model;
  #every;
  #kept;      // #kept[i] is the state after i * every events
  #newest;    // after all events
  #last;      // the one asked for last: { count, state }

  constructor(model, every = 256) {
    this.#model = model;
    this.#every = every;
    this.#newest = model.empty();
    this.#kept = [this.#newest];
    this.#last = { count: 0, state: this.#newest };
  }

  append(events) {
    for (const event of events) {
      this.#newest = this.#model.step(this.#newest, event, this.events.length);
      this.events.push(event);
      if (this.events.length % this.#every === 0) this.#kept.push(this.#newest);
    }
  }

  // The state after the first `count` events. Requires: 0 <= count <= events.length.
  stateAfter(count) {
    if (count === this.events.length) return this.#newest;
    const kept = Math.floor(count / this.#every);
    let from = { count: kept * this.#every, state: this.#kept[kept] };
    if (this.#last.count <= count && this.#last.count > from.count) from = this.#last;
    let { state } = from;
    for (let i = from.count; i < count; ++i) state = this.#model.step(state, this.events[i], i);
    this.#last = { count, state };
    return state;
  }
};

// A model from a table: `steps` has a function step(state, event, index) for each kind of event.
// An event of another kind changes nothing. `first` is done before every step.
strata.modelOf = ({ empty, steps, first = (state) => state }) => ({
  empty,
  step(state, event, index) {
    const next = first(state, event, index);
    return Object.hasOwn(steps, event.event) ? steps[event.event](next, event, index) : next;
  },
});

// Lists that only grow. All states share the items of a list, { items, known }, and a state sees
// the first `known`; so a step costs the same in a long trace as in a short one. Each item has
// the `event` that made it.
strata.list = {
  empty: () => ({ items: [], known: 0 }),
  seen: ({ items, known }) => items.slice(0, known),
  last: ({ items, known }) => items[known - 1],

  // Another state may have gone on from here: with this very item, or with another.
  add({ items, known }, item) {
    const kept = items.length > known && items[known].event !== item.event
      ? items.slice(0, known) : items;
    if (kept.length === known) kept.push(item);
    return { items: kept, known: known + 1 };
  },

  // How many of the first `count` there are before the first that is not `isBefore(place)`.
  // Requires: those for which it holds come first.
  countBefore(count, isBefore) {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  },

  // The items from the end back to the first that is not `wanted`, in their order.
  tail({ items, known }, wanted) {
    let first = known;
    while (first > 0 && wanted(items[first - 1])) --first;
    return items.slice(first, known);
  },
};
