#!/usr/bin/env node
// First and steady predictions of TexFlow and TensorFlow.js 4.22.0 (WebGL backend, default flags) in the same Chromium.
//   run.mjs [--browser NAME] [--browser-flags "FLAG ..."] [--rounds N] [--steady MS] [--timeout S] [--models DIR]
//           [--json FILE] [--markdown FILE] [MODEL ...]
// A round is two fresh browsers for every model, with an empty profile and without the driver's shader cache: each measures
// the first prediction of one engine (TexFlow's with its prepare), then runs of both in turn. MODEL: names of models.mjs.
import {writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {browsers, runJobs, startServer} from '../../web/tests/browsers.mjs';

import {models} from './models.mjs';
import {geometricMean, median} from './stats.mjs';
import {coldEnvironment, findTensorFlowJs} from './tensorflowjs.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options, positionals: wanted} = parseArgs({
  allowPositionals: true,
  options: {
    browser: {type: 'string', default: 'chromium-llvmpipe'},
    'browser-flags': {type: 'string', default: ''},
    rounds: {type: 'string', default: '3'},
    steady: {type: 'string', default: '3000'},
    timeout: {type: 'string', default: '300'},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    json: {type: 'string'},
    markdown: {type: 'string'},
  },
});
const unknown = wanted.find((id) => !models.some((model) => model.id === id));
if (unknown || !(options.browser in browsers)) {
  const [what, known] = unknown ? [`model '${unknown}'`, models.map(({id}) => id)] :
                                  [`browser '${options.browser}'`, Object.keys(browsers)];
  console.error(`Unknown ${what}; known are ${known.join(', ')}.`);
  process.exit(2);
}

const tfUrl = `/models/${findTensorFlowJs(options.models)}`;
const server = await startServer({'/models/': options.models, '/': root});

async function measure(order, {id, file, input}) {
  let answer = null;
  await runJobs({
    server,
    browser: options.browser,
    page: '/samples/bench/page.html',
    jobs: [{
      id,
      order,
      input,
      modelUrl: `/models/${file}`,
      tfUrl,
      allowSoftware: options.browser !== 'chromium-llvmpipe',
      steadyMs: Number(options.steady),
    }],
    timeoutMs: 1000 * Number(options.timeout),
    env: coldEnvironment,
    flags: options['browser-flags'].split(' ').filter((flag) => flag !== ''),
    onResult: (_, result) => (answer = result),
  });
  return answer;
}

/** All rounds of one model → its row, or {id, problem}. */
async function compare(model) {
  const first = {texflow: [], tfjs: []}, steady = {texflow: [], tfjs: []};
  let last = null;
  for (let round = 0; round < Number(options.rounds); ++round) {
    for (const order of round % 2 === 0 ? [['texflow', 'tfjs'], ['tfjs', 'texflow']] : [['tfjs', 'texflow'], ['texflow', 'tfjs']]) {
      const result = await measure(order, model);
      if (!result.ok) return {id: model.id, problem: result.note};
      first[order[0]].push(result.first);
      for (const name of order) steady[name].push(...result.times[name]);
      last = result;
    }
  }
  const {programs, draws, difference, device, phasesMs, tfVersion} = last;
  return {
    id: model.id,
    size: model.input.shape.slice(1, -1).join('x'),
    first: {texflow: median(first.texflow), tfjs: median(first.tfjs), ratio: median(first.tfjs) / median(first.texflow), all: first},
    steady: {texflow: median(steady.texflow), tfjs: median(steady.tfjs), ratio: median(steady.tfjs) / median(steady.texflow),
             all: steady},
    programs,
    draws,
    difference,
    device,
    phasesMs,
    tfVersion,
    load: loadavg()[0],
  };
}

const heading = ['model', 'first: TexFlow', 'TF.js', 'ratio', 'steady: TexFlow', 'TF.js', 'ratio', 'programs', 'draws', 'difference'];
const lines = [`| ${heading.join(' | ')} |`, `|${'---|'.repeat(heading.length)}`];
const rows = [];
const digits = (ms) => ms.toFixed(ms < 10 ? 1 : 0);

function cells({id, size, first, steady, programs, draws, difference, problem}) {
  if (problem) return [id, `failed: ${problem.replaceAll('|', '/').replaceAll('\n', ' ')}`];
  const pair = ({texflow, tfjs, ratio}) => [`${digits(texflow)} ms`, `${digits(tfjs)} ms`, ratio.toFixed(2)];
  return [`${id}, ${size}`, ...pair(first), ...pair(steady), programs, draws, difference.toExponential(0)];
}

function summary() {
  const done = rows.filter(({problem}) => !problem);
  if (done.length === 0) return 'No model was measured.';
  const of = (key) => done.map((row) => row[key].ratio);
  const worst = done.reduce((a, b) => (b.steady.ratio < a.steady.ratio ? b : a));
  return `Geometric means of TF.js / TexFlow over ${done.length} models: first ${geometricMean(of('first')).toFixed(2)}, ` +
         `steady ${geometricMean(of('steady')).toFixed(2)}; smallest steady ratio ${worst.steady.ratio.toFixed(2)} (${worst.id}).`;
}

// Files are written after every model: an interrupted comparison keeps what it has.
function save() {
  const {device, tfVersion} = rows.find((row) => row.device) ?? {};
  if (options.json) {
    const {browser, rounds, steady} = options;
    writeFileSync(options.json, JSON.stringify({browser, rounds, steadyMs: steady, device, tfVersion, rows, summary: summary()}, null, 1));
  }
  if (options.markdown) writeFileSync(options.markdown, `${lines.join('\n')}\n\n${summary()}\n`);
}

console.log(lines.join('\n'));
for (const model of models) {
  if (wanted.length > 0 && !wanted.includes(model.id)) continue;
  rows.push(existsSync(join(options.models, model.file)) ? await compare(model) :
                                                           {id: model.id, problem: `${model.file} is not there; make models fetches it`});
  lines.push(`| ${cells(rows.at(-1)).join(' | ')} |`);
  console.log(lines.at(-1));
  save();
}
server.close();
console.log(`\n${summary()}`);
process.exit(rows.some(({problem}) => problem) ? 1 : 0);
