// `texflow bench` on the models of the comparison, with the same input values.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
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
 * One fresh process: prepare, then `runs` runs. The driver's own cache is off; TexFlow's programs are kept in `cacheFolder`.
 * @returns {object} The report of docs/report.md with `load`, the machine's load.
 */
export function runNative({program, folder, cacheFolder, scratch, model: {id, file, input}, runs}) {
  mkdirSync(scratch, {recursive: true});
  const [values, json] = [join(scratch, `${id}.npy`), join(scratch, `${id}.json`)];
  writeFileSync(values, npy(input, makeInput(input)));
  execFileSync(program, ['bench', join(folder, file), '--input', `${input.name}=${values}`, '--runs', String(runs), '--json', json],
               {env: {...process.env, ...coldEnvironment, XDG_CACHE_HOME: cacheFolder}, stdio: ['ignore', 'ignore', 'pipe']});
  return {...JSON.parse(readFileSync(json, 'utf8')), load: loadavg()[0]};
}
