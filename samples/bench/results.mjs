// The results of the comparison on disk: one JSON, grown visit by visit, so that a run can be split and taken up again.
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {cpus, totalmem} from 'node:os';
import {dirname} from 'node:path';

/** The machine, in the words that a report needs. */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  };
}

/** The results in `file`, or new ones. */
export function openResults(file) {
  if (!existsSync(file)) return {machine: describeMachine(), models: {}};
  const results = JSON.parse(readFileSync(file, 'utf8'));
  if (!results.machine || !results.models) throw new Error(`${file} holds no results of this comparison; give another --json.`);
  return results;
}

/** Times need no more than a hundredth of a millisecond; everything else keeps four digits. */
function rounded(key, value) {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Math.abs(value) >= 0.1 ? Math.round(value * 100) / 100 : Number(value.toPrecision(4));
}

/** Writes the results so that an interruption leaves the old or the new ones. */
export function saveResults(file, results) {
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(`${file}.part`, `${JSON.stringify(results, rounded)}\n`);
  renameSync(`${file}.part`, file);
}

/** The list of visits of one model in one place ('chromium-llvmpipe' or 'native') with one state of the caches. */
export function visitsOf(results, id, place, cache) {
  const model = (results.models[id] ??= {places: {}});
  return ((model.places[place] ??= {})[cache] ??= []);
}
