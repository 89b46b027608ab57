// Says in plain words what an event of week 1 means. Pure: no page, no clock.
"use strict";
globalThis.strata ??= {};

(() => {
  const { logModel } = strata;

  const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const syncCall = (state) => (state.disk === "real" ? "fdatasync" : "The sync");

  function frames(count) {
    return plural(count, "frame");
  }

  function opening(before, event) {
    const how = {
      always: "a write is OK only when it is durable",
      interval: "a write becomes durable within the interval, after its OK",
      never: "when a write becomes durable is up to the operating system",
    }[event.sync];
    return `The store opens on a ${event.disk} disk with --sync=${event.sync}` +
           `${how ? `: ${how}` : ""}. Recovery now reads the log.`;
  }

  function segmentFound(before, event) {
    return `Recovery found the sealed segment ${event.base}. It ends at position ${event.end}.`;
  }

  function segmentOpened(before, event, after) {
    if (after.resuming !== null)
      return `The log goes on in segment ${event.base}. What lies behind its last good frame is cut off.`;
    return `A new segment begins at position ${event.base}. A crash finds its file whole or not at all.`;
  }

  function appended(before, event) {
    return `${event.verb ? `${event.verb} ${event.key}` : "A record"} is framed and stands in the ` +
           `buffer of the process, at position ${event.position} (${event.size} bytes). ` +
           "If the process dies now, it is gone.";
  }

  function flushed(before, event) {
    return `write returned: everything before position ${event.end} is with the operating system. ` +
           "It survives the death of the process, but not a power cut.";
  }

  function synced(before, event, after) {
    if (before.resuming !== null) return resumed(before, event, after);
    if (before.durableEnd >= event.end)
      return `Nothing to sync: everything before position ${event.end} was durable already.`;
    return `${syncCall(before)} returned: everything before position ${event.end} survives a power cut.`;
  }
  function resumed(before, event, after) {
    const base = `Recovery synced what it found: everything before position ${event.end} is durable.`;
    if (!before.unsettled || before.crash.atRisk === 0) return base;
    const gone = after.crash.gone.length;
    return `${base} Of ${frames(after.crash.atRisk)} at risk, the power cut took ${gone} and left ` +
           `${after.crash.atRisk - gone}.`;
  }

  function vouched(before, event) {
    return `An empty frame at position ${event.position} vouches: all that lies before it was ` +
           "synced. Damage there cannot pass for a torn tail any more.";
  }

  function segmentSealed(before, event) {
    return `Segment ${event.base} is sealed at position ${event.end}: all of it is durable, and ` +
           "nothing is added to it.";
  }

  function segmentDropped(before, event) {
    return `Segment ${event.base} is removed: a snapshot holds what its records did.`;
  }

  function snapshotStarted(before, event) {
    return `A snapshot of the map is begun. It covers every record before position ${event.position}.`;
  }
  function snapshotWritten(before, event) {
    return `The snapshot is durable: the log before position ${event.position} is not needed any more.`;
  }

  function powerCut(before, event, after) {
    const { durableEnd, end, atRisk } = after.crash;
    const safe = `The power goes. Everything before position ${durableEnd} is safe. `;
    if (atRisk === 0) return `${safe}Nothing was at risk.`;
    return `${safe}${frames(atRisk)} (${plural(end - durableEnd, "byte")}) behind it ` +
           `${atRisk === 1 ? "was" : "were"} never synced: only recovery will tell what the disk kept.`;
  }

  function recovered(before, event, after) {
    const read = `Recovery is done: it replayed ${plural(event.records, "record")}. `;
    const tail = event.tail === "torn"
      ? `The tail was torn: ${plural(event.torn_bytes, "byte")} were cut off.`
      : `The tail was ${event.tail}.`;
    return read + tail + fate(before.recovery === null ? after.crash : null);
  }
  function fate(crash) {
    if (!crash || crash.atRisk === 0) return "";
    const torn = crash.gone.filter((frame) => logModel.goneState(crash, frame) === "torn").length;
    const lost = crash.gone.length - torn;
    return ` Of ${frames(crash.atRisk)} at risk when the power went, ` +
           `${crash.atRisk - crash.gone.length} survived, ${lost} lost, ${torn} torn.`;
  }

  const kSentences = {
    opening, segment_found: segmentFound, segment_opened: segmentOpened, appended, vouched,
    flushed, synced, segment_sealed: segmentSealed, segment_dropped: segmentDropped,
    snapshot_started: snapshotStarted, snapshot_written: snapshotWritten,
    power_cut: powerCut, recovered,
  };

  // `event` led from the state `before` to the state `after`.
  function sentence(before, event, after) {
    const say = Object.hasOwn(kSentences, event.event) ? kSentences[event.event] : null;
    return say ? say(before, event, after) : `This page does not know the event ${event.event}.`;
  }

  const kSummaries = {
    opening: (event) => `${event.disk} disk, sync ${event.sync}`,
    segment_found: (event) => `${event.base} to ${event.end}`,
    segment_opened: (event) => `${event.base}`,
    appended: (event) => `at ${event.position} ${event.verb ?? ""} ${event.key ?? ""}`,
    vouched: (event) => `at ${event.position}`,
    flushed: (event) => `to ${event.end}`,
    synced: (event) => `to ${event.end}`,
    segment_sealed: (event) => `${event.base} to ${event.end}`,
    segment_dropped: (event) => `${event.base}`,
    snapshot_started: (event) => `before ${event.position}`,
    snapshot_written: (event) => `before ${event.position}`,
    power_cut: (event) => event.how,
    recovered: (event) => `${plural(event.records, "record")}, tail ${event.tail}`,
  };

  // An event in a few words, for a list.
  function summary(event) {
    const say = Object.hasOwn(kSummaries, event.event) ? kSummaries[event.event] : null;
    return say ? say(event) : "";
  }

  strata.logSentences = { sentence, summary };
})();
