// The time axis of week 4's picture: from some while ago, at the left, to now. A time when nothing
// was in flight is cut short, so that what a person typed minutes apart stands side by side.
// Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const kNow = 0.95;      // where now is; shares of the axis, from 0 to 1, as all places are
  const kCutWidth = 0.05; // of a time that is cut short
  const kLongest = 1 / 5; // of the window, that a quiet time may take uncut
  const kRequests = 8;    // ordinary requests that the window is as long as
  const kFirst = 1000;    // microseconds that it is long before the first answer
  const kTicks = 6;

  // 1, 2, 5, 10, 20, 50 ... The first that is not less than `least`, and the `further`th behind it.
  function roundUp(least, further = 0) {
    const value = (step) => [1, 2, 5][((step % 3) + 3) % 3] * 10 ** Math.floor(step / 3);
    let step = 3 * Math.floor(Math.log10(least));
    while (value(step) < least * (1 - 1e-9)) ++step;
    return value(step + further);
  }

  // Microseconds. `zoom` counts steps: below 0 shorter, above it longer.
  function windowOf(state, zoom) {
    const ordinary = strata.wireModel.ordinary(state);
    return Math.max(1, roundUp(ordinary === null ? kFirst : kRequests * ordinary, zoom));
  }

  // { window, now, from, pieces }, where a piece is { from, to, left, right, cut } and time goes
  // evenly within it. They leave no gap; the first may begin left of the axis.
  function axisOf({ at, quiet }, window) {
    const scale = kNow / window;
    const pieces = [];
    let left = kNow;
    let to = at;
    const add = (from, cut) => {
      const right = left;
      left -= cut ? kCutWidth : (to - from) * scale;
      pieces.unshift({ from, to, left, right, cut });
      to = from;
    };
    for (let i = quiet.known - 1; i >= 0 && left > 0; --i) {
      const { to: end, done } = quiet.items[i];
      if (end < to - left / scale) break;
      // Connections that come and go do not end a quiet time.
      while (i > 0 && quiet.items[i - 1].done === done) --i;
      const begin = quiet.items[i].from;
      if (end - begin <= window * kLongest) continue;
      if (end < to) add(end, false);
      add(begin, true);
    }
    if (left > 0 && to > 0) add(Math.max(0, to - left / scale), false);
    return { window, now: at, from: to, pieces };
  }

  // What is before the axis stands at its left end.
  function placeOf({ now, pieces }, time) {
    if (time >= now || pieces.length === 0) return kNow;
    const piece = pieces.find(({ to }) => time <= to);
    if (time <= piece.from) return Math.max(0, piece.left);
    return Math.max(0, piece.left + (piece.right - piece.left) * (time - piece.from) / (piece.to - piece.from));
  }

  // --- Labels ------------------------------------------------------------------------

  function tickText(time, step, inSeconds) {
    const unit = inSeconds ? 1_000_000 : 1000;
    const digits = Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
    return `${(time / unit).toFixed(digits)} ${inSeconds ? "s" : "ms"}`;
  }

  // A round time: "50 ms".
  function roundText(microseconds) {
    if (microseconds < 1000) return `${microseconds} µs`;
    return microseconds < 1_000_000 ? `${microseconds / 1000} ms` : `${microseconds / 1_000_000} s`;
  }

  // Round times: { left, text }.
  function ticksOf(axis) {
    const step = roundUp(axis.window / kTicks);
    const inSeconds = axis.now >= 10_000_000;
    const ticks = [];
    for (const { from, to } of axis.pieces.filter(({ cut }) => !cut))
      for (let i = Math.ceil(from / step); i * step <= to; ++i)
        ticks.push({ left: placeOf(axis, i * step), text: tickText(i * step, step, inSeconds) });
    return ticks.filter(({ left }) => left > 0);
  }

  // The cuts that are in sight: { left, right, text }.
  const cutsOf = (axis) => axis.pieces.filter(({ cut }) => cut).map(({ from, to, left, right }) =>
    ({ left: Math.max(0, left), right, text: strata.wireSentences.time(to - from) }));

  // The labels that find room beside each other, on an axis of `width` pixels:
  // { kind: now|cut|tick, left, text }.
  function labelsOf(axis, width) {
    const taken = [];
    const wanted = [
      { kind: "now", left: kNow, text: "now" },
      ...cutsOf(axis).map(({ left, right, text }) => ({ kind: "cut", left: (left + right) / 2, text })),
      ...ticksOf(axis).map((tick) => ({ kind: "tick", ...tick })),
    ];
    return wanted.filter(({ left, text }) => {
      const half = (7 * text.length + 8) / 2;
      const span = { from: left * width - half, to: left * width + half };
      if (span.from < 0 || taken.some(({ from, to }) => span.from < to && span.to > from)) return false;
      taken.push(span);
      return true;
    });
  }

  strata.wireAxis = { kNow, roundUp, windowOf, axisOf, placeOf, ticksOf, cutsOf, labelsOf, roundText };
})();
