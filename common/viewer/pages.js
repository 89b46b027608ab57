// The registry of pages, and the words that all of them use. README.md says what a page is.
"use strict";

(() => {
  strata.pages = [];

  // The page for what `program` wrote; undefined if there is none.
  strata.pageFor = (program) => strata.pages.find(({ plays }) => plays.test(program));

  // --- Words for numbers -------------------------------------------------------------

  const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

  function bytes(count) {
    if (count < 10_000) return `${count} bytes`;
    if (count < 1_000_000) return `${(count / 1024).toFixed(0)} KiB`;
    return `${(count / 1048576).toFixed(1)} MiB`;
  }

  function time(microseconds) {
    if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
    return microseconds < 1_000_000 ? `${(microseconds / 1000).toFixed(1)} ms`
                                    : `${(microseconds / 1_000_000).toFixed(2)} s`;
  }

  const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

  // --- Words for events --------------------------------------------------------------

  // A template is a function, or a text in which {key} stands for the event's field of that name,
  // {entries|entry|entries} for a number of things, and {size:bytes} or {took:time} for these.
  const kField = /\{(\w+)(?:\|(\w+))?(?:\|(\w+))?(?::(\w+))?\}/g;
  const kForms = { bytes, time };
  function fill(template, event, ...more) {
    if (typeof template === "function") return template(event, ...more);
    return template.replace(kField, (_, name, one, many, form) => {
      const value = event[name] ?? "";
      if (one) return plural(value, one, many);
      return form ? kForms[form](value) : String(value);
    });
  }

  const wordsOf = ({ words }, event) =>
    (Object.hasOwn(words, event.event) ? words[event.event] : null);

  // What `event` means, which led from the state `before` to the state `after`. A page's words
  // are a table: for each kind of event [sentence, summary], both templates.
  function sentence(page, event, before, after) {
    const words = wordsOf(page, event);
    if (words) return fill(words[0], event, before, after);
    return page.otherwise?.sentence(event, before, after)
      ?? `This page does not know the event "${event.event}".`;
  }

  // An event in a few words, for the list and the search.
  function summary(page, event) {
    const words = wordsOf(page, event);
    return words ? fill(words[1], event) : page.otherwise?.summary?.(event) ?? "";
  }

  strata.words = { sentence, summary, fill, plural, bytes, time, capital };
})();
