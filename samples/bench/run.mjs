#!/usr/bin/env node
// First and steady predictions of TexFlow and TensorFlow.js (WebGL) in the same Chromium, alternating, a fresh browser each.
//   run.mjs [--browser NAME] [--rounds N] [--steady MS] [--models DIR] [--cases DIR] [CASE ...]
// TensorFlow.js is looked for in DIR/node_modules/@tensorflow/tfjs; --fetch lets npm bring version 4.22.0 there.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {runJobs, startServer} from '../../web/tests/browsers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options, positionals: wanted} = parseArgs({
  allowPositionals: true,
  options: {
    browser: {type: 'string', default: 'chromium-llvmpipe'},
    rounds: {type: 'string', default: '3'},
    steady: {type: 'string', default: '2000'},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    cases: {type: 'string', default: join(root, '..', 'shared', 'models')},
    fetch: {type: 'boolean', default: false},
  },
});

const tfjs = join(options.models, 'node_modules', '@tensorflow', 'tfjs');
if (!existsSync(tfjs) && options.fetch) {
  mkdirSync(tfjs, {recursive: true});
  execFileSync('npm', ['pack', '--silent', '@tensorflow/tfjs@4.22.0'], {cwd: tfjs, stdio: ['ignore', 'ignore', 'inherit']});
  const tarball = readdirSync(tfjs).find((file) => file.endsWith('.tgz'));
  execFileSync('tar', ['xzf', tarball, '--strip-components=1'], {cwd: tfjs});
  rmSync(join(tfjs, tarball));
}
if (!existsSync(tfjs)) {
  console.error(`TensorFlow.js is not in ${tfjs}; run again with --fetch.`);
  process.exit(2);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}

const {models, cases} = JSON.parse(readFileSync(join(options.cases, 'cases.json'), 'utf8'));
// Of every graph-model that is there the case that bears its name.
const chosen = cases.flatMap((testCase) => {
  const {package: name, path, format, packed} = models.find(({id}) => id === testCase.model);
  const file = `node_modules/${name}/${path}`;
  const isWanted = wanted.length > 0 ? wanted.includes(testCase.id) : testCase.id === testCase.model;
  return isWanted && format === 'graph-model' && !packed && existsSync(join(options.models, file)) ? [{testCase, file}] : [];
});

const server = await startServer({'/models/': options.models, '/': root});

async function measure(engine, {testCase, file}) {
  let answer = null;
  await runJobs({
    server,
    browser: options.browser,
    page: '/samples/bench/page.html',
    jobs: [{
      id: testCase.id,
      engine,
      testCase,
      modelUrl: `/models/${file}`,
      tfUrl: '/models/node_modules/@tensorflow/tfjs/dist/tf.min.js',
      steadyMs: Number(options.steady),
    }],
    timeoutMs: 180000,
    onResult: (_, result) => (answer = result),
  });
  return answer;
}

const ratios = {first: [], steady: []};
console.log(`${'model'.padEnd(24)} first ms: TexFlow  TF.js  ratio   steady ms: TexFlow  TF.js  ratio   programs`);
for (const item of chosen) {
  const results = {texflow: [], tfjs: []};
  let failure = null;
  for (let round = 0; round < Number(options.rounds) && !failure; ++round) {
    for (const engine of round % 2 === 0 ? ['texflow', 'tfjs'] : ['tfjs', 'texflow']) {
      const result = await measure(engine, item);
      if (!result.ok) failure = `${engine}: ${result.note}`;
      results[engine].push(result);
    }
  }
  if (failure) {
    console.log(`${item.testCase.id.padEnd(24)} ${failure}`);
    continue;
  }
  const columns = ['first', 'steady'].map((key) => {
    const [ours, theirs] = ['texflow', 'tfjs'].map((engine) => median(results[engine].map((result) => result[key])));
    ratios[key].push(theirs / ours);
    return `${ours.toFixed(1).padStart(17)}${theirs.toFixed(1).padStart(7)}${(theirs / ours).toFixed(2).padStart(7)}`;
  });
  console.log(`${item.testCase.id.padEnd(24)} ${columns.join('   ')}   ${String(results.texflow[0].programs).padStart(8)}`);
}
server.close();
if (ratios.first.length > 0) {
  console.log(`Geometric means of TF.js / TexFlow: first ${geometricMean(ratios.first).toFixed(2)}, ` +
              `steady ${geometricMean(ratios.steady).toFixed(2)} (${ratios.first.length} models).`);
}
