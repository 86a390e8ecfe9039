// Asks the server for jobs, runs them one after the other and sends back what came of them.
import {configure, loadGraphModel, loadLayersModel, tensor} from '../dist/texflow.mjs';

import {compareOutput, makeInput} from './model_case.mjs';
import {canvas, tests as badInput} from './bad_input.mjs';
import {runDemoPage} from './demo_page.mjs';
import {tests as layers} from './layers.mjs';
import {tests as loading} from './loading.mjs';
import {tests as preparing} from './preparing.mjs';
import {tests as running} from './running.mjs';
import {tests as suite} from './suite.mjs';
import {tests as tensors} from './tensors.mjs';
import {tests as tiers} from './tiers.mjs';
import {tests as worker} from './worker.mjs';

const tests = {...suite, ...preparing, ...running, ...tiers, ...worker, ...loading, ...layers, ...tensors, ...badInput};

async function runModelCase({testCase, modelUrl, format, values}) {
  const expected = await (await fetch(values)).arrayBuffer();
  const model = await (format === 'layers-model' ? loadLayersModel : loadGraphModel)(modelUrl);
  try {
    const inputShapes = Object.fromEntries(testCase.inputs.map(({name, shape}) => [name, shape]));
    const inputs = Object.fromEntries(testCase.inputs.map((rule) =>
      [rule.name, tensor(makeInput(rule), rule.shape, rule.dtype === 'float32' ? 'float32' : 'int32')]));
    const begin = performance.now();
    await model.prepare({inputShapes});
    const prepared = performance.now();
    const names = testCase.outputs.map(({node, name}) => node ?? name);
    const results = [await model.executeAsync(inputs, names)].flat();
    const end = performance.now();
    const compared = testCase.outputs.map((output, i) => compareOutput(output, results[i], expected));
    const problems = compared.map(({problem}) => problem).filter((problem) => problem);
    if (problems.length > 0) throw new Error(problems.join('; '));
    const worst = Math.max(...compared.map(({relL2}) => relL2));
    return `relL2 ${worst.toExponential(1)}, prepare ${Math.round(prepared - begin)} ms, first run ${Math.round(end - prepared)} ms`;
  } finally {
    model.dispose();
  }
}

async function runJob(job) {
  try {
    const kinds = {model: runModelCase, demo: runDemoPage, suite: ({id}) => tests[id]()};
    const note = await kinds[job.kind](job);
    return {id: job.id, ok: true, note: typeof note === 'string' ? note : ''};
  } catch (error) {
    return {id: job.id, ok: false, note: error?.message ?? String(error)};
  }
}

configure({canvas});
for (;;) {
  const job = await (await fetch('/next-job')).json();
  if (job === null) break;
  await fetch('/result', {method: 'POST', body: JSON.stringify(await runJob(job))});
}
