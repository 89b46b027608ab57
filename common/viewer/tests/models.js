// The scripts of harness.js that ask a model alone, without the page.
"use strict";

const modelScripts = {
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
    const { wireModel, timeAxis, timeLanes, list } = frame.contentWindow.strata;
    const events = await eventsOfTrace();
    const states = [wireModel.empty()];
    events.forEach((event, index) => states.push(wireModel.step(states.at(-1), event, index)));
    const shown = (connection) => [connection.id, connection.calls.map((request, place) =>
      ({ id: request.id, slot: request.slot, overtaken: wireModel.overtaken(connection, place) }))];
    const axes = [1, 10, 100, 1000, 10_000, 100_000].map((window) => {
      const { at, quiet } = states.at(-1);
      const axis = timeAxis.axisOf(at, window, quiet);
      const requests = timeLanes.callsOn(states.at(-1), axis);
      return { window, pieces: axis.pieces, ticks: timeAxis.ticksOf(axis), cuts: timeAxis.cutsOf(axis),
               labels: timeAxis.drawn(axis, { width: 800 }).head[0].labels, on: requests.length,
               highest: Math.max(...timeLanes.peaksOf(axis, requests)) };
    });
    // Only now: what later steps did must not show in earlier states.
    return { axes, states: states.map((state) => ({
      at: state.at, flight: Object.fromEntries(state.lanes.map(shown)), in_flight: state.inFlight,
      most: state.mostInFlight, answered: state.answered, overtaking: state.overtaking,
      lost: state.lost, errors: Object.fromEntries(state.errors), worst: state.worst,
      median: wireModel.median(state), closed: state.closed.known,
      ended: list.seen(state.done)
        .map(({ lane, id, outcome, overtook, overtaken }) =>
          `${lane}/${id} ${outcome} ${overtook} ${overtaken}`) })) };
  },

  // The zones of the key "k", without the page.
  async history_zones() {
    await openPage();
    await until("events", () => eventCount() > 0);
    const { historyModel } = frame.contentWindow.strata;
    const { zones, clashes } = historyModel.zonesOf(
      (await eventsOfTrace()).reduce(historyModel.step, historyModel.empty()), "k");
    return { zones: zones.map(({ value, isClash, slot }) => ({ value, clash: isClash, slot })),
             clashes: clashes.map(({ at, end }) => [at, end]) };
  },
};
