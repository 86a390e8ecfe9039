#!/usr/bin/env node
// From "model loaded" to the first result: TexFlow with two tiers beside TensorFlow.js 4.22.0 (wasm and webgl backends), each in
// a fresh browser; then the switch to the GPU, run by run.
//   tiers_run.mjs [--browser NAME ...] [--engines a,b,c] [--budget MS] [--models DIR] [--json FILE] [MODEL ...]
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {runJobs, startServer} from '../../web/tests/browsers.mjs';

import {models} from './models.mjs';
import {coldEnvironment, findTensorFlowJs, findTensorFlowWasm} from './tensorflowjs.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options, positionals: wanted} = parseArgs({
  allowPositionals: true,
  options: {
    browser: {type: 'string', multiple: true, default: ['chromium-llvmpipe']},
    engines: {type: 'string', default: 'texflow-tiered,tfjs-wasm,tfjs-webgl'},
    budget: {type: 'string', default: '20000'},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    json: {type: 'string'},
  },
});
const engines = options.engines.split(',');
const server = await startServer({'/models/': options.models, '/': root});
const paths = {tfUrl: `/models/${findTensorFlowJs(options.models)}`, wasmFolder: `/models/${findTensorFlowWasm(options.models)}`};
const all = options.json && existsSync(options.json) ? JSON.parse(readFileSync(options.json, 'utf8')) : {};

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const shown = (ms) => (ms === undefined ? '-' : ms.toFixed(1));
const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Times of the runs of each tier, and the slowest run from the switch on over the slower tier's median. */
function tierTimes({runs, tiers}) {
  const of = (tier) => runs.filter((_, i) => i > 0 && tiers[i] === tier);
  const host = of('host'), gl = of('gl');
  const first = tiers.indexOf('gl');
  const medians = {host: host.length ? median(host) : undefined, gl: gl.length ? median(gl) : undefined};
  const slower = Math.max(medians.host ?? 0, medians.gl ?? 0);
  return {...medians, before: first, worst: first < 0 ? undefined : Math.max(...runs.slice(first)) / slower};
}

for (const browser of options.browser) {
  const results = (all[browser] ??= {});
  for (const {id, file, input, layers} of models) {
    if (wanted.length > 0 && !wanted.includes(id)) continue;
    if (!existsSync(join(options.models, file))) continue;
    for (const engine of engines) {
      await runJobs({
        server,
        browser,
        page: '/samples/bench/tiers.html',
        jobs: [{id: `${id} ${engine}`, engine, input, ...paths, modelUrl: `/models/${file}`, layers, outputs: null,
          allowSoftware: browser !== 'chromium-llvmpipe', budgetMs: engine === 'texflow-tiered' ? Number(options.budget) : 2000}],
        timeoutMs: 300000,
        env: coldEnvironment,
        onResult: (_, result) => ((results[id] ??= {})[engine] = result),
      });
      if (!results[id][engine].ok) console.error(`${browser}, ${id}, ${engine}: ${results[id][engine].note}`);
    }
    if (options.json) writeFileSync(options.json, JSON.stringify(all, null, 1));
  }
  console.log(`\n${browser}: first result after loading, ms; steady medians; the switch\n`);
  console.log('| model | TexFlow, tiered | TF.js wasm | TF.js webgl | TexFlow / wasm | host median | GPU median | TF.js wasm median | ' +
              'runs before the switch | slowest run after it / slower median | difference |');
  console.log(`|${'---|'.repeat(11)}`);
  const ratios = [], webglRatios = [];
  for (const [id, row] of Object.entries(results)) {
    const ours = row['texflow-tiered'], wasm = row['tfjs-wasm'], webgl = row['tfjs-webgl'];
    if (!ours?.ok) continue;
    const times = tierTimes(ours);
    if (wasm?.ok) ratios.push(ours.firstMs / wasm.firstMs);
    if (webgl?.ok) webglRatios.push(webgl.firstMs / ours.firstMs);
    console.log(`| ${id} | ${shown(ours.firstMs)} | ${shown(wasm?.firstMs)} | ${shown(webgl?.firstMs)} | ` +
                `${wasm?.ok ? (ours.firstMs / wasm.firstMs).toFixed(2) : '-'} | ${shown(times.host)} | ${shown(times.gl)} | ` +
                `${wasm?.ok ? shown(median(wasm.runs.slice(1))) : '-'} | ${times.before} | ${times.worst?.toFixed(2) ?? '-'} | ` +
                `${ours.worstDifference.toExponential(0)} |`);
  }
  if (ratios.length > 0) console.log(`\nTexFlow / TF.js wasm, geometric mean of ${ratios.length}: ${geometricMean(ratios).toFixed(2)}`);
  if (webglRatios.length > 0) {
    console.log(`TF.js webgl / TexFlow, geometric mean of ${webglRatios.length}: ${geometricMean(webglRatios).toFixed(1)}`);
  }
}
server.close();
