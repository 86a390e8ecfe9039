#!/usr/bin/env node
// The whole first-versus-steady comparison: TexFlow beside TensorFlow.js 4.22.0 (webgl and wasm backends, default flags) in the
// same page of fresh browsers, and TexFlow natively. docs/benchmarks/README.md defines every figure.
//   run.mjs [--browser NAME ...] [--engines texflow,tfjs-webgl,tfjs-wasm] [--caches cold,warm] [--rounds N] [--runs N]
//           [--steady MS] [--timeout S] [--models DIR]
//           [--native PROGRAM] [--no-native] [--no-browser] [--browser-flags "FLAG ..."] [--json FILE] [--html FILE] [--again]
//           [MODEL ...]
// A round of a cold browser is one visit for every engine that goes first, and one of TexFlow's load and prepare in one
// call; a round of a warm one visits twice with one profile
// and counts the second. Results are merged into --json after every visit: what is there already is not measured again
// (--again measures it again), so a run can be split by models, browsers or rounds and taken up after an interruption.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {browsers, missingProgram, runJobs, startServer} from '../../web/tests/browsers.mjs';

import {models} from './models.mjs';
import {visitNative} from './native.mjs';
import {writeReport} from './report.mjs';
import {kEngines} from './summary.mjs';
import {openResults, saveResults, visitsOf} from './results.mjs';
import {coldEnvironment, findTensorFlowJs, findTensorFlowWasm} from './tensorflowjs.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options, positionals: wanted} = parseArgs({
  allowPositionals: true,
  options: {
    browser: {type: 'string', multiple: true, default: ['chromium-llvmpipe', 'chromium-swiftshader']},
    engines: {type: 'string', default: kEngines.join(',')},
    'browser-flags': {type: 'string', default: ''},
    caches: {type: 'string', default: 'cold,warm'},
    rounds: {type: 'string', default: '1'},
    runs: {type: 'string', default: '100'},
    steady: {type: 'string', default: '15000'},
    timeout: {type: 'string', default: '400'},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    native: {type: 'string', default: join(root, 'build', 'native', 'bin', 'texflow')},
    'no-native': {type: 'boolean', default: false},
    'no-browser': {type: 'boolean', default: false},
    json: {type: 'string', default: join(root, 'build', 'bench', 'results.json')},
    html: {type: 'string'},
    again: {type: 'boolean', default: false},
  },
});
const caches = options.caches.split(',');
const engines = options.engines.split(',');
const places = options['no-browser'] ? [] : options.browser;
for (const [what, given, known] of [['model', wanted, models.map(({id}) => id)], ['browser', options.browser, Object.keys(browsers)],
                                    ['engine', engines, kEngines], ['state of the caches', caches, ['cold', 'warm']]]) {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) continue;
  console.error(`Unknown ${what} '${unknown}'; known are ${known.join(', ')}.`);
  process.exit(2);
}

const rounds = Number(options.rounds), runs = Number(options.runs);
const results = openResults(options.json);
const scratch = mkdtempSync(join(tmpdir(), 'texflow-bench-'));
const tfUrl = `/models/${findTensorFlowJs(options.models)}`;
const wasmFolder = `/models/${findTensorFlowWasm(options.models)}`;
const server = await startServer({'/models/': options.models, '/': root});

/** The names of a model's outputs where its signature has them, so that all engines give them in the same order. */
function outputNames(file) {
  const {signature, userDefinedMetadata} = JSON.parse(readFileSync(join(options.models, file), 'utf8'));
  const outputs = Object.values((signature ?? userDefinedMetadata?.signature)?.outputs ?? {}).map(({name}) => name.replace(/:0$/, ''));
  return outputs.length > 0 ? outputs : null;
}

async function visit(browser, {id, file, input, newShape, layers}, order, {isWhole, env, profile}) {
  let answer = null;
  await runJobs({
    server,
    browser,
    page: '/samples/bench/page.html',
    jobs: [{
      id,
      order,
      input,
      newShape,
      layers,
      isWhole,
      runs,
      steadyMs: Number(options.steady),
      outputs: outputNames(file),
      modelUrl: `/models/${file}`,
      tfUrl,
      wasmFolder,
      allowSoftware: browser !== 'chromium-llvmpipe',
    }],
    timeoutMs: 1000 * Number(options.timeout),
    env,
    profile,
    flags: options['browser-flags'].split(' ').filter((flag) => flag !== ''),
    onResult: (_, {id: _id, ok, ...result}) => (answer = ok ? {...result, load: loadavg()[0]} : {lead: order[0], problem: result.note}),
  });
  return answer;
}

/** A visit with an empty profile and a driver that keeps nothing. */
const coldVisit = (browser, model, order) =>
    visit(browser, model, order, {isWhole: order[0] !== 'texflow-together', env: coldEnvironment});

/** The second of two visits with the same profile and the driver's cache in a folder of its own. */
async function warmVisit(browser, model, order) {
  const folder = mkdtempSync(join(scratch, 'warm-'));
  const profile = join(folder, 'profile');
  mkdirSync(profile);
  const settings = {isWhole: false, env: {MESA_SHADER_CACHE_DIR: join(folder, 'mesa')}, profile};
  await visit(browser, model, order, settings);
  const second = await visit(browser, model, order, settings);
  rmSync(folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  return second;
}

let failures = 0;

/** Before measuring: what failed is tried anew, and with --again everything is. */
function dropProblems(visits) {
  visits.splice(0, visits.length, ...visits.filter(({problem}) => !problem && !options.again));
}

function keep(model, place, cache, result) {
  visitsOf(results, model.id, place, cache).push(result);
  saveResults(options.json, results);
  if (result.problem) ++failures;
  const {phases, problem} = result;
  const ms = phases ? Object.entries(phases).map(([name, value]) => `${name} ${value.toFixed(0)} ms`).join(', ') : problem;
  console.log(`${model.id}, ${place}, ${cache}, ${result.lead}: ${ms}`);
}

async function measureBrowser(model, browser, cache) {
  const visits = visitsOf(results, model.id, browser, cache);
  dropProblems(visits);
  for (let round = 0; round < rounds; ++round) {
    for (const [turn, lead] of [...engines, ...(engines.includes('texflow') ? ['texflow-together'] : [])].entries()) {
      if (visits.filter((one) => one.lead === lead).length > round) continue;
      const others = engines.filter((name) => name !== lead);
      const order = [lead, ...((round + turn) % 2 === 0 ? others : others.reverse())];
      const measured = cache === 'cold' ? coldVisit : warmVisit;
      keep(model, browser, cache, await measured(browser, model, lead === 'texflow-together' ? [lead] : order));
    }
  }
}

function measureNative(model) {
  const settings = {program: options.native, folder: options.models, scratch, model, runs};
  for (const cache of caches) {
    const visits = visitsOf(results, model.id, 'native', cache);
    dropProblems(visits);
    for (let round = visits.length; round < rounds; ++round) keep(model, 'native', cache, visitNative(settings, cache));
  }
}

for (const model of models) {
  if (wanted.length > 0 && !wanted.includes(model.id)) continue;
  if (!existsSync(join(options.models, model.file))) {
    console.error(`${model.id}: ${model.file} is not there; make models fetches it.`);
    ++failures;
    continue;
  }
  for (const browser of places) {
    const missing = missingProgram(browser);
    if (missing) console.error(`${browser}: ${missing} is not installed.`);
    else for (const cache of caches) await measureBrowser(model, browser, cache);
  }
  if (!options['no-native'] && existsSync(options.native)) measureNative(model);
}
server.close();
rmSync(scratch, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
if (options.html) writeReport(results, options.html, options.models);
process.exit(failures > 0 ? 1 : 0);
