// The page of week 4: a lane for each connection of a server, and in it a bar for each request
// from when it was asked to when it was answered.
"use strict";

(() => {
  const { wireModel, timeAxis, timeLanes, list } = strata;
  const { plural, time, capital } = strata.words;

  const kSigns = {
    get: ["G", "blue", "get", "the value of a key"],
    write: ["W", "stripes", "write", "puts and deletes, all or none"],
    scan: ["S", "dots", "scan", "the first page of entries"],
    scan_next: ["N", "dots", "next page", "of a scan; or C: to end one"],
    scan_cancel: ["C", "dots", "cancel"],
    stats: ["F", "gone", "figures", "or P: is the server there?"],
    ping: ["P", "gone", "ping"],
    flight: ["W", "stripes", "in flight", "dashed; it has no end yet", "open"],
    overtook: ["»", "blue", "overtook", "so many asked before it", "overtook"],
    error: ["W", "bad", "failed", "or lost: never answered"],
    // Phases of a connection.
    greeting: ["H", "dots", "shaking hands", ""],
    open: ["O", "good", "open", ""],
    refused: ["R", "bad", "refused", ""],
    leaving: ["E", "bad", "given up", ""],
    closed: ["X", "gone", "closed", ""],
  };
  const kPhases = {
    greeting: "no request may come yet", open: "requests may come",
    refused: "the server does not talk with it", leaving: "an error of the connection as a whole",
    closed: "it is over",
  };
  const phaseOf = ({ phase, end }) =>
    (end !== null && (phase === "open" || phase === "greeting") ? "closed" : phase);

  // --- Words -------------------------------------------------------------------------

  const kUnknown = "unknown outcome";  // the error code

  // "connection 3 (strata-load)"
  function named(state, number) {
    const client = wireModel.connectionOf(state, number)?.client;
    return `connection ${number}${client ? ` (${client})` : ""}`;
  }

  // What it means for requests that their answer never comes. The server says so, if it can.
  const doubt = ({ phase, why }) => (phase === "leaving" && why !== kUnknown
    ? "what they asked for was not done" : "a write among them may have been done, or not");

  function closed({ connection: number }, before, { at }) {
    const connection = wireModel.connectionOf(before, number);
    if (!connection) return `Connection ${number} is closed.`;
    const { asked, calls: { length: left } } = connection;
    const fate = asked === 0 ? "Nothing was asked on it"
      : left === 0 ? `All of its ${plural(asked, "request")} had been answered`
      : `${left} of its ${plural(asked, "request")} had no answer: ${doubt(connection)}`;
    return `${capital(named(before, number))} is closed, ${time(at - connection.since)} after it ` +
           `came. ${fate}.`;
  }

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

  function asked(event, before) {
    const ahead = wireModel.connectionOf(before, event.connection)?.calls.length ?? 0;
    return `${capital(named(before, event.connection))} asks, as request ${event.id}, ${wish(event)}.` +
           (ahead === 0 ? "" : ` It does not wait for the ${ahead === 1 ? "answer" : `${ahead} answers`} ` +
                               "that it has still to get.");
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

  function answered(event, before, after) {
    const { id, error } = event;
    if (id === 0) return farewell(event, before, after);
    const connection = wireModel.connectionOf(before, event.connection);
    const place = wireModel.placeOf(connection, id);
    if (place < 0)
      return `Connection ${event.connection} gets an answer to request ${id}, which is none of ` +
             "those in flight.";
    const request = connection.calls[place];
    const took = time(after.at - request.at);
    const how = error === "" ? `is answered after ${took}` : `fails after ${took}: ${error}`;
    const meaning = Object.hasOwn(kErrors, error) ? ` ${kErrors[error]}` : "";
    return `Request ${id} of ${named(before, event.connection)}, ${wish(request)}, ` +
           `${how}${order(connection, place)}.${meaning}`;
  }
  function order(connection, place) {
    const overtaken = wireModel.overtaken(connection, place);
    const were = (count) => (count === 1 ? "was" : "were");
    return (place > 0 ? `; it overtook ${place} that ${were(place)} asked before it` : "") +
           (overtaken > 0 ? `; ${overtaken} asked later ${were(overtaken)} answered before it` : "");
  }
  function farewell({ connection: number, error }, before, after) {
    const connection = wireModel.connectionOf(after, number);
    const left = connection.calls.length;
    return `The server gives up ${named(before, number)} as a whole (${error}), and closes it. ` +
           (left === 0 ? "Nothing was in flight on it."
                       : `${plural(left, "request")} on it will have no answer: ${doubt(connection)}.`);
  }

  // A request in few words: "get a", "write, 3 operations".
  function short({ kind, key, operations }) {
    if (kind === "write" && operations !== 1) return `write, ${plural(operations, "operation")}`;
    return key === "" ? kind : `${kind} ${key}`;
  }

  const kWords = {
    connected: [({ connection }, before, { lanes }) =>
      `Somebody connects: connection ${connection}. The server waits for a hello. ` +
      `${plural(lanes.length, "connection is", "connections are")} open.`, "{connection}"],
    hello: [({ client, connection }) => `${client || "A client that gives no name"} says hello on ` +
      `connection ${connection}: which versions it speaks, and whom it means to talk to.`,
            "{connection} {client}"],
    welcome: [({ connection }, before, after) => `${capital(named(before, connection))} is welcome, ` +
      `${time(after.at - wireModel.connectionOf(after, connection).since)} after it came. The server has ` +
      "told it the version they speak, and its limits.", "{connection}"],
    refusal: [({ connection, why }, before) => `${capital(named(before, connection))} is refused: ` +
      `${why || "no reason is given"}. The server closes it.`, "{connection} {why}"],
    proof: [({ connection }, before) => `${capital(named(before, connection))} sends a proof that it ` +
      "knows the server's secret. Without it, no request would be taken.", "{connection}"],
    request: [asked, (event) => `${event.connection}/${event.id} ${short(event)}`],
    response: [answered, ({ connection, id, kind, error }) => `${connection}/${id} ${error || kind}`],
    closed: [closed, "{connection}"],
  };

  function facts(state) {
    const median = wireModel.median(state);
    const codes = [...state.errors].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${count} ${code}`);
    return {
      "in flight now": state.inFlight,
      "most at once": state.mostInFlight,
      "answered": state.answered,
      "overtook": state.overtaking,
      "median latency": median === null ? "none yet" : time(median),
      "worst": state.worst === null ? "none yet" : time(state.worst),
      "errors": codes.length === 0 ? "none" : codes.join(", "),
      "never answered": state.lost,
      "connections": `${state.lanes.length} open, ${state.closed.known} closed`,
      "time": time(state.at),
    };
  }

  // --- Bars --------------------------------------------------------------------------

  const kRequests = 8;  // ordinary ones that the window is as long as
  const kFirst = 1000;  // microseconds that it is long before the first answer
  const kKept = 6;      // lanes that there are at least, though of connections long closed
  const kListed = 48;   // requests in flight that are listed

  function inWords(request, now) {
    const { lane, id, at, end, outcome, error, overtook, overtaken } = request;
    const words = [`request ${id} of connection ${lane}, ${wish(request)}`];
    if (end === undefined) words.push(`in flight for ${time(now - at)}`);
    else if (outcome === "lost")
      words.push(`never answered: the connection was closed after ${time(end - at)}`);
    else words.push(`${outcome === "error" ? `failed (${error})` : "answered"} after ${time(end - at)}`);
    if (overtook > 0) words.push(`overtook ${overtook}`);
    if (overtaken > 0) words.push(`was overtaken by ${overtaken}`);
    return words.join("; ");
  }

  // In about `room` characters. Of a long key the end: keys often begin alike.
  const textOf = ({ id, key, operations, kind, outcome, error }) => (room) => {
    if (outcome === "error") return `${id} ${error}`;
    if (outcome === "lost") return `${id} no answer`;
    if (kind === "write" && operations !== 1) return `${id} ×${operations}`;
    const left = room - `${id}`.length - 1;
    return left < 3 ? `${id}` : `${id} ${key.length > left ? `…${key.slice(1 - left)}` : key}`;
  };

  const kPatterns = { error: "bad", lost: "torn" };
  const boxOf = (now) => (request) => ({
    sign: request.kind, state: request.outcome ?? "flight", pattern: kPatterns[request.outcome],
    kind: `bar ${request.outcome ? "" : "open"} ${request.overtook > 0 ? "overtook" : ""}`,
    label: textOf(request), tail: request.overtook > 0 ? `»${request.overtook}` : "",
    title: inWords(request, now),
  });

  // The requests in flight, the oldest first.
  function lists({ lanes, inFlight, at }) {
    const all = lanes.flatMap((connection) => connection.calls.map((request, place) =>
      ({ request, overtaken: wireModel.overtaken(connection, place) })));
    const listed = all.sort((a, b) => a.request.event - b.request.event).slice(0, kListed);
    return {
      title: inFlight === 0 ? "Nothing is in flight"
        : `In flight now: ${plural(inFlight, "request")}${inFlight > 1 ? ", the oldest first" : ""}`,
      boxes: listed.map(({ request, overtaken }) => ({
        sign: request.kind, kind: "open", event: request.event, title: inWords(request, at),
        label: `${request.lane}/${request.id} ${short(request)} ${time(at - request.at)}`,
        tail: overtaken > 0 ? `overtaken by ${overtaken}` : "" })),
      more: listed.length < inFlight ? `and ${inFlight - listed.length} that are younger` : "",
    };
  }

  // --- Lanes -------------------------------------------------------------------------

  function standing(connection, now) {
    const { calls, asked: wanted, answered: count, errors, why, since } = connection;
    const failed = errors > 0 ? `, ${errors} failed` : "";
    return {
      greeting: `shaking hands for ${time(now - since)}`,
      refused: `refused: ${why}`,
      leaving: `given up: ${why}`,
      closed: `closed; ${count} answered${failed}${wanted > count ? `, ${wanted - count} never` : ""}`,
      open: `${calls.length} in flight, ${count} answered${failed}`,
    }[phaseOf(connection)];
  }

  // While hands were shaken, and while the connection was there.
  function lifeOf({ since, welcome, end }, axis) {
    const place = (at) => (at === null ? timeAxis.kNow : timeAxis.placeOf(axis, at));
    const [left, greeted] = [place(since), place(welcome ?? end)];
    const life = { kind: "life", left, right: place(end), title: "connected" };
    return greeted === left && welcome !== null ? [life]
      : [life, { kind: "greeting", sign: "greeting", left, right: greeted, title: "shaking hands" }];
  }

  function laneOf(connection, axis) {
    const phase = phaseOf(connection);
    const says = standing(connection, axis.now);
    const client = connection.client === null ? "" : connection.client || "no name";
    return { id: connection.id, sign: phase, state: phase, strong: `${connection.id}`, text: client,
             small: says,
             title: `connection ${connection.id} ${client}, ${phase}: ${kPhases[phase]}; ${says}`,
             most: connection.most, open: connection.calls.length, boxes: lifeOf(connection, axis),
             note: connection.phase === "refused" ? says : "",
             isNotable: ({ outcome }) => outcome === "error" || outcome === "lost" };
  }

  // The connections that have a lane: all that are open, those that were so on the axis, and of
  // others the latest, up to a few.
  function connectionsOf({ lanes: open, closed: over }, axis) {
    let count = open.length;
    const shown = list.tail(over, ({ end }) => (end >= axis.from || count < kKept) && ++count > 0);
    return [...shown, ...open].sort((a, b) => a.event - b.event);
  }

  const windowOf = (state, { zoom }) => timeAxis.windowOf(state.pace, kRequests, kFirst, zoom);

  function picture(state, look) {
    const axis = timeAxis.axisOf(state.at, windowOf(state, look), state.quiet);
    const calls = timeLanes.callsOn(state, axis);
    const shown = connectionsOf(state, axis);
    const before = state.closed.items.slice(0, state.closed.known + state.lanes.length - shown.length);
    const total = { kind: "total", height: 34, strong: "all connections",
                    small: `${state.inFlight} in flight; full height: ${state.mostInFlight}`,
                    boxes: [timeLanes.crowd(axis, calls, state.mostInFlight)] };
    const made = timeLanes.picture(shown.map((connection) => laneOf(connection, axis)), calls,
      { axis, look, boxOf: boxOf(state.at), says: "time since the trace began" });
    return { ...made, head: [...made.head, total], focus: state.focus, beyond: before.length === 0 ? ""
      : `${plural(before.length, "connection")} closed before this time ` +
        `${before.length === 1 ? "has" : "have"} no lane ` +
        `(${before.filter(({ phase }) => phase === "refused").length} refused).` };
  }

  strata.pages.push({
    name: "wire",
    title: "Week 4: requests in flight",
    plays: /^week04-(server|storage|coordinator)$/,
    model: wireModel, words: kWords, signs: kSigns, facts, lists, picture,
    says: "Connections",
    columns: { names: 210, aside: 0 },
    beyond: "request",
    zoom: timeAxis.zoom(windowOf),
  });
})();
