// One fresh browser: the first prediction of one engine, then both engines in turn.
import {makeInput} from '../../web/tests/model_case.mjs';

import {makeTensorFlowJs, makeTexFlow, startTensorFlowJs} from './engines.mjs';
import {relativeDifference} from './stats.mjs';

async function timed(action) {
  const begin = performance.now();
  const values = await action();
  return {ms: performance.now() - begin, values};
}

async function measure({order, modelUrl, input: rule, tfUrl, allowSoftware, steadyMs}) {
  const input = {...rule, values: makeInput(rule)};
  const engines = {texflow: await makeTexFlow(modelUrl, input)};
  // Contexts and weights on the host are there before a clock starts; shaders and textures are not.
  const tf = await startTensorFlowJs(tfUrl, allowSoftware);
  engines.tfjs = await makeTensorFlowJs(tf, modelUrl, input, engines.texflow.names);

  const first = (await timed(engines[order[0]].first)).ms;
  await engines[order[1]].first();
  const outputs = {};
  for (const name of order) outputs[name] = (await timed(engines[name].run)).values;

  const times = {texflow: [], tfjs: []};
  const end = performance.now() + steadyMs;
  for (let turn = 0; turn < 3 || (performance.now() < end && turn < 200); ++turn) {
    for (const name of turn % 2 === 0 ? order : [order[1], order[0]]) times[name].push((await timed(engines[name].run)).ms);
  }
  const difference = Math.max(...outputs.tfjs.map((values, i) => relativeDifference(outputs.texflow[i], values)));
  const report = engines.texflow.report();
  return {
    first,
    times,
    difference,
    programs: report.programs.used,
    draws: report.drawsPerRun,
    device: report.device,
    phasesMs: report.phasesMs,
    tfVersion: tf.version.tfjs,
  };
}

const job = await (await fetch('/next-job')).json();
let result;
try {
  result = {id: job.id, ok: true, ...(await measure(job))};
} catch (error) {
  result = {id: job.id, ok: false, note: error?.message ?? String(error)};
}
await fetch('/result', {method: 'POST', body: JSON.stringify(result)});
