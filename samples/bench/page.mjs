// Measures one model with one engine in a fresh page: first prediction, then steady ones.
import {makeInput} from '../../web/tests/model_case.mjs';

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`The script ${url} does not load.`));
    document.head.append(script);
  });
}

/** → {first(), run()}; both end with all outputs on the host. The context is ready before the clock starts. */
async function makeTexFlow({modelUrl, testCase}) {
  const {loadGraphModel, tensor} = await import('../../web/dist/texflow.mjs');
  const model = await loadGraphModel(modelUrl);
  const inputs = Object.fromEntries(testCase.inputs.map((rule) => [rule.name, tensor(makeInput(rule), rule.shape, rule.dtype)]));
  const inputShapes = Object.fromEntries(testCase.inputs.map(({name, shape}) => [name, shape]));
  const run = async () => model.executeAsync(inputs);
  return {
    first: async () => {
      await model.prepare({inputShapes});
      await run();
    },
    run,
    programs: () => model.report().programs.compiled,
  };
}

async function makeTensorFlowJs({modelUrl, testCase, tfUrl}) {
  await loadScript(tfUrl);
  const tf = globalThis.tf;
  await tf.setBackend('webgl');
  await tf.ready();
  const model = await tf.loadGraphModel(modelUrl);
  const inputs = Object.fromEntries(testCase.inputs.map((rule) => [rule.name, tf.tensor(makeInput(rule), rule.shape, rule.dtype)]));
  // execute() where the graph allows it: that is what predict() calls, and it is the faster of the two.
  let isAsync = false;
  const call = async () => {
    if (!isAsync) {
      try {
        return model.execute(inputs);
      } catch (error) {
        if (!/executeAsync/.test(error.message)) throw error;
        isAsync = true;
      }
    }
    return model.executeAsync(inputs);
  };
  const run = async () => {
    const outputs = [await call()].flat();
    for (const output of outputs) {
      output.dataSync();
      output.dispose();
    }
  };
  return {first: run, run, programs: () => null};
}

async function measure(job) {
  const engine = await (job.engine === 'texflow' ? makeTexFlow(job) : makeTensorFlowJs(job));
  let begin = performance.now();
  await engine.first();
  const first = performance.now() - begin;
  const times = [];
  const end = performance.now() + job.steadyMs;
  while (times.length < 3 || (performance.now() < end && times.length < 100)) {
    begin = performance.now();
    await engine.run();
    times.push(performance.now() - begin);
  }
  return {first, steady: median(times), runs: times.length, programs: engine.programs()};
}

const job = await (await fetch('/next-job')).json();
let result;
try {
  result = {id: job.id, ok: true, ...(await measure(job))};
} catch (error) {
  result = {id: job.id, ok: false, note: error.message};
}
await fetch('/result', {method: 'POST', body: JSON.stringify(result)});
