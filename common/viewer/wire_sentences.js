// Says in plain words what an event of week 4 means. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { wireModel } = strata;

  const kUnknown = "unknown outcome";  // the error code

  const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

  function time(microseconds) {
    if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
    return microseconds < 1_000_000 ? `${(microseconds / 1000).toFixed(1)} ms`
                                    : `${(microseconds / 1_000_000).toFixed(2)} s`;
  }

  // --- Connections -------------------------------------------------------------------

  // "connection 3 (strata-load)"
  function named(state, number) {
    const client = wireModel.connectionOf(state, number)?.client;
    return `connection ${number}${client ? ` (${client})` : ""}`;
  }
  const capital = (text) => text[0].toUpperCase() + text.slice(1);

  const connected = (before, event, after) =>
    `Somebody connects: connection ${event.connection}. The server waits for a hello. ` +
    `${plural(after.open.length, "connection is", "connections are")} open.`;
  const hello = (before, event) =>
    `${event.client || "A client that gives no name"} says hello on connection ${event.connection}: ` +
    "which versions it speaks, and whom it means to talk to.";
  function welcome(before, event, after) {
    const { since } = wireModel.connectionOf(after, event.connection);
    return `${capital(named(before, event.connection))} is welcome, ${time(after.at - since)} after it ` +
           "came. The server has told it the version they speak, and its limits.";
  }
  const refusal = (before, event) =>
    `${capital(named(before, event.connection))} is refused: ${event.why || "no reason is given"}. ` +
    "The server closes it.";
  const proof = (before, event) =>
    `${capital(named(before, event.connection))} sends a proof that it knows the server's secret. ` +
    "Without it, no request would be taken.";

  // What it means for requests that their answer never comes. The server says so, if it can.
  const doubt = (connection) =>
    (connection.phase === "leaving" && connection.why !== kUnknown
      ? "what they asked for was not done" : "a write among them may have been done, or not");

  function closed(before, event, after) {
    const connection = wireModel.connectionOf(before, event.connection);
    if (!connection) return `Connection ${event.connection} is closed.`;
    const left = connection.requests.length;
    const fate = connection.asked === 0 ? "Nothing was asked on it"
      : left === 0 ? `All of its ${plural(connection.asked, "request")} had been answered`
      : `${left} of its ${plural(connection.asked, "request")} had no answer: ${doubt(connection)}`;
    return `${capital(named(before, event.connection))} is closed, ` +
           `${time(after.at - connection.since)} after it came. ${fate}.`;
  }

  // --- Requests ----------------------------------------------------------------------

  // What a request wants: "for the value of "a"".
  const kWishes = {
    get: ({ key }) => `for the value of "${key}"`,
    write: ({ key, operations }) =>
      (operations === 1 ? `to write "${key}"`
                        : `to do a batch of ${plural(operations, "operation")}, all or none`),
    scan: ({ key }) => `for the entries ${key === "" ? "from the first key on" : `from "${key}" on`}`,
    scan_next: () => "for the next page of a scan",
    scan_cancel: () => "to end a scan before its last page",
    stats: () => "for the server's figures",
    ping: () => "whether the server is there",
  };
  const wish = (request) =>
    (Object.hasOwn(kWishes, request.kind) ? kWishes[request.kind](request) : `for "${request.kind}"`);

  function asked(before, event) {
    const ahead = wireModel.connectionOf(before, event.connection)?.requests.length ?? 0;
    const pipelined = ahead === 0 ? ""
      : ` It does not wait for the ${ahead === 1 ? "answer" : `${ahead} answers`} that it has still to get.`;
    return `${capital(named(before, event.connection))} asks, as request ${event.id}, ${wish(event)}.` +
           pipelined;
  }

  // What an error means for whoever asked.
  const kErrors = {
    [kUnknown]: "The write may have been done, or not.",
    "deadline passed": "Its time was over before its turn came, so it was not begun.",
    "conflict": "A condition of the write did not hold, so nothing was written.",
    "unavailable": "It was not done; it may be asked again.",
    "not the leader": "Another server must be asked.",
    "wrong shard": "Another server has these keys.",
  };

  function response(before, event, after) {
    if (event.id === 0) return farewell(before, event, after);
    const connection = wireModel.connectionOf(before, event.connection);
    const place = wireModel.placeOf(connection, event.id);
    if (place < 0)
      return `Connection ${event.connection} gets an answer to request ${event.id}, which is none ` +
             "of those in flight.";
    const request = connection.requests[place];
    const what = `Request ${event.id} of ${named(before, event.connection)}, ${wish(request)},`;
    const took = time(after.at - request.at);
    const how = event.error === "" ? `is answered after ${took}`
                                   : `fails after ${took}: ${event.error}`;
    const meaning = Object.hasOwn(kErrors, event.error) ? ` ${kErrors[event.error]}` : "";
    return `${what} ${how}${order(connection, place)}.${meaning}`;
  }
  function order(connection, place) {
    const overtaken = wireModel.overtaken(connection, place);
    const were = (count) => (count === 1 ? "was" : "were");
    return (place > 0 ? `; it overtook ${place} that ${were(place)} asked before it` : "") +
           (overtaken > 0 ? `; ${overtaken} asked later ${were(overtaken)} answered before it` : "");
  }

  function farewell(before, event, after) {
    const connection = wireModel.connectionOf(after, event.connection);
    const left = connection.requests.length;
    return `The server gives up ${named(before, event.connection)} as a whole (${event.error}), and ` +
           "closes it. " +
           (left === 0 ? "Nothing was in flight on it."
                       : `${plural(left, "request")} on it will have no answer: ${doubt(connection)}.`);
  }

  const kSentences = {
    connected, hello, welcome, refusal, proof, request: asked, response, closed,
  };

  // `event` led from the state `before` to the state `after`.
  function sentence(before, event, after) {
    const say = Object.hasOwn(kSentences, event.event) ? kSentences[event.event] : null;
    return say ? say(before, event, after) : `This page does not know the event "${event.event}".`;
  }

  // --- In a few words ----------------------------------------------------------------

  // A request: "get a", "write, 3 operations".
  function short({ kind, key, operations }) {
    if (kind === "write" && operations !== 1) return `write, ${plural(operations, "operation")}`;
    return key === "" ? kind : `${kind} ${key}`;
  }

  const kSummaries = {
    connected: ({ connection }) => `${connection}`,
    hello: ({ connection, client }) => `${connection} ${client}`,
    welcome: ({ connection }) => `${connection}`,
    refusal: ({ connection, why }) => `${connection} ${why}`,
    proof: ({ connection }) => `${connection}`,
    request: (event) => `${event.connection}/${event.id} ${short(event)}`,
    response: ({ connection, id, kind, error }) => `${connection}/${id} ${error || kind}`,
    closed: ({ connection }) => `${connection}`,
  };

  // An event in a few words, for a list.
  function summary(event) {
    const say = Object.hasOwn(kSummaries, event.event) ? kSummaries[event.event] : null;
    return say ? say(event) : "";
  }

  strata.wireSentences = { sentence, summary, short, wish, time, plural };
})();
