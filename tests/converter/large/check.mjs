// One converted model in official TensorFlow.js: check.mjs MODULES MODEL CASE prints the largest relative L2 error over
// the outputs, the number of nodes or layers that compute, and the backend, as JSON.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

import {loadTfjs} from '../../../scripts/test_data/tfjs.mjs';
import {fromDisk} from '../fixtures/tfjs.mjs';
import {readNpy, toTensor} from '../fixtures/values.mjs';

const [modules, folder, caseFolder] = process.argv.slice(2);
const path = join(folder, 'model.json');
const description = JSON.parse(readFileSync(join(caseFolder, 'case.json'), 'utf8'));
const read = (name) => readNpy(join(caseFolder, `${name}.npy`));
console.warn = console.error = () => {};  // It says that kernels are there twice.
const tf = await loadTfjs(join(modules, 'tfjs'));

async function useWasm() {
  const require = createRequire(join(modules, 'tfjs', 'package.json'));
  const backend = join(modules, 'tfjs-backend-wasm', 'dist');
  const {Module} = await import('node:module');
  const resolve = Module._resolveFilename;  // The backend asks for the core, which is in the bundle.
  Module._resolveFilename = (name, ...rest) => name === '@tensorflow/tfjs-core' ? join(modules, 'tfjs', 'dist', 'tf.js') : resolve(name, ...rest);
  const {setWasmPaths} = require(join(backend, 'tf-backend-wasm.node.js'));
  Module._resolveFilename = resolve;
  setWasmPaths(`${backend}/`);
  await tf.setBackend('wasm');
}

async function run() {
  const layers = JSON.parse(readFileSync(path, 'utf8')).format === 'layers-model';
  const inputs = Array.from({length: description.inputs}, (_, i) => toTensor(tf, read(`input${i}`)));
  if (layers) {
    const model = await tf.loadLayersModel(fromDisk(path));
    const outputs = model.predict(inputs.length === 1 ? inputs[0] : inputs);
    return {outputs: [outputs].flat(), nodes: model.layers.length};
  }
  const model = await tf.loadGraphModel(fromDisk(path));
  const feeds = Object.fromEntries(model.inputs.map(({name}, i) => [name, inputs[i]]));
  const names = description.keras ? undefined : description.outputs.map((key) => model.modelSignature.outputs[key].name);
  const outputs = [await model.executeAsync(feeds, names)].flat();
  const nodes = JSON.parse(readFileSync(path, 'utf8')).modelTopology.node.filter(({op}) => op !== 'Const' && op !== 'Placeholder').length;
  return {outputs, nodes};
}

function relativeL2(got, want) {
  let above = 0, below = 0;
  for (let i = 0; i < want.length; ++i) {
    above += (got[i] - want[i]) ** 2;
    below += want[i] ** 2;
  }
  return below ? Math.sqrt(above / below) : Math.sqrt(above);
}

let result, backend = 'wasm';
try {
  if (!description.keras) throw new Error('near ties of scores: the plain backend');
  await useWasm();
  result = await run();
} catch (error) {  // It lacks kernels.
  process.stderr.write(`wasm: ${error.message}\n`);
  backend = 'cpu';
  await tf.setBackend('cpu');
  result = await run();
}
let error = 0;
for (const [i, key] of description.outputs.entries()) {
  const want = read(`output_${key}`), got = result.outputs[i];
  if (got.shape.join() !== want.shape.join()) throw new Error(`output ${key} has the shape [${got.shape}], not [${want.shape}]`);
  error = Math.max(error, relativeL2(await got.data(), want.data));
}
console.log(JSON.stringify({error, nodes: result.nodes, backend}));
process.exit(0);
