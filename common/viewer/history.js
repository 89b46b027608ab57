// The events of a trace and the state after each of them.
//
// A model is { empty(): state, step(state, event, index): state }, both pure. One state in
// `every` is kept; those between are made again when somebody asks, which costs at most
// `every` steps. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

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
