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
    const count = Number(item.querySelector(".count")?.textContent ?? 0);
    if (count > 0) counts[item.dataset.legend] = count;
  }
  return counts;
}

const text = (parent, selector) => parent.querySelector(selector)?.textContent ?? null;
const places = (box) => [box.style.left, box.style.width].map((share) => Number(share.replace("%", "")));

function factsShown() {
  const facts = {};
  for (const fact of all("#facts > div")) facts[text(fact, "dt")] = text(fact, "dd");
  return facts;
}

function boxShown(box) {
  return { sign: box.dataset.sign, pattern: box.dataset.pattern, state: box.dataset.state ?? null,
           event: Number(box.dataset.event), kinds: [...box.classList], letter: text(box, ".letter"),
           label: text(box, ".label"), tail: text(box, ".tail"), text: box.textContent,
           words: [...box.children].map((part) => part.textContent).join(" "),
           title: box.title, said: box.getAttribute("aria-label"), key: box.dataset.key ?? null,
           top: box.style.top, left: box.style.left, width: box.style.width, places: places(box) };
}

function rowShown(row) {
  const aside = row.querySelector(".aside");
  const name = row.querySelector(".row-name");
  return { id: row.dataset.row ?? null, state: row.dataset.state ?? null, kinds: [...row.classList],
           badge: text(row, ".badge"), name: name ? text(name, "span:not(.badge)") : null,
           says: text(row, "small"), all: row.textContent, note: text(row, ".note"), pill: text(row, ".pill"),
           boxes: [...row.querySelectorAll(".box")].map(boxShown),
           marks: [...row.querySelectorAll(".mark")].map((mark) => mark.textContent),
           titles: [...row.querySelectorAll(".mark")].map((mark) => mark.title),
           labels: [...row.querySelectorAll(".place-label")].map((label) => label.textContent),
           aside: aside && { kind: aside.dataset.kind, text: aside.textContent } };
}

// What every page shows; test_*.py know what is in it.
function picture() {
  const rows = all("#rows > .row").map(rowShown);
  const boxes = rows.flatMap((row) => row.boxes);
  return {
    place: place(),
    page: page().querySelector("#picture").dataset.page,
    sentence: page().getElementById("sentence").textContent,
    selected: all(".event[aria-selected=true]").map((row) => text(row, ".name")),
    rows, head: all("#head .row:not(.probe)").map(rowShown), facts: factsShown(), legend: legendCounts(),
    boxes: countBy("#rows .box", "sign"),
    current: all("#rows > .current").map((row) => row.dataset.row),
    arrows: all(".arrow").map((arrow) => ({ sign: arrow.dataset.sign, event: Number(arrow.dataset.event),
                                            title: text(arrow, "title") })),
    answer: text(page(), "#answer"), beyond: text(page(), "#beyond"), window: text(page(), "#zoom-text"),
    listed: all("#listed .box").map(boxShown), list: text(page(), "#listed"),
    cuts: all(".grid-cut").map((cut) => cut.title),
    // A box that has room shows a letter or a text, and every box can be read out.
    letters: boxes.every((box) => box.title !== "" && box.said === box.title) &&
             all("#rows .box[data-sign]").every((box) => box.clientWidth < 15 || box.textContent !== "" ||
                                                         box.matches(".tick, .segment, [style*=height]")),
  };
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
  ...modelScripts,  // of models.js

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
    const note = (key) => { seen[key] = picture(); };
    for (const key of all("button.place-label").map((label) => label.dataset.key)) {
      all("button.place-label").find((label) => label.dataset.key === key).click();
      note(key);
    }
    const field = page().getElementById("field");
    const marked = all(".box.pill").map((pill) => pill.dataset.key);
    for (const key of [...marked, "", "a key that nobody has put"]) {
      field.value = key;
      field.dispatchEvent(new frame.contentWindow.Event("input"));
      note(key);
    }
    field.focus();
    press("Home");
    return { seen, stayed: place() === eventCount() };
  },

  // At the end of the trace: another key.
  async type_key() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const before = picture();
    const field = page().getElementById("field");
    field.value = "k2";
    field.dispatchEvent(new frame.contentWindow.Event("input"));
    return { before, after: picture() };
  },

  // At the end of the trace: more and more time, and then less and less.
  async zoom() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const [more, less] = all("#zoom button");
    const seen = [picture()];
    for (const button of [...Array(12).fill(more), ...Array(24).fill(less)]) {
      button.click();
      seen.push(picture());
    }
    return { seen, stayed: place() === eventCount() };
  },

  // At the end of the trace: the lanes from the top down, and then a click on the last bar.
  async scroll() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    await pressUntil("End", eventCount());
    const scroller = page().querySelector("#picture");
    const lanes = page().querySelector("#rows");
    const seen = [];
    for (let top = 0; top < scroller.scrollHeight; top += 200) {
      const before = lanes.firstChild;
      const wanted = Math.min(top, scroller.scrollHeight - scroller.clientHeight);
      if (scroller.scrollTop !== wanted) {
        scroller.scrollTop = wanted;
        await until("other lanes", () => lanes.firstChild !== before);
      }
      seen.push({ order: all("#rows > .row").map((row) => row.dataset.row), beyond: text(page(), "#beyond") });
    }
    const bar = all("#rows .box.bar[data-event]").at(-1);
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

  // Goes from hit to hit by keys and buttons, and back.
  async search() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    const field = page().getElementById("search");
    const hits = () => page().getElementById("hits").textContent;
    const lookFor = (words) => {
      field.value = words;
      field.dispatchEvent(new frame.contentWindow.Event("input"));
    };
    const seen = [];
    const go = async (move) => {
      const before = place();
      move();
      await until("another place", () => place() !== before);
      seen.push([place(), hits()]);
    };
    press("/");
    const focused = page().activeElement.id;
    lookFor("APPENDED");
    const found = hits();
    await go(() => press("Enter"));
    await go(() => press("Enter"));
    await go(() => press("Enter", { shiftKey: true }));
    await go(() => press("Enter", { shiftKey: true }));
    await go(() => page().getElementById("next").click());
    const typed = press("/");
    lookFor("nothing has this");
    const none = [hits(), page().getElementById("next").disabled];
    press("Enter");
    await pause(50);
    lookFor("");
    press("Escape");
    return { focused, found, seen, typed, none, stayed: place(), left: page().activeElement.id,
             empty: hits() };
  },

  // How long a step to a random place, a scroll of the picture and of the list, and a search take.
  async pace() {
    await openPage();
    await until("events", () => eventCount() > 0 && place() === 0);
    const count = eventCount();
    const slider = page().getElementById("slider");
    const times = { step: [], scroll: [], list: [], search: [], whole: [] };
    // The work alone, with laying out what came of it: waiting for a frame says nothing of the page.
    const note = (name, start) => {
      void page().body.offsetHeight;
      times[name].push(performance.now() - start);
    };
    const atOnce = (name, what) => {
      const start = performance.now();
      what();
      note(name, start);
    };
    // What is drawn in the browser's next frame, between these two.
    const inFrame = (name, what) => new Promise((resolve) => {
      const { requestAnimationFrame } = frame.contentWindow;
      let start = 0;
      requestAnimationFrame(() => { start = performance.now(); });
      what();
      requestAnimationFrame(() => resolve(note(name, start)));
    });
    const field = page().getElementById("search");
    for (let i = 0; i < 15; ++i) {
      await inFrame("step", () => {
        slider.value = String(1 + (i * 7919 * 13) % count);
        slider.dispatchEvent(new frame.contentWindow.Event("input"));
      });
      for (const [name, selector] of [["scroll", "#picture"], ["list", "#events"]]) {
        const scroller = page().querySelector(selector);
        atOnce(name, () => {
          scroller.scrollTop = (i * 0.37 % 1) * scroller.scrollHeight;
          scroller.dispatchEvent(new frame.contentWindow.Event("scroll"));
        });
      }
    }
    for (const words of ["a", "key9", "no such words"])
      atOnce("search", () => {
        field.value = words;
        field.dispatchEvent(new frame.contentWindow.Event("input"));
      });
    // And with all of the trace in the window.
    for (let i = 0; i < 18; ++i) page().getElementById("zoom-out").click();
    for (let i = 0; i < 3; ++i) await inFrame("whole", () => press(i % 2 === 0 ? "End" : "ArrowLeft"));
    const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
    return { count, elements: page().querySelectorAll("*").length,
             median: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])) };
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
