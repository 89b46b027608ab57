// Puts all together: a source is read into a history, the player moves in it, and the picture
// shows the state at that place, as the page of the week describes it.
"use strict";

(() => {
  const { TraceReader, History, Player, EventList, Picture, Search, words, sources } = strata;
  const kPollInterval = 1000;  // milliseconds
  const kQuery = new URLSearchParams(location.search);  // trace: an address; at: an event

  const by = (id) => document.getElementById(id);

  // What is open now; all null or zero before the first trace.
  const open = { source: null, reader: null, offset: 0, page: null, history: null, timer: null,
                 generation: 0 };

  const player = new Player({ slider: by("slider"), place: by("place"), first: by("first"),
                              back: by("back"), play: by("play"), forward: by("forward"),
                              last: by("last"), speed: by("speed") }, draw);
  const onPick = (index) => player.moveTo(index + 1);
  const picture = new Picture(onPick);
  const list = new EventList(by("events"), onPick);
  const search = new Search({ field: by("search"), hits: by("hits"), previous: by("previous"),
                              next: by("next") }, onPick);

  // --- Drawing -----------------------------------------------------------------------

  function draw(place) {
    const { history, page } = open;
    if (!history) return;
    const state = history.stateAfter(place);
    by("sentence").textContent = place === 0
      ? "Before the first event. Step with the arrow keys, play with the space key."
      : words.sentence(page, history.events[place - 1], history.stateAfter(place - 1), state);
    picture.draw(history.events, place - 1, state);
    list.show(place - 1);
    search.show(place - 1);
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
    Object.assign(open, { reader: new TraceReader(), offset: 0, page: null, history: null });
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
    if (first) mountPage(open.reader.program);
    if (!first && events.length === 0) return;
    open.history.append(events);
    player.setCount(open.history.events.length, { restart: first });
    if (first) player.moveTo(Number(kQuery.get("at") ?? 0));
  }

  function mountPage(program) {
    const page = strata.pageFor(program);
    if (!page) throw new Error(`No page here plays back what ${program} writes.`);
    const history = new History(page.model);
    const summary = (event) => words.summary(page, event);
    list.load(history.events, summary, page.clock);
    search.load(history.events, summary);
    document.title = `${page.title} - Strata`;
    by("title").textContent = page.title;
    document.body.classList.add("playing");
    picture.load(page);
    Object.assign(open, { page, history });
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
