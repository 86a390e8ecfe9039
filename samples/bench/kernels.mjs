// Milliseconds of single kernels in this browser. Opened by hand it measures TexFlow and shows a table (?stripes=N: draw buffers
// of a draw); kernels_run.mjs opens it for every engine in turn.
import {makeTensorFlowJs, makeTexFlow, startTensorFlowJs} from './engines.mjs';
import {chain, kernels} from './kernel_graph.mjs';

const kShort = 1, kLong = 17;
const kInput = {name: 'x', shape: [1], dtype: 'float32', values: Float32Array.of(0.25)};

async function timed(action) {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

/** Milliseconds of one run: the shortest of many, since other load only ever adds, and the mean of the processor time. */
async function measureRun(run, budgetMs, processorSeconds) {
  let ms = Infinity;
  let count = 0;
  const cpuBegin = await processorSeconds();
  for (const end = performance.now() + budgetMs; count < 5 || performance.now() < end; ++count) {
    ms = Math.min(ms, await timed(run));
  }
  return {ms, cpuMs: 1000 * (await processorSeconds() - cpuBegin) / count};
}

/** One kernel: the difference of a long and a short chain. */
async function measureKernel(make, kernel, budgetMs, processorSeconds) {
  const short = await make(chain(kernel, kShort)), long = await make(chain(kernel, kLong));
  await short.first();
  const [values] = await long.first();
  const ofShort = await measureRun(short.run, budgetMs / 2, processorSeconds);
  const ofLong = await measureRun(long.run, budgetMs, processorSeconds);
  short.dispose();
  long.dispose();
  const share = (key) => (ofLong[key] - ofShort[key]) / (kLong - kShort);
  return {ms: share('ms'), cpuMs: share('cpuMs'), values: [...values]};
}

async function measure({engine, stripes = 0, tfUrl, allowSoftware, budgetMs = 2000, processorSeconds = async () => 0},
                       onKernel = () => {}) {
  let device = null;
  let make;
  if (engine === 'tfjs') {
    const tf = await startTensorFlowJs(tfUrl, allowSoftware);
    make = (handler) => makeTensorFlowJs(tf, handler, kInput, ['y']);
  } else {
    make = async (handler) => {
      const model = await makeTexFlow(handler, kInput, {stripes: device ? 0 : stripes});
      device = model.report().device;
      return model;
    };
  }
  const results = {};
  for (const [name, kernel] of Object.entries(kernels)) {
    results[name] = await measureKernel(make, kernel, budgetMs, processorSeconds);
    onKernel(name, results[name].ms, device);
  }
  return {device, results};
}

function showRow(name, ms, {renderer, stripes}) {
  document.getElementById('device').textContent = `${renderer}, ${stripes} stripes`;
  const row = document.getElementById('table').insertRow();
  row.insertCell().textContent = name;
  row.insertCell().textContent = ms.toFixed(2);
}

const asked = await fetch('/next-job').catch(() => ({ok: false}));
if (asked.ok) {
  const job = await asked.json();
  const processorSeconds = async () => (await fetch('/processor-seconds')).json();
  const answer = await measure({...job, processorSeconds}).then((value) => ({ok: true, ...value}), (error) => ({ok: false, note: error.message}));
  await fetch('/result', {method: 'POST', body: JSON.stringify({id: job.id, ...answer})});
} else {
  const stripes = Number(new URLSearchParams(location.search).get('stripes') ?? 0);
  await measure({engine: 'texflow', stripes}, showRow).catch((error) => {
    document.getElementById('device').textContent = error.message;
  });
}
