#!/usr/bin/env node
// Single kernels of TexFlow with 1, 4 and 8 stripes beside TensorFlow.js 4.22.0 (WebGL), in turn in fresh browsers.
//   kernels_run.mjs [--browser NAME ...] [--browser-flags "FLAG ..."] [--rounds N] [--budget MS] [--stripes P ...] [--models DIR]
//                  [--json FILE] [--processor]
// Figures are the shortest of all runs; --processor adds the mean processor time of the whole browser, which other work on the
// machine does not touch.
import {writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {runJobs, startServer} from '../../web/tests/browsers.mjs';

import {kernels} from './kernel_graph.mjs';
import {relativeDifference} from './stats.mjs';
import {coldEnvironment, findTensorFlowJs} from './tensorflowjs.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options} = parseArgs({
  options: {
    browser: {type: 'string', multiple: true, default: ['chromium-llvmpipe', 'chromium-swiftshader']},
    'browser-flags': {type: 'string', default: ''},
    rounds: {type: 'string', default: '3'},
    budget: {type: 'string', default: '2000'},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    json: {type: 'string'},
    processor: {type: 'boolean', default: false},
    stripes: {type: 'string', multiple: true, default: ['1', '4', '8']},
  },
});

const tfUrl = `/models/${findTensorFlowJs(options.models)}`;
const server = await startServer({'/models/': options.models, '/': root});
const configurations = [
  {id: 'TF.js', engine: 'tfjs', tfUrl},
  ...options.stripes.map((stripes) => ({id: `P = ${stripes}`, engine: 'texflow', stripes: Number(stripes)})),
];
const all = [];

for (const browser of options.browser) {
  const best = {};  // By configuration, then kernel: {ms, cpuMs}.
  let device = null;
  let worst = 0;
  for (let round = 0; round < Number(options.rounds); ++round) {
    const expected = {};
    for (const configuration of configurations) {
      let answer = null;
      await runJobs({
        server,
        browser,
        page: '/samples/bench/kernels.html',
        jobs: [{...configuration, allowSoftware: browser !== 'chromium-llvmpipe', budgetMs: Number(options.budget)}],
        timeoutMs: 300000,
        env: coldEnvironment,
        flags: options['browser-flags'].split(' ').filter((flag) => flag !== ''),
        onResult: (_, result) => (answer = result),
      });
      if (!answer.ok) throw new Error(`${browser}, ${configuration.id}: ${answer.note}`);
      device = answer.device ?? device;
      const times = (best[configuration.id] ??= {});
      for (const [name, {ms, cpuMs, values}] of Object.entries(answer.results)) {
        const before = times[name] ?? {ms: Infinity, cpuMs: Infinity};
        times[name] = {ms: Math.min(before.ms, ms), cpuMs: Math.min(before.cpuMs, cpuMs)};
        if (configuration.engine === 'tfjs') expected[name] = values;
        worst = Math.max(worst, relativeDifference(values, expected[name]));
      }
    }
  }
  const ids = configurations.map(({id}) => id);
  console.log(`\n${browser}: ${device.renderer}; largest relative difference ${worst.toExponential(0)}\n`);
  const last = ids.at(-1);
  for (const [key, unit] of options.processor ? [['ms', 'ms'], ['cpuMs', 'processor ms']] : [['ms', 'ms']]) {
    console.log(`| ${unit} | ${ids.join(' | ')} | TF.js / ${last} |\n|${'---|'.repeat(ids.length + 2)}`);
    for (const name of Object.keys(kernels)) {
      const ratio = best['TF.js'][name][key] / best[last][name][key];
      console.log(`| ${name} | ${ids.map((id) => best[id][name][key].toFixed(2)).join(' | ')} | ${ratio.toFixed(1)} |`);
    }
    console.log('');
  }
  all.push({browser, device, best, worst});
  if (options.json) writeFileSync(options.json, JSON.stringify(all, null, 1));
}
server.close();
