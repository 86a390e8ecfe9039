#!/usr/bin/env node
// Writes tests/data: calls of TensorFlow.js's kernels with their results (kernels.jsonl), the names of its ops
// (tfjs_ops.txt), and small models of every kind of file (models).
//   make_test_data.mjs [TFJS]
// TFJS: folder of the npm package @tensorflow/tfjs 4.22.0; .cache/models/node_modules/@tensorflow/tfjs by default, where
// `samples/bench/run.mjs` puts it. The files are the same on every run.
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {arrayCases} from './test_data/array_cases.mjs';
import {elementwiseCases} from './test_data/elementwise_cases.mjs';
import {models} from './test_data/models.mjs';
import {fromTensor, loadTfjs, plain, pureOps, toTensor} from './test_data/tfjs.mjs';
import {seed} from './test_data/values.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const tfjs = resolve(process.argv[2] ?? join(root, '.cache/models/node_modules/@tensorflow/tfjs'));
const data = join(root, 'tests', 'data');
const tf = await loadTfjs(tfjs);

const all = async (outputs) => Promise.all((Array.isArray(outputs) ? outputs : [outputs]).map(fromTensor));
const pending = [];

/** Runs the kernel on inputs (tensors, or lists of them); t0, t1, ... are one list for TensorFlow.js. */
async function runKernel(kernel, inputs, attrs) {
  const tensors = {};
  for (const [name, value] of Object.entries(inputs))
    tensors[name] = Array.isArray(value) ? value.map((item) => toTensor(tf, item)) : toTensor(tf, value);
  const listed = 't0' in tensors ? Object.values(tensors) : tensors;
  return all(tf.engine().runKernel(kernel, listed, attrs));
}

const plainInputs = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, Array.isArray(value) ? value.map(plain) : plain(value)]));

function k(kernel, inputs, attrs = {}, spec = '') {
  pending.push(async () => ({kernel, attrs, inputs: plainInputs(inputs), outputs: await runKernel(kernel, inputs, attrs), spec}));
}

/** A case of TensorFlow's op itself: `expected` is a kernel that computes the same, the outputs, or a function of the inputs. */
function op(name, inputs, attrs, expected, constants = []) {
  pending.push(async () => {
    const outputs = typeof expected === 'string' ? await runKernel(expected, inputs, {})
                                                 : (typeof expected === 'function' ? expected(inputs) : expected).map(plain);
    return {kernel: name, op: name, attrs, inputs: plainInputs(inputs), constants, outputs, spec: 'op'};
  });
}

seed(7);
elementwiseCases(k, op);
arrayCases(k, op);
const lines = [];
for (const run of pending) lines.push(JSON.stringify(await run()));
mkdirSync(data, {recursive: true});
writeFileSync(join(data, 'kernels.jsonl'), `${lines.join('\n')}\n`);
writeFileSync(join(data, 'tfjs_ops.txt'), `${pureOps(tfjs).join('\n')}\n`);
console.log(`${lines.length} kernel calls, ${lines.join('\n').length} bytes`);

function writeCase(folder, inputs, outputs) {
  writeFileSync(join(folder, 'case.json'), `${JSON.stringify({inputs: plainInputs(inputs), outputs})}\n`);
}

for (const [name, make] of Object.entries(models)) {
  const {json, shards, inputs, oracle} = make();
  const folder = join(data, 'models', name);
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify(json)}\n`);
  for (const [file, bytes] of Object.entries(shards)) writeFileSync(join(folder, file), bytes);

  const {json: read, shards: from} = oracle ?? {json, shards};
  const {weightsManifest, ...artifacts} = read;
  const bytes = Buffer.concat(weightsManifest.flatMap(({paths}) => paths.map((path) => from[path])));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const weightSpecs = weightsManifest.flatMap(({weights}) => weights);
  const handler = {load: async () => ({...artifacts, weightSpecs, weightData})};
  if (json.format === 'layers-model') {
    const model = await tf.loadLayersModel(handler);
    const values = await all(model.predict(Object.values(inputs).map((value) => toTensor(tf, value))));
    writeCase(folder, inputs, Object.fromEntries(values.map((value, n) => [model.outputNames[n], value])));
    continue;
  }
  const model = await tf.loadGraphModel(handler);
  const fed = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, toTensor(tf, value)]));
  // Outputs under the names that the signature or the structured keys give them.
  const signature = json.signature ?? json.userDefinedMetadata?.signature;
  const keys = json.userDefinedMetadata?.structuredOutputKeys ?? (signature ? Object.keys(signature.outputs) : model.outputs.map(({name}) => name.split(':')[0]));
  const nodes = signature ? Object.values(signature.outputs).map((output) => output.name) : model.outputNodes;
  const values = await all(await model.executeAsync(fed, nodes));
  const outputs = Object.fromEntries(values.map((value, n) => [keys[n], value]));
  writeCase(folder, inputs, outputs);
}
console.log(`${Object.keys(models).length} models`);
