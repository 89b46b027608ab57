// The picture of a page: facts above, rows in the middle, a legend below. It asks the page what
// is to be seen, and draws of it only what is in sight. README.md says what a page answers. The
// elements that all pages have are in index.html.
"use strict";

strata.Picture = class Picture {
  #page = null;
  #events = [];
  #state;
  #index = -1;             // of the current event
  #zoom = 0;
  #rows = [];              // with their `y`
  #top = 0;                // the place to which it was scrolled when it was drawn
  #made = { arrows: [] };  // what the page answered

  static #kBeyond = 300;   // drawn above and below what is in sight, in pixels

  // `onPick(index)` is called when somebody chooses the event of a box.
  constructor(onPick) {
    const { picture, list, field, ask } = this.#parts;
    for (const part of [picture, list])
      part.addEventListener("click", (click) => this.#pick(click, onPick));
    picture.addEventListener("scroll", () => {
      if (picture.scrollTop !== this.#top) this.#drawRows(this.#look());
    });
    new ResizeObserver(() => requestAnimationFrame(() => this.#arrange())).observe(picture);
    field.addEventListener("input", () => this.#arrange());
    ask.addEventListener("submit", (submit) => submit.preventDefault());
    this.#parts["zoom-out"].addEventListener("click", () => this.#zoomBy(-1));
    this.#parts["zoom-in"].addEventListener("click", () => this.#zoomBy(1));
  }

  // The elements of index.html by their ids.
  #parts = Object.fromEntries(
    [...document.querySelectorAll("#stage [id]")].map((part) => [part.id, part]));

  load(page) {
    const { picture, zoom, ask, field, listed, legend, arrows } = this.#parts;
    this.#page = page;
    this.#state = page.model.empty();
    this.#zoom = 0;
    picture.dataset.page = page.name;
    picture.setAttribute("aria-label", page.says);
    picture.style.setProperty("--names", `${page.columns.names}px`);
    picture.style.setProperty("--aside", `${page.columns.aside}px`);
    zoom.hidden = !page.zoom;
    ask.hidden = !page.field;
    listed.hidden = !page.lists;
    arrows.style.display = page.arrows ? "" : "none";
    field.value = "";
    field.placeholder = page.field?.hint ?? "";
    this.#parts["field-label"].textContent = page.field?.label ?? "";
    for (const way of ["out", "in"]) {
      this.#parts[`zoom-${way}`].title = page.zoom?.[way] ?? "";
      this.#parts[`zoom-${way}`].setAttribute("aria-label", page.zoom?.[way] ?? "");
    }
    legend.replaceChildren(...strata.drawing.drawLegend(page.signs, page.counts));
  }

  // Shows `state`, which the event `events[index]` led to; index is -1 before the first.
  draw(events, index, state) {
    this.#events = events;
    this.#state = state;
    this.#index = index;
    this.#arrange({ showFocus: true });
  }

  // --- Arranging ---------------------------------------------------------------------

  // What the page and its boxes may look at: sizes in pixels, and what was chosen.
  #look() {
    const { picture, head, probe, field } = this.#parts;
    return { width: probe.clientWidth, room: picture.clientHeight - head.offsetHeight,
             zoom: this.#zoom, key: field.value, index: this.#index, events: this.#events,
             signs: this.#page.signs };
  }

  #arrange({ showFocus = false } = {}) {
    if (!this.#page) return;
    const { drawRow, drawGrid, drawFacts } = strata.drawing;
    const { facts, counts, zoom, picture } = this.#page;
    const { grid, over, answer, canvas, legend, ...parts } = this.#parts;
    const look = this.#look();
    this.#made = picture(this.#state, look);
    let y = 0;
    this.#rows = this.#made.rows.map((row) => {
      y += row.height;
      return { ...row, y: y - row.height };
    });
    canvas.style.minHeight = `${y}px`;
    parts.picture.classList.toggle("compact", this.#made.compact === true);
    parts["head-rows"].replaceChildren(...(this.#made.head ?? []).map((row) => drawRow(row, look)));
    grid.replaceChildren(...drawGrid(this.#made.grid ?? []));
    over.replaceChildren(...drawGrid(this.#made.over ?? []));
    parts.facts.replaceChildren(...drawFacts(facts(this.#state, look)));
    answer.textContent = this.#made.answer ?? "";
    parts["zoom-text"].textContent = zoom?.says(look, this.#state) ?? "";
    for (const [sign, count] of Object.entries(counts?.(this.#state) ?? {}))
      legend.querySelector(`[data-legend=${sign}] .count`).textContent = String(count);
    this.#drawList(look);
    if (showFocus) this.#scrollToFocus(look);
    this.#drawRows(look);
  }

  #scrollToFocus({ room }) {
    const row = this.#rows.find(({ id }) => id !== undefined && id === this.#made.focus);
    if (!row) return;
    const { picture } = this.#parts;
    if (row.y < picture.scrollTop || row.y + row.height > picture.scrollTop + room)
      picture.scrollTop = Math.max(0, row.y - room / 2);
  }

  // --- Drawing -----------------------------------------------------------------------

  #drawRows(look) {
    const from = this.#top = this.#parts.picture.scrollTop;
    const to = from + look.room;
    const seen = this.#rows.filter(({ y, height }) =>
      y + height >= from - Picture.#kBeyond && y <= to + Picture.#kBeyond);
    this.#parts.rows.replaceChildren(...seen.map((row) => {
      const element = strata.drawing.drawRow(row, look);
      element.style.top = `${row.y}px`;
      element.classList.toggle("current", row.id !== undefined && row.id === this.#made.focus);
      return element;
    }));
    if (this.#page.arrows) this.#drawArrows();
    this.#sayBeyond(from, to);
  }

  // An arrow goes from the middle of a row to that of another; one that does not arrive ends
  // on its way.
  #drawArrows() {
    const middles = new Map(this.#rows.map(({ id, y, height }) => [id, y + height / 2]));
    const arrows = this.#made.arrows.filter(({ from, to }) => middles.has(from) && middles.has(to));
    this.#parts["arrow-lines"].replaceChildren(...arrows.map((arrow) => {
      const [y, to] = [middles.get(arrow.from), middles.get(arrow.to)];
      const end = y + (arrow.sign === "arrived" ? 1 : 0.6) * (to - y);
      return strata.drawing.drawArrow({ ...arrow, y, end });
    }));
  }

  // How many lanes, and what is open on them, are above and below what is in sight.
  #sayBeyond(from, to) {
    const { plural } = strata.words;
    const lanes = this.#rows.filter(({ open }) => open !== undefined);
    const middle = ({ y, height }) => y + height / 2;
    const openOn = (some) => some.reduce((sum, { open }) => sum + open, 0);
    const part = (where, some) => (some.length === 0 ? []
      : [`${plural(some.length, "lane")} ${where} with ` +
         `${plural(openOn(some), this.#page.beyond)} in flight`]);
    const out = [...part("above", lanes.filter((row) => middle(row) < from)),
                 ...part("below", lanes.filter((row) => middle(row) > to))];
    const words = out.length === 0 ? ""
      : `Out of sight, of ${plural(lanes.length, "lane")}: ${out.join("; ")}. `;
    this.#parts.beyond.textContent = words + (this.#made.beyond ?? "");
  }

  #drawList({ signs, index }) {
    if (!this.#page.lists) return;
    const { title, boxes, more } = this.#page.lists(this.#state);
    this.#parts["list-title"].textContent = title;
    this.#parts.list.replaceChildren(
      ...boxes.map((box) => strata.drawing.drawBox(box, { signs, index })), more ?? "");
  }

  // --- Choosing ----------------------------------------------------------------------

  #zoomBy(step) {
    const { least, most, says } = this.#page.zoom;
    const zoom = Math.min(most, Math.max(least, this.#zoom + step));
    const look = this.#look();
    if (says({ ...look, zoom }, this.#state) !== says(look, this.#state)) this.#zoom = zoom;
    this.#arrange({ showFocus: true });
  }

  // A key on the axis goes into the field, or out of it again; a box goes to its event.
  #pick(click, onPick) {
    const label = click.target.closest("button[data-key]");
    const box = click.target.closest("[data-event]");
    if (label) {
      const { field } = this.#parts;
      field.value = field.value === label.dataset.key ? "" : label.dataset.key;
      this.#arrange();
    } else if (box) {
      onPick(Number(box.dataset.event));
    }
  }
};
