// Where each segment and frame of the log stands in the picture. Pure: no page, no clock.
//
// A segment is a heading and its frames on lines that wrap as text does. Frames stand in
// the order of their positions and are as wide as they are long, within limits: a tiny one
// stays visible, a huge one takes one line.
"use strict";
globalThis.strata ??= {};

(() => {
  const kMinWidth = 36;  // of a frame, in pixels; so are all that follow
  const kHeading = 30;
  const kLine = 56;
  const kGap = 14;       // between segments

  function widthOf(frame, scale) {
    return Math.round(Math.min(scale.line, Math.max(kMinWidth, frame.size * scale.pixelsPerByte)));
  }

  // Splits frames into lines: [{ first, count }]. No frames: one empty line.
  function wrap(frames, count, scale) {
    const lines = [];
    let first = 0;
    let used = 0;
    for (let i = 0; i < count; ++i) {
      const width = widthOf(frames[i], scale);
      if (used > 0 && used + width > scale.line) {
        lines.push({ first, count: i - first });
        first = i;
        used = 0;
      }
      used += width;
    }
    lines.push({ first, count: count - first });
    return lines;
  }

  // Rows from the top down: { kind: "heading"|"goneHeading"|"line", y, segment, gone } and,
  // for a line, its `frames`, `first` and `count`. `scale` is { line, pixelsPerByte }: the
  // width of a line, and of a byte.
  function layOut(state, scale) {
    const rows = [];
    let y = 0;
    const add = (row, height) => {
      rows.push({ ...row, y });
      y += height;
    };
    const addLines = (segment, frames, count, gone) => {
      const lines = wrap(frames, count, scale);
      // Of a dropped segment, one line is enough.
      const shown = segment.phase === "dropped" && !gone ? lines.slice(0, 1) : lines;
      for (const line of shown) add({ kind: "line", segment, gone, frames, ...line }, kLine);
    };
    for (const segment of state.segments) {
      add({ kind: "heading", segment }, kHeading);
      addLines(segment, segment.frames, segment.count, false);
      const gone = state.crash?.base === segment.base ? state.crash.gone : [];
      if (gone.length > 0) {
        add({ kind: "goneHeading", segment }, kHeading);
        addLines(segment, gone, gone.length, true);
      }
      y += kGap;
    }
    return { rows, height: y };
  }

  // The row where `focus` is to be seen; undefined if there is none.
  function rowOf(layout, focus) {
    const rows = layout.rows.filter((row) => !row.gone && row.segment.base === focus.base);
    const holds = (row) => row.kind === "line" && row.count > 0 &&
                           row.frames[row.first].position <= focus.position;
    return rows.findLast(holds) ?? rows[0];
  }

  // The boxes of a line, from the left: { frame, x, width, clipped }.
  function boxesOf(row, scale) {
    let x = 0;
    return row.frames.slice(row.first, row.first + row.count).map((frame) => {
      const width = widthOf(frame, scale);
      const box = { frame, x, width, clipped: frame.size * scale.pixelsPerByte > scale.line };
      x += width;
      return box;
    });
  }

  strata.logLayout = { layOut, rowOf, boxesOf, kLine };
})();
