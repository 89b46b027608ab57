// The place in the trace, and what moves it: slider, buttons, keys, and playing.
//
// The place is a count of events: 0 is before the first.
"use strict";

strata.Player = class Player {
  #controls;       // { slider, place, first, back, play, forward, last, speed }
  #onMove;
  #count = 0;      // of all events
  #place = 0;
  #timer = null;   // while it plays
  #drawing = false;

  // What the buttons of these names do, and the keys.
  #actions = {
    first: () => this.#go(0),
    back: (step) => this.#go(this.#place - step),
    play: () => this.#togglePlay(),
    forward: (step) => this.#go(this.#place + step),
    last: () => this.#go(this.#count),
  };
  static #kKeys = { "Home": "first", "ArrowLeft": "back", " ": "play", "ArrowRight": "forward",
                    "End": "last" };
  static #kFrame = 1000 / 30;  // milliseconds between two moves at most

  // `onMove(place)` is called after each move, once for each picture the browser makes.
  constructor(controls, onMove) {
    this.#controls = controls;
    this.#onMove = onMove;
    controls.slider.addEventListener("input", () => this.#go(Number(controls.slider.value)));
    for (const [name, act] of Object.entries(this.#actions))
      controls[name].addEventListener("click", () => act(1));
    document.addEventListener("keydown", (key) => this.#onKey(key));
  }

  get place() { return this.#place; }

  // There are `count` events now. Who stands at the end stays at the end.
  setCount(count, { restart = false } = {}) {
    const atEnd = this.#place === this.#count;
    this.#count = count;
    this.#controls.slider.max = String(count);
    if (restart) this.#stop();
    this.#move(restart ? 0 : atEnd && this.#timer === null ? count : Math.min(this.#place, count));
  }

  // Moves to `place`, or as near as there is, and stops playing.
  moveTo(place) { this.#go(place); }

  #go(place) {
    this.#stop();
    this.#move(place);
  }

  #move(place) {
    this.#place = Math.min(this.#count, Math.max(0, place));
    const { slider, place: label } = this.#controls;
    slider.value = String(this.#place);
    slider.setAttribute("aria-valuetext", `event ${this.#place} of ${this.#count}`);
    label.textContent = `${this.#place} / ${this.#count}`;
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#onMove(this.#place);
    });
  }

  // --- Playing -----------------------------------------------------------------------

  #togglePlay() {
    if (this.#timer !== null) return this.#stop();
    if (this.#place === this.#count) this.#move(0);
    this.#showPlaying(true);
    this.#tick();
  }

  #tick() {
    const perSecond = Number(this.#controls.speed.value);
    const wait = Math.max(Player.#kFrame, 1000 / perSecond);
    this.#timer = setTimeout(() => {
      this.#move(this.#place + Math.max(1, Math.round(perSecond * wait / 1000)));
      if (this.#place === this.#count) this.#stop();
      else this.#tick();
    }, wait);
  }

  #stop() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#showPlaying(false);
  }

  #showPlaying(playing) {
    this.#controls.play.textContent = playing ? "Pause" : "Play";
    this.#controls.play.setAttribute("aria-pressed", String(playing));
  }

  // --- Keys --------------------------------------------------------------------------

  #onKey(key) {
    if (this.#count === 0 || key.ctrlKey || key.altKey || key.metaKey) return;
    if (key.target.closest?.("select, input:not([type=range])")) return;
    // On a button the space key presses the button.
    if (key.key === " " && key.target.closest?.("button, a")) return;
    if (!Object.hasOwn(Player.#kKeys, key.key)) return;
    key.preventDefault();
    this.#actions[Player.#kKeys[key.key]](key.shiftKey ? 10 : 1);
  }
};
