// What a GET would look at: the parts from the newest on, until one of them knows the key.
// Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { lsmModel } = strata;

  // The newest version of `key` that the trace shows in `part`; null if there is none.
  function newest(part, key) {
    let best = null;
    for (let i = 0; i < (part.known ?? 0); ++i) {
      const entry = part.entries[i];
      if (entry.key === key && entry.sequence > (best?.sequence ?? 0)) best = entry;
    }
    return best;
  }

  const holdsInRange = (part, key) =>
    lsmModel.compareKeys(part.smallest, key) <= 0 && lsmModel.compareKeys(key, part.largest) <= 0;

  function verdictOf({ kind, part }, key) {
    const entry = newest(part, key);
    if (entry) return { verdict: "answers", entry };
    if (kind === "table" && !holdsInRange(part, key)) return { verdict: "outside", entry: null };
    return { verdict: lsmModel.isComplete(part) ? "ignorant" : "untold", entry: null };
  }

  // For each part, by its id, { verdict, entry }:
  //   answers   it knows the key best; `entry` is what it knows
  //   ignorant  asked, and does not know the key
  //   untold    asked; the trace does not list what it knows
  //   outside   not asked: the key is not in the table's range
  //   spared    not asked: another has answered
  function lookUp(state, key) {
    const found = new Map();
    let answered = false;
    for (const part of lsmModel.partsOf(state)) {
      const verdict = answered ? { verdict: "spared", entry: newest(part.part, key) }
                               : verdictOf(part, key);
      found.set(part.id, verdict);
      answered ||= verdict.verdict === "answers";
    }
    return found;
  }

  // The answer of a lookUp(), in words.
  function answerOf(found, key) {
    const verdicts = [...found.values()];
    const untold = verdicts.some(({ verdict }) => verdict === "untold");
    const answer = verdicts.find(({ verdict }) => verdict === "answers");
    const unless = untold ? ", unless a table knows better whose keys this trace does not list" : "";
    if (!answer) return untold ? "The trace does not tell." : `${key} is not there: nobody knows it.`;
    const { verb, sequence } = answer.entry;
    if (verb === "DELETE") return `${key} is not there: it was deleted at ${sequence}${unless}.`;
    return `${key} has the value that was put at ${sequence}${unless}.`;
  }

  strata.lsmLookup = { lookUp, answerOf };
})();
