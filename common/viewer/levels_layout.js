// Where everything of week 3's picture stands: keys along the axis, a row for each table of
// level 0 and for each level below. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { levelsModel } = strata;

  const kNewest = 16;  // tables of level 0 that have a row each
  const kDigits = 8;   // of a key, behind what all keys begin with

  // --- The key axis ------------------------------------------------------------------

  function commonPrefix(a, b) {
    let size = 0;
    while (size < a.length && a[size] === b[size]) ++size;
    return size;
  }

  // A key as a number: its characters are digits, of as many kinds as keys have. So keys that
  // are numbers, with zeros in front, are as far apart as the numbers are.
  function valueOf({ letters }, key, prefix) {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < kDigits; ++i) {
      unit /= letters.length;
      const digit = prefix + i < key.length ? letters.indexOf(key[prefix + i]) : 0;
      value += Math.max(0, digit) * unit;
    }
    return value;
  }

  // The share of the axis, from 0 to 1, at which a range begins, and how wide it is.
  function rangeOf(keys, { smallest, largest }) {
    const prefix = commonPrefix(keys.smallest, keys.largest);
    const from = valueOf(keys, keys.smallest, prefix);
    const whole = valueOf(keys, keys.largest, prefix) - from;
    if (whole <= 0) return { left: 0, width: 1 };
    const left = (valueOf(keys, smallest, prefix) - from) / whole;
    return { left, width: (valueOf(keys, largest, prefix) - from) / whole - left };
  }

  // --- Rows --------------------------------------------------------------------------

  const id = (level) => `level-${level}`;

  function rowsOfLevel0(state) {
    const tables = state.levels[0];
    // Those that are merged are always to be seen.
    const shown = tables.filter((table, index) =>
      index < kNewest || levelsModel.tableState(state, table) === "input").slice(0, 2 * kNewest);
    const rows = shown.map((table) => ({ kind: "table", id: `table-${table.number}`, tables: [table] }));
    if (shown.length < tables.length)
      rows.push({ kind: "note", id: "older", text: `and ${tables.length - shown.length} older tables` });
    return rows;
  }

  // From the top down: { kind: level|table|ghost|note, id, level, tables }. Levels that are
  // empty, and lie above those that are not, are left out.
  function rowsOf(state) {
    const first = state.levels.findIndex((tables, level) => level > 0 &&
      (tables.length > 0 || state.running?.level === level));
    const rows = [{ kind: "heading", id: id(0), level: 0 }, ...rowsOfLevel0(state)];
    if (first < 0) return rows;
    for (let level = first; level < state.levels.length; ++level) {
      rows.push({ kind: "level", id: id(level), level, tables: state.levels[level] });
      if (state.running?.level === level)
        rows.push({ kind: "ghost", id: "outputs", level, tables: state.running.outputs });
    }
    return rows;
  }

  strata.levelsLayout = { rangeOf, rowsOf };
})();
