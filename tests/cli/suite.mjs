// Tests of the commands. The keys say what holds; each test gets the tools that run.mjs makes.
import {deepStrictEqual, ok, strictEqual} from 'node:assert';
import {cpSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {jpeg, npy, parseNpy, png} from './npy.mjs';

const kTypes = {float32: '<f4', int32: '<i4', bool: '|b1'};

/** --input arguments for the recorded inputs, written as .npy files. */
export function inputArgs(folder, inputs, version = 1) {
  return Object.entries(inputs).flatMap(([name, {data, shape, dtype}]) => {
    const path = join(folder, `in-${name}.npy`);
    writeFileSync(path, npy(data, shape, kTypes[dtype], version));
    return ['--input', `${name}=${path}`];
  });
}

function expectClose(got, want, what) {
  deepStrictEqual(got.shape, want.shape, `${what} has the shape [${got.shape}]`);
  want.data.forEach((value, n) => ok(Math.abs(got.data[n] - value) <= 1e-4, `${what}[${n}] is ${got.data[n]}, expected ${value}`));
}

export function expectOutputs(folder, outputs) {
  for (const [name, want] of Object.entries(outputs)) {
    const got = parseNpy(readFileSync(join(folder, `${name.replace(/[^A-Za-z0-9_.-]/g, '_')}.npy`)));
    strictEqual(got.type, kTypes[want.dtype], `${name} is of type ${got.type}`);
    expectClose(got, want, name);
  }
}

export const tests = {
  'run gives the recorded outputs of every model under safe file names': ({backend, folder, model, models, recorded, run}) => {
    for (const id of models) {
      const {inputs, outputs} = recorded(id), out = join(folder, id);
      run(['run', model(id), ...inputArgs(folder, inputs), '--backend', backend, '--output-dir', out]);
      expectOutputs(out, outputs);
    }
  },

  'run reads all versions of .npy and all its dtypes': ({backend, folder, model, recorded, run}) => {
    const {inputs, outputs} = recorded('dtypes');
    for (const version of [1, 2, 3]) {
      run(['run', model('dtypes'), ...inputArgs(folder, inputs, version), '--backend', backend, '--output-dir', folder]);
      expectOutputs(folder, outputs);
    }
    // Bytes stand for integers.
    const path = join(folder, 'bytes.npy'), flag = join(folder, 'in-flag.npy');
    writeFileSync(path, npy([1, 2, 255], [3], '|u1'));
    run(['run', model('dtypes'), '--input', `number=${path}`, '--input', `flag=${flag}`, '--backend', backend, '--output-dir', folder]);
    deepStrictEqual(parseNpy(readFileSync(join(folder, 'a_sum.npy'))).data, [2, 0, 258]);
  },

  'run reads and writes strings, and reads float16': ({backend, folder, run}) => {
    const node = (name, op, input, type) => `node { name: "${name}" op: "${op}" ${input ? `input: "${input}"` : ''} ` +
        `attr { key: "${input ? 'T' : 'dtype'}" value { type: ${type} } } }\n`;
    const graph = join(folder, 'graph.pbtxt'), words = join(folder, 'words.npy'), halves = join(folder, 'halves.npy');
    writeFileSync(graph, node('words', 'Placeholder', '', 'DT_STRING') + node('upper', 'StringUpper', 'words', 'DT_STRING') +
        node('halves', 'Placeholder', '', 'DT_FLOAT') + node('positive', 'Relu', 'halves', 'DT_FLOAT'));
    writeFileSync(words, npy(Buffer.from('abc\0\0x\0\0\0\0fghij'), [3], '|S5'));
    writeFileSync(halves, npy(Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3555).buffer), [3], '<f2'));
    run(['run', graph, '--input', `words=${words}`, '--input', `halves=${halves}`, '--backend', backend, '--output-dir', folder]);
    const upper = parseNpy(readFileSync(join(folder, 'upper.npy')));
    deepStrictEqual([upper.type, upper.shape, upper.data], ['|S5', [3], ['ABC', 'X', 'FGHIJ']]);
    deepStrictEqual(parseNpy(readFileSync(join(folder, 'positive.npy'))).data, [1, 0, 0.333251953125]);
  },

  'run takes a model.json or its folder, and any node as output': ({backend, folder, model, recorded, run}) => {
    const args = [...inputArgs(folder, recorded('sharded').inputs), '--backend', backend];
    const {stdout} = run(['run', join(model('sharded'), 'model.json'), ...args, '--output', 'hidden', '--output', 'xa', '--output-dir', folder]);
    ok(/^hidden: float32\[2,6\]/m.test(stdout) && /^xa: /m.test(stdout), stdout);
    deepStrictEqual(parseNpy(readFileSync(join(folder, 'hidden.npy'))).shape, [2, 6]);
    ok(!existsSync(join(folder, 'y.npy')), 'an output that was not asked for');
  },

  'run --json prints outputs and report': ({backend, folder, model, recorded, run}) => {
    const {stdout} = run(['run', model('structured'), ...inputArgs(folder, recorded('structured').inputs), '--backend', backend, '--json']);
    const {outputs, report} = JSON.parse(stdout);
    deepStrictEqual(outputs.map(({name, dtype, shape}) => [name, dtype, shape]), [['left', 'float32', [2, 3]], ['right', 'float32', [2, 3]]]);
    strictEqual(report.device.backend, backend);
  },

  'run takes pictures, resized and scaled': ({backend, folder, model, run}) => {
    const picture = join(folder, 'picture.png'), photo = join(folder, 'photo.JPG');
    writeFileSync(picture, png(20, 11, [255, 0, 51]));
    writeFileSync(photo, jpeg);
    const image = (...args) => {
      run(['run', model('picture'), ...args, '--backend', backend, '--output', 'image', '--output-dir', folder]);
      return parseNpy(readFileSync(join(folder, 'image.npy')));
    };
    const near = (got, want, limit) => {
      deepStrictEqual(got.shape, [1, 8, 8, 3]);
      got.data.forEach((value, n) => ok(Math.abs(value - want[n % 3]) <= limit, `element ${n} is ${value}`));
    };
    near(image('--input', `image=${picture}`), [1, 0, 0.2], 1e-5);
    near(image('--input', `image=${picture}`, '--scale', '-1,1'), [1, -1, -0.6], 1e-5);
    near(image('--input', `image=${photo}`, '--scale', '0,255'), [200, 100, 50], 4);
  },

  'sizes that a model leaves open are passed with --shape': ({backend, folder, model, run, refuse}) => {
    const open = join(folder, 'open'), path = join(open, 'model.json');
    cpSync(model('picture'), open, {recursive: true});
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('{"size":"-1"},{"size":"8"},{"size":"8"}', '{"size":"-1"},{"size":"-1"},{"size":"-1"}'));
    const shape = ['--shape', 'image=1,8,8,3'], bench = ['bench', open, '--runs', '3', '--backend', backend, '--json', '-'];
    refuse(bench, "'image'", '--shape image=SIZES');
    refuse([...bench, '--shape', 'nobody=1'], 'nobody');
    refuse([...bench, '--shape', 'image=1,,3'], 'NAME=SIZES');
    strictEqual(JSON.parse(run([...bench, ...shape]).stdout).steadyMs.n, 1);
    if (backend === 'host') return;
    run(['check', open, ...shape]);
    refuse(['inspect', '--manifest', open], "'image'", 'pass its shape');
    strictEqual(run(['inspect', '--manifest', open, ...shape]).stdout, run(['inspect', '--manifest', model('picture')]).stdout);
  },

  'bench writes the report that docs/report.md describes': ({backend, folder, model, run}) => {
    const path = join(folder, 'report.json');
    run(['bench', model('picture'), '--runs', '5', '--backend', backend, '--json', path]);
    const report = JSON.parse(readFileSync(path, 'utf8'));
    deepStrictEqual(JSON.parse(run(['bench', model('picture'), '--runs', '3', '--backend', backend, '--json', '-']).stdout).device, report.device);
    for (const phase of ['read', 'parse', 'plan']) ok(report.phasesMs[phase] >= 0, `the phase ${phase} is missing`);
    strictEqual(report.steadyMs.n, 3);
    ok(report.steadyMs.min <= report.steadyMs.median && report.steadyMs.median <= report.steadyMs.p90, 'quantiles are not in order');
    if (backend === 'gl') ok(report.programs.used > 0 && report.drawsPerRun > 0 && report.textureBytes.peak > 0, 'no programs, draws or textures');
    ok(run(['bench', model('picture'), '--runs', '3', '--backend', backend]).stdout.includes('steady run, median'), 'no median');
  },

  'inspect prints inputs, outputs, ops and bytes by stored dtype': ({model, run}) => {
    const {stdout} = run(['inspect', model('quantized')]);
    for (const part of ['x: float32[3,4]', 'y: ', 'Placeholder', 'Mul', 'GPU', 'parameters: 36', 'uint8 12', 'uint16 24', 'float16 24', 'signature: no'])
      ok(stdout.includes(part), `'${part}' is missing: ${stdout}`);
    ok(run(['inspect', model('picture')]).stdout.includes('image: float32[?,8,8,3]'), 'no unknown size');
  },

  'inspect names the ops that are not supported': ({folder, model, run, refuse}) => {
    cpSync(model('sharded'), folder, {recursive: true});
    const path = join(folder, 'model.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"op":"AddV2"', '"op":"Frobnicate"').replace('"op":"Relu"', '"op":"Twiddle"'));
    ok(/Frobnicate +2 +not supported/.test(run(['inspect', folder]).stdout), 'no count');
    refuse(['bench', folder], 'Frobnicate (2, first at node \'xab\')', 'Twiddle (1, first at node \'hidden\')');
  },

  'check compares every node and writes what it found': ({backend, folder, model, recorded, run, refuse}) => {
    if (backend === 'host') return 'skip';  // It needs both.
    const path = join(folder, 'check.json');
    ok(run(['check', model('picture'), '--tolerance', '1e-5', '--json', path]).stdout.includes('values agree'), 'no summary');
    const {nodes, ok: agree} = JSON.parse(readFileSync(path, 'utf8'));
    ok(agree && nodes.length >= 4 && nodes.every(({absolute, relative, ulps}) => absolute >= 0 && relative >= 0 && ulps >= 0), 'no errors of nodes');
    for (const stripes of ['1', '2', '4', '8']) run(['check', model('sharded'), ...inputArgs(folder, recorded('sharded').inputs), '--stripes', stripes]);
    refuse(['check', model('picture'), '--tolerance', '-1'], '--tolerance');
    return undefined;
  },

  'wrong arguments are refused in a sentence': ({folder, model, refuse}) => {
    const x = join(folder, 'x.npy');
    writeFileSync(x, npy([1, 2], [2]));
    refuse([]);
    refuse(['fly', 'model'], 'subcommand');
    refuse(['run', join(folder, 'absent')], 'absent');
    refuse(['run', model('sharded')], '\'x\'', '--input x=');
    refuse(['run', model('sharded'), '--input', 'x'], 'x');
    refuse(['run', model('sharded'), '--input', `z=${x}`], 'z');
    refuse(['run', model('sharded'), '--input', `x=${x}`, '--backend', 'host'], '\'x\'', '[2]', '[2,4]');
    refuse(['run', model('sharded'), '--input', `x=${join(folder, 'none.npy')}`], 'none.npy');
    refuse(['run', model('sharded'), '--input', `x=${join(folder, 'x.gif')}`], 'x.gif', '.npy');
    refuse(['run', model('picture'), '--input', `image=${x}`, '--scale', '1'], 'image');
    refuse(['run', model('sharded'), '--backend', 'cuda'], 'cuda');
    refuse(['bench', model('sharded'), '--runs', '0'], '--runs');
  },

  'wrong dtypes and broken input files are refused in a sentence': ({folder, model, refuse}) => {
    const path = join(folder, 'x.npy'), good = npy(Array(8).fill(1), [2, 4]);
    const args = ['run', model('sharded'), '--input', `x=${path}`, '--backend', 'host'];
    const broken = (bytes, ...parts) => {
      writeFileSync(path, bytes);
      refuse(args, ...parts);
    };
    broken(npy(Array(8).fill(1), [2, 4], '<i4'), '\'x\'', 'int32', 'float32');
    broken(Buffer.alloc(0), 'x.npy');
    for (const length of [5, 9, 60, good.length - 1]) broken(good.subarray(0, length), 'x.npy');
    broken(Buffer.concat([good, Buffer.of(1)]), 'x.npy');
    broken(Buffer.from(good.toString('latin1').replace('(2, 4)', '(2,-4)'), 'latin1'), 'x.npy');
    broken(Buffer.from(good.toString('latin1').replace('<f4', '<U9'), 'latin1'), 'x.npy');
    broken(Buffer.concat([good.subarray(0, 6), Buffer.of(9), good.subarray(7)]), 'x.npy');
    const image = join(folder, 'broken.png');
    writeFileSync(image, png(4, 4, [1, 2, 3]).subarray(0, 40));
    refuse(['run', model('picture'), '--input', `image=${image}`, '--backend', 'host'], 'broken.png');
  },

  'damaged models are refused in a sentence that names the file': ({folder, model, refuse}) => {
    const damage = (file, change, ...parts) => {
      const copy = join(folder, 'model');
      mkdirSync(copy, {recursive: true});
      cpSync(model('sharded'), copy, {recursive: true});
      writeFileSync(join(copy, file), change(readFileSync(join(copy, file))));
      refuse(['inspect', copy], ...parts);
    };
    const edit = (from, to) => (bytes) => bytes.toString().replace(from, to);
    damage('group1-shard2of4.bin', (bytes) => bytes.subarray(1), 'group1-shard2of4.bin', 'truncated', '119', '120');
    damage('group2-shard2of2.bin', (bytes) => Buffer.concat([bytes, bytes]), 'group2-shard2of2.bin', 'too large');
    damage('model.json', (bytes) => bytes.subarray(0, 100), 'model.json', 'JSON');
    damage('model.json', () => 'hello', 'model.json', 'JSON');
    damage('model.json', edit('"group1-shard1of4.bin"', '"../group1-shard1of4.bin"'), '../group1-shard1of4.bin', 'leaves');
    damage('model.json', edit('"group1-shard1of4.bin"', '"gone.bin"'), 'gone.bin', 'does not exist');
    damage('model.json', edit('"shape":[4,6]', '"shape":[4,-6]'), '\'a\'');
    damage('model.json', edit('"input":["x","a"]', '"input":["y","a"]'), 'cycle');
    damage('model.json', edit('"graph-model"', '"layers-model"'), 'class_name');
  },
};
