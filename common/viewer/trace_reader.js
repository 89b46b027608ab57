// Turns the text of a trace into events, as it arrives. The format: common/base/trace.h.
//
// Pure: no page, no clock. A line that is cut short waits for its rest, so a file may be
// read while its program still writes it.
"use strict";
globalThis.strata ??= {};  // what all files share; this one is the first

strata.TraceReader = class TraceReader {
  program = null;   // from the first line; null until it was read
  badLines = 0;     // complete lines that are no event
  #decoder = new TextDecoder();
  #rest = "";

  // Takes the next bytes of the file; returns the events that they complete.
  // Throws if the file is no trace.
  add(bytes) {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop();
    if (this.program === null && lines.length > 0) this.#readHeader(lines.shift());
    return lines.map((line) => this.#readEvent(line)).filter((event) => event !== null);
  }

  #readHeader(line) {
    const header = TraceReader.#parse(line);
    if (header?.strata_trace === undefined)
      throw new Error("This is no trace: its first line does not name the format.");
    if (header.strata_trace !== 1)
      throw new Error(`This page reads traces of version 1; this one is ${header.strata_trace}.`);
    this.program = String(header.program);
  }

  #readEvent(line) {
    if (line.trim() === "") return null;
    const event = TraceReader.#parse(line);
    if (typeof event?.event === "string") return event;
    ++this.badLines;
    return null;
  }

  static #parse(line) {
    try {
      return JSON.parse(line);
    } catch {
      return null;
    }
  }
};
