// The registry of pages, and what all of them use. A week adds its page by adding to
// strata.views; README.md says what a view is.
"use strict";
globalThis.strata ??= {};

strata.views = [];

// The view for what `program` wrote; undefined if there is none.
strata.viewFor = (program) => strata.views.find((view) => view.plays(program));

// An element with attributes and children. Text is text, never markup.
strata.make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
