// One visit: one engine from its URL to the first outputs while the main thread is watched; then, on a whole visit, the other
// engines and runs of all in turn, and a run at another input size.
import {makeInput} from '../../web/tests/model_case.mjs';

import {makeEngines} from './engines.mjs';
import {browserIsUp, countPrograms, watchMainThread} from './meters.mjs';
import {relativeDifference} from './stats.mjs';

async function timed(action) {
  const begin = performance.now();
  const value = await action();
  return {ms: performance.now() - begin, value};
}

/** Loads and runs one engine the first time. */
async function open(engine, programs) {
  const before = programs();
  const start = await timed(engine.start);
  const load = await timed(engine.load);
  const prepare = await timed(load.value.prepare);
  const first = await timed(load.value.run);
  const phases = {start: start.ms, load: load.ms, prepare: prepare.ms, first: first.ms};
  return {model: load.value, phases, outputs: first.value, programs: programs() - before};
}

/** All engines in turn, in both orders, until every one has `runs` runs or the time is over. */
async function alternate(order, models, times, {runs, steadyMs}) {
  const end = performance.now() + steadyMs;
  for (let turn = 1; turn < runs && (turn < 4 || performance.now() < end); ++turn) {
    for (const name of turn % 2 === 1 ? order : [...order].reverse()) {
      await models[name].activate?.();
      times[name].push((await timed(models[name].run)).ms);
    }
  }
}

const kRestMs = 100, kRests = 3;

/**
 * Runs that each begin after a rest, and are watched, as a first run is: processors and their threads fall asleep in one, and
 * the frames that a watched page draws take their part of both.
 */
async function afterRests(model) {
  await model.activate?.();
  const watch = watchMainThread();
  const times = [];
  for (let run = 0; run < kRests; ++run) {
    await new Promise((resolve) => setTimeout(resolve, kRestMs));
    times.push((await timed(model.run)).ms);
  }
  await watch.stop();
  return times;
}

/** The first runs at a size that nothing has been prepared for. */
async function atNewShape(model, {input: rule, newShape: shape}, programs) {
  await model.activate?.();
  const values = makeInput({...rule, shape});
  const before = programs();
  const first = (await timed(() => model.runAt(shape, values))).ms;
  const compiled = programs() - before;
  const later = [];
  for (let run = 0; run < 3; ++run) later.push((await timed(() => model.runAt(shape, values))).ms);
  return {shape, first, later, programs: compiled};
}

async function visit(job) {
  const {order, input: rule, isWhole} = job;
  const input = {...rule, values: makeInput(rule)};
  const engines = makeEngines({...job, input});
  const programs = countPrograms();
  const lead = order[0];
  await browserIsUp();

  const watch = watchMainThread();
  const opened = {[lead]: await open(engines[lead], programs)};
  const result = {lead, mainThread: await watch.stop(), runs: {}};
  if (isWhole) {
    for (const name of order.slice(1)) opened[name] = await open(engines[name], programs);
    const models = Object.fromEntries(order.map((name) => [name, opened[name].model]));
    for (const name of order) result.runs[name] = [opened[name].phases.first];
    await alternate(order, models, result.runs, job);
    if (models.texflow) result.rested = await afterRests(models.texflow);
    if (job.newShape) result.newShape = await atNewShape(models[lead], job, programs);
    const expected = opened['tfjs-webgl']?.outputs;
    result.difference = expected && opened.texflow
      ? Math.max(...expected.map((values, i) => relativeDifference(opened.texflow.outputs[i], values))) : null;
    result.tfVersion = globalThis.tf?.version.tfjs;
  }
  Object.assign(result, {phases: opened[lead].phases, programs: opened[lead].programs});
  if (lead.startsWith('texflow')) {
    const {device, phasesMs, programs: {used}, drawsPerRun, hostSteps} = opened[lead].model.report();
    Object.assign(result, {device, phasesMs, programsUsed: used, drawsPerRun, hostSteps});
  }
  return result;
}

const job = await (await fetch('/next-job')).json();
let answer;
try {
  answer = {id: job.id, ok: true, ...(await visit(job))};
} catch (error) {
  answer = {id: job.id, ok: false, note: error?.message ?? String(error)};
}
await fetch('/result', {method: 'POST', body: JSON.stringify(answer)});
