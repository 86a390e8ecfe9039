#!/usr/bin/env node
// Makes large models with TensorFlow, converts them from every format, and compares official TensorFlow.js with TensorFlow.
//   run.mjs TEXFLOW PYTHON [--only=NAME,...] [--writer=keras2|keras3] [--keep=FOLDER]
// PYTHON is an interpreter that has tensorflow and tf_keras; without them nothing is tested. SavedModel, .h5 and .keras
// become graph-models, which must give TensorFlow's outputs; .h5 and .keras also become layers-models, which must, too, or
// are refused by the name of a layer with the command for a graph-model. One model is on disk at a time, unless it is kept.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [program, python, ...flags] = process.argv.slice(2);
const flag = (name) => flags.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3);
const modules = join(resolve(here, '..', '..', '..'), '.cache', 'models', 'node_modules', '@tensorflow');
const kLimit = 5e-5;  // Relative L2.
const hasTensorflow = python && spawnSync(python, ['-c', 'import tensorflow, tf_keras, keras'], {stdio: 'ignore'}).status === 0;
if (!program || !hasTensorflow || !existsSync(modules)) {
  console.log(`skipped: ${!program ? 'usage: run.mjs TEXFLOW PYTHON' : !hasTensorflow ? `'${python}' has no tensorflow and tf_keras` : 'TensorFlow.js is not in .cache/models'}`);
  process.exit(0);
}

const list = spawnSync(python, [join(here, 'make_model.py'), '--list'], {encoding: 'utf8'}).stdout.trim().split('\n');
const names = flag('only')?.split(',') ?? list;
const writers = flag('writer') ? [flag('writer')] : ['keras2', 'keras3'];
const lastLine = ({stdout, stderr}) => (stderr.trim() || stdout.trim()).split('\n').at(-1);
let passed = 0, failed = 0;

function runRoute(folder, input, output) {
  const out = join(folder, 'out');
  rmSync(out, {recursive: true, force: true});
  const converted = spawnSync(program, ['convert', '--quiet', `--output_format=${output}`, join(folder, input), out], {encoding: 'utf8'});
  if (converted.status !== 0) {
    const why = lastLine(converted);
    const refused = output === 'tfjs_layers_model' && converted.status === 1 && why.includes('tfjs_graph_model') && !existsSync(out);
    return {good: refused, text: `${refused ? 'refused' : 'FAILED'}: ${why}`};
  }
  const checked = spawnSync(process.execPath, ['--max-old-space-size=8000', join(here, 'check.mjs'), modules, out, folder], {encoding: 'utf8'});
  if (checked.status !== 0) return {good: false, text: `FAILED in TensorFlow.js: ${/^.*Error: .*$/m.exec(checked.stderr)?.[0] ?? checked.signal ?? lastLine(checked)}`};
  const {error, nodes, backend} = JSON.parse(checked.stdout.trim().split('\n').at(-1));
  return {good: error <= kLimit, text: `${error <= kLimit ? 'ok' : 'WRONG'} ${error.toExponential(1)} ${nodes} ${backend}`};
}

for (const name of names) {
  for (const writer of writers) {
    const folder = flag('keep') ? join(flag('keep'), `${name}-${writer}`) : mkdtempSync(join(tmpdir(), 'texflow-large-'));
    if (!existsSync(join(folder, 'case.json'))) {
      const made = spawnSync(python, [join(here, 'make_model.py'), name, writer, folder], {encoding: 'utf8', env: {...process.env, PYTHONDONTWRITEBYTECODE: '1'}});
      if (made.status !== 0) {
        console.log(`${name} ${writer}: FAILED to make the model: ${lastLine(made)}`);
        ++failed;
        continue;
      }
    }
    const {keras} = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
    const routes = [['saved_model', 'tfjs_graph_model']];
    if (keras)
      for (const input of ['model.h5', 'model.keras'])
        routes.push([input, 'tfjs_graph_model'], [input, 'tfjs_layers_model']);
    for (const [input, output] of routes) {
      const {good, text} = runRoute(folder, input, output);
      console.log(`${name} ${writer} | ${input} -> ${output.slice(5)} | ${text}`);
      good ? ++passed : ++failed;
    }
    rmSync(join(folder, 'out'), {recursive: true, force: true});
    if (!flag('keep')) rmSync(folder, {recursive: true, force: true});
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
