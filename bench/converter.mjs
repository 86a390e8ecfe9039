#!/usr/bin/env node
// Processor time and memory of `texflow convert` beside tensorflowjs_converter, on the same models with the same flags.
//   converter.mjs TEXFLOW MODEL...     MODEL: a SavedModel folder or a .h5 file
// SavedModels become graph-models, .h5 files layers-models and graph-models, each plain and with float16. Needs GNU time;
// where tensorflowjs_converter is not installed only TexFlow is measured.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';

const [texflow, ...models] = process.argv.slice(2);
const kTime = '/usr/bin/time';
if (!texflow || models.length === 0 || !existsSync(kTime)) {
  console.log(existsSync(kTime) ? 'usage: converter.mjs TEXFLOW MODEL...' : `skipped: there is no ${kTime}`);
  process.exit(0);
}
const hasPeer = spawnSync('which', ['tensorflowjs_converter']).status === 0;
if (!hasPeer) console.log('tensorflowjs_converter is not installed: only TexFlow is measured.');

/** {seconds, megabytes} of one conversion: user and system time, largest resident size; null where it fails. */
function measure(command) {
  const work = mkdtempSync(join(tmpdir(), 'texflow-bench-'));
  try {
    const {status, stderr} = spawnSync(kTime, ['-f', '%U %S %M', ...command, join(work, 'out')], {encoding: 'utf8', timeout: 600000});
    const [user, system, kilobytes] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
    return status === 0 ? {seconds: user + system, megabytes: kilobytes / 1024} : null;
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

function best(command, rounds) {
  const runs = Array.from({length: rounds}, () => measure(command)).filter(Boolean);
  return runs.sort((a, b) => a.seconds - b.seconds)[0] ?? null;
}

const text = (value, digits, unit) => value === undefined ? 'failed' : `${value.toFixed(digits)} ${unit}`;
const ratios = [];
for (const model of models) {
  const folder = statSync(model).isDirectory();
  const inputs = folder ? [['tf_saved_model', 'tfjs_graph_model']] : [['keras', 'tfjs_layers_model'], ['keras', 'tfjs_graph_model']];
  for (const [from, to] of inputs) {
    for (const extra of [[], ['--quantize_float16=*']]) {
      const flags = [`--input_format=${from}`, `--output_format=${to}`, ...extra, model];
      const ours = best([texflow, 'convert', '--quiet', ...flags], 5);
      const theirs = hasPeer ? best(['tensorflowjs_converter', ...flags], 1) : null;
      let line = `${basename(model)} ${from} -> ${to} ${extra.join(' ')}: ${text(ours?.seconds, 3, 's')}, ${text(ours?.megabytes, 0, 'MB')}`;
      if (hasPeer) line += `; tensorflowjs_converter ${text(theirs?.seconds, 1, 's')}, ${text(theirs?.megabytes, 0, 'MB')}`;
      console.log(line);
      if (ours && theirs) ratios.push([theirs.seconds / Math.max(ours.seconds, 0.005), theirs.megabytes / ours.megabytes]);
    }
  }
}
if (ratios.length > 0) {
  const mean = (column) => Math.exp(ratios.reduce((sum, row) => sum + Math.log(row[column]), 0) / ratios.length);
  console.log(`Geometric means: ${mean(0).toFixed(0)} times less processor time, ${mean(1).toFixed(1)} times less memory.`);
}
