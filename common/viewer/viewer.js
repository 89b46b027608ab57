// Puts the page together: a source is read into a history, the player moves in it, and
// the view of the week draws the state at that place.
"use strict";

(() => {
  const { TraceReader, History, Player, EventList, sources } = strata;
  const kPollInterval = 1000;  // milliseconds
  const kQuery = new URLSearchParams(location.search);  // trace: an address; at: an event

  const by = (id) => document.getElementById(id);

  // What is open now; all null or zero before the first trace.
  const open = { source: null, reader: null, offset: 0, view: null, page: null, history: null,
                 timer: null, generation: 0 };

  const player = new Player({ slider: by("slider"), place: by("place"), first: by("first"),
                              back: by("back"), play: by("play"), forward: by("forward"),
                              last: by("last"), speed: by("speed") }, draw);
  const list = new EventList(by("events"), (index) => player.moveTo(index + 1));

  // --- Drawing -----------------------------------------------------------------------

  function draw(place) {
    const { history, view, page } = open;
    if (!history) return;
    const state = history.stateAfter(place);
    by("sentence").textContent = place === 0
      ? "Before the first event. Step with the arrow keys, play with the space key."
      : view.sentence(history.stateAfter(place - 1), history.events[place - 1], state);
    page.draw(history.events, place - 1, state);
    list.show(place - 1);
    document.body.dataset.place = String(place);
  }

  // --- Opening -----------------------------------------------------------------------

  async function openSource(source) {
    if (!source) return;
    clearTimeout(open.timer);
    Object.assign(open, { source, generation: open.generation + 1 });
    startAgain();
    by("name").textContent = source.name;
    say("");
    await readMore(open.generation);
  }

  function startAgain() {
    Object.assign(open, { reader: new TraceReader(), offset: 0, view: null, page: null,
                          history: null });
    by("stage").replaceChildren();
    document.body.classList.remove("playing");
  }

  // Reads what is new, and does so again later if that makes sense. Another source that
  // was opened meanwhile has another generation and ends this.
  async function readMore(generation) {
    try {
      const { bytes, restarted } = await open.source.read(open.offset);
      if (generation !== open.generation) return;
      if (restarted) startAgain();
      open.offset += bytes.length;
      take(open.reader.add(bytes));
      sayFollowing();
    } catch (error) {
      if (generation !== open.generation) return;
      say(explain(error));
      // What was never readable will not become so; a server that is away may come back.
      if (!open.history) return;
    }
    if (open.source.follows && by("follow").checked)
      open.timer = setTimeout(() => readMore(generation), kPollInterval);
  }

  function take(events) {
    if (open.reader.program === null) return;
    const first = open.history === null;
    if (first) mountView(open.reader.program);
    if (!first && events.length === 0) return;
    open.history.append(events);
    player.setCount(open.history.events.length, { restart: first });
    if (first) player.moveTo(Number(kQuery.get("at") ?? 0));
  }

  function mountView(program) {
    const view = strata.viewFor(program);
    if (!view) throw new Error(`No page here plays back what ${program} writes.`);
    open.view = view;
    open.history = new History(view.model);
    list.load(open.history.events, view.summary);
    document.title = `${view.title} - Strata`;
    by("title").textContent = view.title;
    document.body.classList.add("playing");
    open.page = view.mount(by("stage"), (index) => player.moveTo(index + 1));
  }

  // --- Words -------------------------------------------------------------------------

  function say(message) {
    by("message").textContent = message;
  }

  function sayFollowing() {
    const bad = open.reader.badLines;
    by("following").textContent = open.source.follows && !by("follow").checked
      ? "Not following: press Reload to see what is new." : open.source.says;
    if (open.reader.program === null) say("Nothing to read yet: the first line is not complete.");
    else say(bad > 0 ? `${bad} lines are no events and were left out.` : "");
  }

  function explain(error) {
    if (error instanceof TypeError && location.protocol === "file:")
      return "A page opened from a file may not fetch other files. Use Open, or drop the file here.";
    if (error.name === "NotReadableError")
      return "The file has changed and this browser does not let the page read it again. Open it again.";
    return error.message;
  }

  // --- Wiring ------------------------------------------------------------------------

  by("open").addEventListener("click", async () => openSource(await sources.pick(by("file"))));
  by("reload").addEventListener("click", () => openSource(open.source));
  by("follow").addEventListener("change", () => {
    clearTimeout(open.timer);
    if (open.source) readMore(open.generation);
  });
  document.addEventListener("dragover", (drag) => drag.preventDefault());
  document.addEventListener("drop", async (drop) => {
    drop.preventDefault();
    openSource(await sources.fromDrop(drop.dataTransfer));
  });

  const url = kQuery.get("trace");
  if (url) openSource(sources.fromUrl(url));
  document.body.dataset.ready = "yes";
})();
