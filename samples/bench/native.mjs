// `texflow bench` on the models of the comparison, with the same input values.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';

import {makeInput} from '../../web/tests/model_case.mjs';

import {coldEnvironment} from './tensorflowjs.mjs';

/** A NumPy file, format 1.0. */
function npy({dtype, shape}, values) {
  const kind = dtype === 'float32' ? '<f4' : '<i4';
  const header = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11);
  const prefix = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([0, 0]), Buffer.from(`${padded}\n`)]);
  prefix.writeUInt16LE(padded.length + 1, 8);
  return Buffer.concat([prefix, Buffer.from(values.buffer)]);
}

/**
 * One fresh process: prepare, then `runs` runs. Nothing is kept from earlier processes, but for those with the same
 * `cacheFolder`, which holds TexFlow's programs and the driver's cache.
 * @returns {object} The report of docs/report.md.
 */
function runNative({program, folder, cacheFolder, scratch, model: {id, file, input}, runs}) {
  mkdirSync(scratch, {recursive: true});
  const [values, json] = [join(scratch, `${id}.npy`), join(scratch, `${id}.json`)];
  writeFileSync(values, npy(input, makeInput(input)));
  const args = ['bench', join(folder, file), '--input', `${input.name}=${values}`, '--runs', String(runs), '--json', json];
  const env = cacheFolder ? process.env : {...process.env, ...coldEnvironment};
  execFileSync(program, cacheFolder ? [...args, '--cache-dir', cacheFolder] : args, {env, stdio: ['ignore', 'ignore', 'pipe']});
  return JSON.parse(readFileSync(json, 'utf8'));
}

/** A visit of results.mjs: cold, or the second launch with a cache of its own. */
export function visitNative(settings, cache) {
  try {
    const cacheFolder = cache === 'warm' ? mkdtempSync(join(settings.scratch, 'cache-')) : null;
    if (cacheFolder) runNative({...settings, cacheFolder, runs: 1});
    const report = runNative({...settings, cacheFolder});
    const {context = 0, read, parse, plan, upload, compile, firstDraw, warmUp} = report.phasesMs;
    const prepare = [plan, upload, compile, firstDraw, warmUp].reduce((sum, ms) => sum + Math.max(0, ms), 0);
    const phases = {start: context, load: read + parse, prepare, first: report.firstRunMs};
    return {lead: 'texflow', phases, report, load: loadavg()[0]};
  } catch (error) {
    return {lead: 'texflow', problem: String(error.stderr ?? '').trim() || error.message};
  }
}
