#!/usr/bin/env node
// End-to-end tests of the command line on the models of tests/data.
//   run.mjs TEXFLOW [--host]     --host: without GL, for sanitizer builds
// The last line is "N passed, N failed".
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {cacheTests} from './cache.mjs';
import {convertTests} from './convert.mjs';
import {tests} from './suite.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const [program, ...flags] = process.argv.slice(2);
const models = join(root, 'tests', 'data', 'models');
const backends = flags.includes('--host') ? ['host'] : ['host', 'gl'];
let passed = 0, failed = 0;
// The user's own cache stays as it is.
const cache = mkdtempSync(join(tmpdir(), 'texflow-cli-cache-'));
process.env.TEXFLOW_CACHE_DIR = cache;
// Without their own cache, Mesa's drivers give no program binaries.
for (const name of ['MESA_SHADER_CACHE_DISABLE', 'MESA_SHADER_CACHE_DIR', 'MESA_GLSL_CACHE_DIR']) delete process.env[name];

for (const backend of backends) {
  // What converts does not depend on the backend.
  for (const [name, test] of Object.entries(backend === 'host' ? {...tests, ...cacheTests, ...convertTests} : {...tests, ...cacheTests})) {
    const folder = mkdtempSync(join(tmpdir(), 'texflow-cli-'));
    /** Runs the program; `code` is what it must exit with, `input` what it reads from standard input. */
    const run = (args, code = 0, input = '') => {
      const {status, signal, stdout, stderr} = spawnSync(program, args, {encoding: 'utf8', timeout: 60000, input});
      if (status !== code) throw new Error(`'texflow ${args.join(' ')}' ended with ${signal ?? status}, not ${code}: ${stderr || stdout}`);
      return {stdout, stderr};
    };
    /** Expects exit code 1 and one full sentence with those parts. */
    const refuse = (args, ...parts) => {
      const {stderr} = run(args, 1), text = stderr.trim();
      if (!/^texflow: [A-Z-].*\.$/s.test(text) || text.includes('\n')) throw new Error(`no single sentence: ${stderr}`);
      for (const part of parts) if (!text.includes(part)) throw new Error(`the error does not say '${part}': ${text}`);
    };
    try {
      const model = (id) => join(models, id);
      const recorded = (id) => JSON.parse(readFileSync(join(models, id, 'case.json'), 'utf8'));
      const done = test({backend, folder, program, model, recorded, run, refuse, files: () => readdirSync(folder), models: readdirSync(models)});
      if (done !== 'skip') {
        ++passed;
        console.log(`ok   ${backend}: ${name}`);
      }
    } catch (error) {
      ++failed;
      console.log(`FAIL ${backend}: ${name}: ${error.message}`);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }
}
rmSync(cache, {recursive: true, force: true});
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
