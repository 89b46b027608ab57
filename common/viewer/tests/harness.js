// What the viewer's tests do in the browser. Each script drives the viewer by its keys and
// returns what it saw; test_viewer.py says what that should have been.
"use strict";

const kPatience = 30_000;  // milliseconds
const query = new URLSearchParams(location.search);
const problems = [];  // errors of the page, and requests that it was not allowed
const frame = document.createElement("iframe");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const page = () => frame.contentDocument;
const all = (selector) => [...page().querySelectorAll(selector)];

async function until(what, holds) {
  for (const end = Date.now() + kPatience; Date.now() < end;) {
    if (holds()) return;
    await pause(3);
  }
  throw new Error(`waited in vain for ${what}`);
}

async function openPage(width = 1280, height = 800) {
  frame.width = width;
  frame.height = height;
  frame.src = query.get("page");
  document.body.append(frame);
  // The first document in the frame is an empty one; errors are listened for as soon as
  // the real one is there.
  await until("the document", () => page()?.documentElement && page().URL !== "about:blank");
  frame.contentWindow.addEventListener("error", (error) => problems.push(String(error.message)));
  frame.contentWindow.addEventListener("unhandledrejection",
                                       (event) => problems.push(String(event.reason)));
  page().addEventListener("securitypolicyviolation",
                          (event) => problems.push(`blocked: ${event.blockedURI}`));
  await until("the page", () => page().body?.dataset.ready === "yes");
}

const eventCount = () => Number(page().getElementById("slider").max);
const place = () => Number(page().body.dataset.place);

// A key goes where a person's would: to what has the focus.
function press(key, options = {}) {
  const target = page().activeElement ?? page().body;
  const event = new frame.contentWindow.KeyboardEvent("keydown",
      { key, bubbles: true, cancelable: true, ...options });
  return target.dispatchEvent(event);
}

async function pressUntil(key, wanted, options) {
  press(key, options);
  await until(`place ${wanted} after ${key}`, () => place() === wanted);
}

function countBy(selector, name) {
  const counts = {};
  for (const element of all(selector)) {
    const value = element.dataset[name];
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

function legendCounts() {
  const counts = {};
  for (const item of all("[data-legend]")) {
    const count = Number(item.querySelector(".count").textContent);
    if (count > 0) counts[item.dataset.legend] = count;
  }
  return counts;
}

function picture() {
  return {
    place: place(),
    sentence: page().getElementById("sentence").textContent,
    boxes: countBy(".log .box", "state"),
    vouching: all(".log .box[data-kind=vouch]").length,
    legend: legendCounts(),
    segments: all(".segment-heading").map((heading) => heading.dataset.phase),
    mark: all(".durable-mark").map((mark) => mark.textContent),
    selected: all(".event[aria-selected=true]").map((row) => row.querySelector(".name").textContent),
    lsm: page().querySelector(".lsm") ? lsmPicture() : null,
    levels: page().querySelector(".levels") ? levelsPicture() : null,
    wire: page().querySelector(".wire") ? wirePicture() : null,
    letters: all(".log .box").every((box) => box.querySelector(".letter").textContent !== ""),
  };
}

// The page of week 2.
function lsmPicture() {
  const shown = (chip) => `${chip.dataset.state[0].toUpperCase()} ` +
    `${chip.querySelector(".key").textContent} ${chip.querySelector(".sequence").textContent}`;
  const chips = all(".lsm .chips").map((row) => [...row.querySelectorAll(".chip")].map(shown));
  const parts = {};
  for (const part of all(".lsm .part"))
    parts[part.dataset.part] = {
      state: part.dataset.state ?? null,
      says: part.querySelector(".part-name").textContent,
      marks: [...part.querySelectorAll(".mark")].map((mark) => mark.textContent),
      verdict: part.querySelector(".verdict")?.dataset.verdict ?? null,
      note: part.querySelector(".verdict")?.textContent ?? null,
    };
  return { parts, chips, titles: all(".chips-title").map((title) => title.textContent),
           axis: all(".key-label").map((label) => label.dataset.key),
           order: all(".lsm .part").map((part) => part.dataset.part),
           segments: all(".log-segment").map((box) => box.dataset.state),
           headings: all(".lsm-heading").map((heading) => heading.textContent),
           current: all(".lsm .current").map((part) => part.dataset.part),
           answer: page().querySelector(".answer").textContent,
           letters: all(".lsm .chip .letter, .lsm .badge").every((sign) => sign.textContent !== "") };
}

function factsShown() {
  const facts = {};
  for (const fact of all(".facts > div"))
    facts[fact.querySelector("dt").textContent] = fact.querySelector("dd").textContent;
  return facts;
}

// The page of week 3.
function levelsPicture() {
  const rows = {};
  for (const row of all(".levels > [data-row]"))
    rows[row.dataset.row] = [...row.querySelectorAll(".level-table")].map((box) =>
      `${box.querySelector(".letter").textContent} ${box.dataset.table} ` +
      `${box.style.left} ${box.style.width}`);
  return { rows, facts: factsShown(), order: all(".levels > [data-row]").map((row) => row.dataset.row),
           names: all(".level-row .level-name").map((name) => name.textContent),
           current: all(".levels > .current").map((row) => row.dataset.row) };
}

// The page of week 4.
function wirePicture() {
  const lanes = {};
  const places = (bar) => [bar.style.left, bar.style.width].map((text) => Number(text.replace("%", "")));
  for (const lane of all(".wire-lanes > .lane"))
    lanes[lane.dataset.connection] = {
      phase: lane.dataset.phase, badge: lane.querySelector(".badge").textContent,
      says: lane.querySelector("small").textContent,
      name: lane.querySelector(".lane-name > span:nth-child(2)").textContent,
      note: lane.querySelector(".lane-note")?.textContent ?? null,
      crowd: lane.querySelector(".wire-crowd") !== null,
      bars: [...lane.querySelectorAll(".wire-bar")].map((bar) => ({
        kind: bar.dataset.kind, state: bar.dataset.state, event: Number(bar.dataset.event),
        title: bar.title, text: bar.textContent, overtook: bar.classList.contains("overtook"),
        top: bar.style.top, places: places(bar) })) };
  return { lanes, facts: factsShown(), order: all(".wire-lanes > .lane").map((lane) => lane.dataset.connection),
           current: all(".wire-lanes > .current").map((lane) => lane.dataset.connection),
           total: page().querySelector(".total .lane-name").textContent,
           chips: all(".wire-chip").map((chip) => [...chip.children].map((part) => part.textContent).join(" ")),
           flight: page().querySelector(".wire-flight").textContent,
           beyond: page().querySelector(".wire-beyond").textContent,
           window: page().querySelector(".zoom span").textContent,
           labels: all(".time-label").map((label) => label.textContent),
           cuts: all(".time-cut").map((cut) => cut.title) };
}

const overflows = () =>
  page().documentElement.scrollWidth > page().documentElement.clientWidth;

async function eventsOfTrace() {
  const address = new URL(frame.src).searchParams.get("trace");
  const bytes = await (await fetch(address)).arrayBuffer();
  return new frame.contentWindow.strata.TraceReader().add(new Uint8Array(bytes));
}

async function stepThrough(height) {
  await openPage(1280, height);
  await until("events", () => eventCount() > 0 && place() === 0);
  const count = eventCount();
  const forward = [picture()];
  for (let i = 1; i <= count; ++i) {
    await pressUntil("ArrowRight", i);
    forward.push(picture());
  }
  const back = [picture()];
  for (let i = count - 1; i >= 0; --i) {
    await pressUntil("ArrowLeft", i);
    back.unshift(picture());
  }
  return { forward, same_backward: JSON.stringify(forward) === JSON.stringify(back) };
}

// --- Scripts -----------------------------------------------------------------------------

const scripts = {
  step_through: () => stepThrough(800),

  // So high that nothing has to scroll.
  step_through_high: () => stepThrough(2400),

  async keys() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    const count = eventCount();
    const places = [];
    const note = () => places.push(place());
    await pressUntil("End", count).then(note);
    await pressUntil("Home", 0).then(note);
    await pressUntil("ArrowRight", 10, { shiftKey: true }).then(note);
    page().getElementById("slider").focus();
    await pressUntil("ArrowRight", 11).then(note);
    page().getElementById("speed").focus();
    const leftToSelect = press("ArrowRight");
    page().getElementById("speed").value = "1000";
    page().getElementById("events").focus();
    press(" ");
    await until("the end", () => place() === count);
    note();
    page().querySelector("[data-index='3']")?.click();
    return { count, places, left_to_select: leftToSelect,
             playing: page().getElementById("play").textContent };
  },

  // At the end of the trace: a GET of each key that the axis names, and that a part shows,
  // of none, and of one that is not there.
  async look_up() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const seen = {};
    const note = (key) => { seen[key] = picture().lsm; };
    for (const key of picture().lsm.axis) {
      all(".key-label").find((label) => label.dataset.key === key).click();
      note(key);
    }
    const field = page().getElementById("lsm-key");
    const marked = all(".lsm .mark").map((mark) => mark.dataset.key);
    for (const key of [...marked, "", "a key that nobody has put"]) {
      field.value = key;
      field.dispatchEvent(new frame.contentWindow.Event("input"));
      note(key);
    }
    field.focus();
    press("Home");
    return { seen, stayed: place() === eventCount() };
  },

  // What the model of week 2 says, without the page: the state after each event.
  async lsm_states() {
    await openPage();
    await until("events", () => eventCount() > 0);
    const { lsmModel } = frame.contentWindow.strata;
    const events = await eventsOfTrace();
    const states = [lsmModel.empty()];
    events.forEach((event, index) => states.push(lsmModel.step(states.at(-1), event, index)));
    // Only now: what later steps did must not show in earlier states.
    const entries = (part) => part && lsmModel.entriesOf(part).toSorted(lsmModel.inOrder)
      .map(({ key, sequence }) => `${key}@${sequence}`).join(" ");
    return { states: states.map((state) => ({
      sequence: state.sequence, active: entries(state.active), full: entries(state.full),
      phase: state.full?.phase ?? null, power: state.power, log_start: state.logStart,
      tables: state.tables.map((table) => `${table.level}/${table.number}: ${entries(table)}`),
      gone: state.crash ? state.crash.gone.map(({ key, sequence }) => `${key}@${sequence}`) : [] })) };
  },

  // What the model of week 4 says, without the page: the state after each event; and the axis at
  // the end, for windows of several lengths.
  async wire_states() {
    await openPage();
    await until("events", () => eventCount() > 0);
    const { wireModel, wireAxis, wireLayout } = frame.contentWindow.strata;
    const events = await eventsOfTrace();
    const states = [wireModel.empty()];
    events.forEach((event, index) => states.push(wireModel.step(states.at(-1), event, index)));
    const shown = (connection) => [connection.number, connection.requests.map((request, place) =>
      ({ id: request.id, slot: request.slot, overtaken: wireModel.overtaken(connection, place) }))];
    const axes = [1, 10, 100, 1000, 10_000, 100_000].map((window) => {
      const axis = wireAxis.axisOf(states.at(-1), window);
      const requests = [...wireLayout.requestsOn(states.at(-1), axis).values()].flat();
      return { window, pieces: axis.pieces, ticks: wireAxis.ticksOf(axis), cuts: wireAxis.cutsOf(axis),
               labels: wireAxis.labelsOf(axis, 800), on: requests.length,
               highest: Math.max(...wireLayout.peaksOf(axis, requests)) };
    });
    // Only now: what later steps did must not show in earlier states.
    return { axes, states: states.map((state) => ({
      at: state.at, flight: Object.fromEntries(state.open.map(shown)), in_flight: state.inFlight,
      most: state.mostInFlight, answered: state.answered, overtaking: state.overtaking,
      lost: state.lost, errors: Object.fromEntries(state.errors), worst: state.worst,
      median: wireModel.median(state), closed: state.closed.known,
      ended: state.ended.items.slice(0, state.ended.known)
        .map(({ connection, id, outcome, overtook, overtaken }) =>
          `${connection}/${id} ${outcome} ${overtook} ${overtaken}`) })) };
  },

  // At the end of the trace: more and more time, and then less and less.
  async wire_zoom() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const [more, less] = all(".zoom button");
    const seen = [wirePicture()];
    for (const button of [...Array(12).fill(more), ...Array(24).fill(less)]) {
      button.click();
      seen.push(wirePicture());
    }
    return { seen, stayed: place() === eventCount() };
  },

  // At the end of the trace: the lanes from the top down, and then a click on the last bar.
  async wire_scroll() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const scroller = page().querySelector(".wire");
    const lanes = page().querySelector(".wire-lanes");
    const seen = [];
    for (let top = 0; top < scroller.scrollHeight; top += 200) {
      const before = lanes.firstChild;
      const wanted = Math.min(top, scroller.scrollHeight - scroller.clientHeight);
      if (scroller.scrollTop !== wanted) {
        scroller.scrollTop = wanted;
        await until("other lanes", () => lanes.firstChild !== before);
      }
      const { order, beyond } = wirePicture();
      seen.push({ order, beyond });
    }
    const bar = all(".wire-lanes .wire-bar").at(-1);
    bar.click();
    await until("its event", () => place() === Number(bar.dataset.event) + 1);
    return { seen, clicked: page().getElementById("sentence").textContent };
  },

  async narrow() {
    await openPage(700, 900);
    await until("events", () => eventCount() > 0);
    const wide = [];
    for (let i = 1; i <= eventCount(); ++i) {
      await pressUntil("ArrowRight", i);
      if (overflows()) wide.push(i);
    }
    return { wide };
  },

  // The server adds to this trace each time that it is asked.
  async follow() {
    await openPage();
    await until("the first events", () => eventCount() > 0);
    const first = eventCount();
    await pressUntil("End", first);
    await until("the last event", () => picture().sentence.includes("sealed at position 600"));
    return { first, then: eventCount(), says: page().getElementById("following").textContent };
  },

  async large() {
    await openPage();
    await until("events", () => eventCount() > 0);
    const count = eventCount();
    await pressUntil("End", count);
    const end = picture();
    const slider = page().getElementById("slider");
    slider.value = String(count / 2);
    slider.dispatchEvent(new frame.contentWindow.Event("input"));
    await until("the middle", () => place() === count / 2);
    const elements = page().querySelectorAll("*").length;
    await pressUntil("ArrowLeft", count / 2 - 1);
    return { count, end, middle: picture(), elements };
  },

  async message() {
    await openPage();
    await until("a message", () => page().getElementById("message").textContent !== "");
    return { message: page().getElementById("message").textContent };
  },
};

async function run() {
  let result;
  try {
    result = await scripts[query.get("script")]();
  } catch (error) {
    result = { failed: `${error.message}\n${error.stack}` };
  }
  const requests = frame.contentWindow.performance.getEntriesByType("resource")
    .map((entry) => new URL(entry.name));
  result.problems = problems;
  result.foreign = requests.filter((url) => url.protocol !== "data:" && url.origin !== location.origin)
    .map(String);
  frame.remove();  // ends its polling
  document.getElementById("result").textContent = `BEGIN${JSON.stringify(result)}END`;
  await fetch("/done");
}
run();
