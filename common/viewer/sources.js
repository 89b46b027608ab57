// Where a trace comes from, and whether what is written to it later can be read too.
//
// A source is { name, follows, says, read(offset) }. read() gives { bytes, restarted }:
// the bytes from `offset` on, or, when the file has become shorter since (the program was
// started again), all of them. `follows` tells whether asking again makes sense; `says`
// puts it in words.
"use strict";

(() => {
  const kNothing = { bytes: new Uint8Array(), restarted: false };

  const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer());

  function fromUrl(url) {
    let restart = false;
    const get = async (method, headers = {}) => {
      const response = await fetch(url, { method, headers, cache: "no-store" });
      if (!response.ok && response.status !== 416)
        throw new Error(`The server answered ${response.status} for ${url}.`);
      return response;
    };
    // The file's size, or null where the server does not tell.
    const size = async () => {
      const length = (await get("HEAD")).headers.get("Content-Length");
      return length === null ? null : Number(length);
    };
    const read = async (offset) => {
      const now = offset === 0 ? null : await size();
      if (now === offset) return kNothing;
      if (now !== null && now < offset) restart = true;
      const from = restart ? 0 : offset;
      const response = await get("GET", from > 0 ? { Range: `bytes=${from}-` } : {});
      if (response.status === 416) return kNothing;
      const bytes = await bytesOf(response);
      const restarted = restart;
      restart = false;
      // A server that ignores the range sends the whole file.
      return { bytes: response.status === 206 ? bytes : bytes.subarray(from), restarted };
    };
    return { name: url, follows: true, read,
             says: "Following: asks the server every second for what is new." };
  }

  const readFile = async (file, offset) => {
    const restarted = file.size < offset;
    const part = file.slice(restarted ? 0 : offset);
    return { bytes: new Uint8Array(await part.arrayBuffer()), restarted };
  };

  // The browser lets the page look at the file again and again.
  function fromHandle(handle) {
    return { name: handle.name, follows: true,
             read: async (offset) => readFile(await handle.getFile(), offset),
             says: "Following: reads the file again every second." };
  }

  // The browser gave the page one look at the file.
  function fromFile(file) {
    return { name: file.name, follows: false, read: (offset) => readFile(file, offset),
             says: "Not following: this browser lets the page read a file only once. " +
                   "Open it again to see what is new." };
  }

  // Asks for a file. Resolves to a source, or to null if nothing was chosen. `input` is
  // the page's file input, for browsers that have no better.
  async function pick(input) {
    if (!globalThis.showOpenFilePicker) return pickWithInput(input);
    try {
      const [handle] = await globalThis.showOpenFilePicker();
      return fromHandle(handle);
    } catch (error) {
      if (error.name === "AbortError") return null;
      return pickWithInput(input);
    }
  }

  function pickWithInput(input) {
    return new Promise((resolve) => {
      input.onchange = () => resolve(input.files[0] ? fromFile(input.files[0]) : null);
      input.oncancel = () => resolve(null);
      input.value = "";
      input.click();
    });
  }

  // What was dropped on the page, as a source; null if it is no file.
  async function fromDrop(transfer) {
    const item = [...transfer.items].find((each) => each.kind === "file");
    if (!item) return null;
    const file = item.getAsFile();  // at once: the item is empty after the first wait
    const handle = await item.getAsFileSystemHandle?.().catch(() => null);
    return handle?.kind === "file" ? fromHandle(handle) : fromFile(file);
  }

  strata.sources = { fromUrl, pick, fromDrop };
})();
