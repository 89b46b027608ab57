// A time axis: from some while ago, at the left, to the chosen moment. A time when nothing was in
// flight is cut short, so that what a person typed minutes apart stands side by side.
// Pure: no page, no clock.
"use strict";

(() => {
  const { list } = strata;
  const { time: timeText } = strata.words;

  const kNow = 0.95;      // where now is; shares of the axis, from 0 to 1, as all places are
  const kCutWidth = 0.05; // of a time that is cut short
  const kLongest = 1 / 5; // of the window, that a quiet time may take uncut
  const kTicks = 6;
  const kSmoothing = 1 / 16;  // of what is the ordinary length lately
  const kDrift = Math.log(3); // how far that may go before the picture follows

  // 1, 2, 5, 10, 20, 50 ... The first that is not less than `least`, and the `further`th behind it.
  function roundUp(least, further = 0) {
    const value = (step) => [1, 2, 5][((step % 3) + 3) % 3] * 10 ** Math.floor(step / 3);
    let step = 3 * Math.floor(Math.log10(least));
    while (value(step) < least * (1 - 1e-9)) ++step;
    return value(step + further);
  }

  // --- How long it is ----------------------------------------------------------------

  // How long an ordinary request takes lately, so that a window can be as long as some of them:
  // { smooth, ordinary }, both logarithms. It stays where it is until it is wrong by far: a
  // picture must not change its scale at each step.
  function paced(pace, length) {
    const now = Math.log(Math.max(1, length));
    if (pace === null) return { smooth: now, ordinary: now };
    const smooth = pace.smooth + kSmoothing * (now - pace.smooth);
    return { smooth, ordinary: Math.abs(smooth - pace.ordinary) > kDrift ? smooth : pace.ordinary };
  }

  // As long as so many ordinary requests, or as `first` before there was one, but not shorter than
  // `least`. Each step of `zoom` makes it shorter.
  function windowOf(pace, requests, first, zoom, least = 0) {
    const ordinary = pace === null ? first : requests * Math.exp(pace.ordinary);
    return Math.max(1, roundUp(Math.max(ordinary, least), -zoom));
  }

  // --- Places ------------------------------------------------------------------------

  // { window, now, from, pieces }, where a piece is { from, to, left, right, cut } and time goes
  // evenly within it. They leave no gap; the first may begin left of the axis. `quiet` is a list
  // of { from, to, done }: when nothing was in flight, and `done` requests were over.
  function axisOf(at, window, quiet = list.empty()) {
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
    const share = (time - piece.from) / (piece.to - piece.from);
    return Math.max(0, piece.left + (piece.right - piece.left) * share);
  }

  // From `at` to `end`; what has no end yet, or a later one, goes on behind now.
  const spanOf = (axis, { at, end }) =>
    ({ left: placeOf(axis, at), right: end === undefined || end > axis.now ? 1 : placeOf(axis, end) });

  // Those of a list, in the order of their `end`, that were there at some time on the axis.
  const onAxis = (ended, axis) =>
    list.tail(ended, ({ end }) => end >= axis.from).filter(({ at }) => at <= axis.now);

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

  // Round times: { at, text }. Without a unit the numbers are shown as they are.
  function ticksOf(axis, unit = true) {
    const step = Math.max(unit ? 0 : 1, roundUp(axis.window / kTicks));
    const inSeconds = axis.now >= 10_000_000;
    const ticks = [];
    for (const { from, to } of axis.pieces.filter(({ cut }) => !cut))
      for (let i = Math.ceil(from / step); i * step <= to; ++i)
        ticks.push({ at: placeOf(axis, i * step),
                     text: unit ? tickText(i * step, step, inSeconds) : `${i * step}` });
    return ticks.filter(({ at }) => at > 0);
  }

  // The cuts that are in sight: { left, right, text }.
  const cutsOf = (axis) => axis.pieces.filter(({ cut }) => cut).map(({ from, to, left, right }) =>
    ({ left: Math.max(0, left), right, text: timeText(to - from) }));

  // Labels, the more important first.
  const labelsOf = (axis, unit) => [
    { kind: "now", at: kNow, text: "now" },
    ...cutsOf(axis).map(({ left, right, text }) => ({ kind: "cut", at: (left + right) / 2, text })),
    ...ticksOf(axis, unit).map((tick) => ({ kind: "tick", ...tick })),
  ];

  // What a picture needs of an axis: its row, and the lines behind and before all rows.
  const drawn = (axis, { width }, says, unit) => ({
    head: [{ kind: "axis", height: 22, small: says,
             labels: strata.drawing.fitting(labelsOf(axis, unit), width) }],
    grid: [...cutsOf(axis).map((cut) =>
             ({ ...cut, kind: "cut", title: `nothing in flight for ${cut.text}` })),
           ...ticksOf(axis, unit).map(({ at }) => ({ left: at, kind: "line" }))],
    over: [{ left: kNow, kind: "now" }],
  });

  // How a page's window is made longer and shorter; windowOf(state, look) is how long it is.
  const zoom = (windowOf, inWords = roundText) => ({
    out: "More time, narrower", in: "Less time, wider", least: -18, most: 18,
    says: (look, state) => `window ${inWords(windowOf(state, look))}` });

  strata.timeAxis = { kNow, paced, windowOf, axisOf, placeOf, spanOf, onAxis, ticksOf, cutsOf, drawn,
                      zoom };
})();
