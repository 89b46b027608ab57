// The page of week 3: the levels of a tree, and what is being merged. It draws what
// levels_model.js says, where levels_layout.js says.
"use strict";
globalThis.strata ??= {};

(() => {
  const { levelsModel, levelsLayout, levelsSentences, make } = strata;
  const { bytes, time, plural } = levelsSentences;

  // A state is told by a letter and a pattern, and by its colour last.
  const kTables = {
    table: { letter: "T", name: "table", means: "a file; never changed" },
    new: { letter: "N", name: "new", means: "came with this event" },
    input: { letter: "M", name: "being merged", means: "read as before until that is done" },
    output: { letter: "O", name: "output", means: "written, not in force yet" },
  };

  class LevelsView {
    #facts = make("dl", { class: "facts" });
    #axis = make("div", { class: "level-row level-axis" });
    #levels = make("div", { class: "levels", tabindex: "0", role: "region", "aria-label": "Levels" });

    // `onPick(index)` is called when somebody chooses the event of a box.
    constructor(element, onPick) {
      element.append(make("div", { class: "above-log" }, this.#facts), this.#axis, this.#levels,
                     legend());
      this.#levels.addEventListener("click", (click) => {
        const box = click.target.closest("[data-event]");
        if (box) onPick(Number(box.dataset.event));
      });
    }

    // Shows `state`, which the event `events[index]` led to; index is -1 before the first.
    draw(events, index, state) {
      this.#drawFacts(state);
      this.#drawAxis(state.keys);
      this.#levels.replaceChildren(...levelsLayout.rowsOf(state).map((row) => drawRow(state, row)));
    }

    #drawAxis({ smallest, largest }) {
      this.#axis.replaceChildren(
        make("div", { class: "level-name" }, make("small", {}, "keys, in order")),
        make("div", { class: "level-ends" }, make("span", {}, smallest ?? ""),
             make("span", {}, largest ?? "")));
    }

    #drawFacts(state) {
      const tables = state.levels.flat();
      const amplification = levelsModel.writeAmplification(state);
      const facts = {
        "policy": state.policy ?? "not said",
        "time": time(state.at),
        "tables": `${tables.length}, ${bytes(levelsModel.bytesOf(tables))}`,
        "flushed": bytes(state.flushedBytes),
        "written by compactions": bytes(state.writtenBytes),
        "write amplification": amplification === null ? "none yet" : amplification.toFixed(2),
        "compactions, moves": `${state.compactions}, ${state.moves}`,
        "stalled": time(state.stalled),
      };
      this.#facts.replaceChildren(...Object.entries(facts).map(([name, value]) =>
        make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
    }
  }

  // --- Rows --------------------------------------------------------------------------

  function drawRow(state, row) {
    if (row.kind === "note") return make("p", { class: "empty", "data-row": row.id }, row.text);
    const track = row.kind === "heading" ? make("div", {})
      : make("div", { class: "level-track" }, ...row.tables.map((table) =>
        drawTable(state, table, row.kind === "ghost" ? "output" : levelsModel.tableState(state, table))));
    const element = make("div", { class: "level-row", "data-row": row.id, "data-kind": row.kind },
                         make("div", { class: "level-name" }, ...nameOf(state, row)), track);
    element.classList.toggle("current", row.level === state.focus && row.kind !== "table");
    return element;
  }

  const sizeOf = (tables) => `${plural(tables.length, "table")}, ${bytes(levelsModel.bytesOf(tables))}`;

  function nameOf(state, row) {
    if (row.kind === "table")
      return [make("small", {}, `table ${row.tables[0].number}, ${bytes(row.tables[0].bytes)}`)];
    if (row.kind === "ghost")
      return [make("small", {}, `compaction ${state.running.number} writes; ${bytes(state.running.bytes)} to read`)];
    return [make("strong", {}, `Level ${row.level}`),
            make("small", {}, sizeOf(state.levels[row.level]))];
  }

  function drawTable(state, table, shown) {
    const { left, width } = levelsLayout.rangeOf(state.keys, table);
    const { letter, name } = kTables[shown];
    const box = make("div", {
      class: "level-table", "data-state": shown, "data-table": String(table.number),
      "data-event": String(table.event),
      title: `table ${table.number}, ${name}: ${table.smallest} to ${table.largest}, ` +
             `${plural(table.count, "entry", "entries")}, ${bytes(table.bytes)}`,
    }, make("span", { class: "letter" }, letter), make("span", {}, String(table.number)));
    box.style.left = `${(100 * left).toFixed(3)}%`;
    box.style.width = `${(100 * width).toFixed(3)}%`;
    return box;
  }

  function legend() {
    return make("ul", { class: "legend lsm-legend", "aria-label": "What the signs mean" },
                ...Object.entries(kTables).map(([shown, { letter, name, means }]) =>
                  make("li", {},
                       make("span", { class: "level-table sample", "data-state": shown },
                            make("span", { class: "letter" }, letter)),
                       make("span", {}, make("b", {}, name), make("small", {}, means)))));
  }

  strata.views.push({
    title: "Week 3: levels and compactions",
    plays: (program) => program === "week03-compaction-sim" || program === "week03-repl",
    model: levelsModel,
    sentence: levelsSentences.sentence,
    summary: levelsSentences.summary,
    mount: (element, onPick) => new LevelsView(element, onPick),
  });
})();
