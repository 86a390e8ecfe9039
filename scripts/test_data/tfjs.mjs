// TensorFlow.js as the oracle: JSON tensors in and out of its CPU backend.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

/** Loads TensorFlow.js from the folder of its npm package. */
export async function loadTfjs(folder) {
  const log = console.log;
  console.log = () => {};  // It prints its versions.
  const tf = createRequire(import.meta.url)(join(folder, 'dist', 'tf.js'));
  console.log = log;
  await tf.setBackend('cpu');
  await tf.ready();
  return tf;
}

/** Ops of a graph that TensorFlow.js computes from inputs alone: no control flow, tables or random numbers. */
export function pureOps(folder) {
  const source = readFileSync(join(folder, 'dist', 'tf.js'), 'utf8');
  const entries = [...source.matchAll(/'tfOpName': '(\w+)',\s*'category': '(\w+)'/g)];
  const names = entries.filter(([, name, category]) => !['control', 'hash_table'].includes(category) &&
    !/Random|Multinomial|TruncatedNormal|^(Placeholder|Const|NoOp|Print)$/.test(name)).map(([, name]) => name);
  return [...new Set(names)].sort();
}

export function toTensor(tf, {shape, dtype, data}) {
  if (dtype !== 'complex64') return tf.tensor(data, shape, dtype);
  const part = (first) => tf.tensor(data.filter((_, n) => n % 2 === first), shape, 'float32');
  return tf.complex(part(0), part(1));
}

/** The fewest digits that parse back to the same float32. */
function shortest(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  for (let digits = 1; digits < 10; ++digits) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** The tensor as the files hold it. */
export function plain({shape, dtype, data}) {
  const isFloat = dtype === 'float32' || dtype === 'complex64';
  const element = isFloat ? (x) => shortest(Math.fround(x)) : dtype === 'string' ? String : Number;
  return {shape, dtype, data: Array.from(data, element)};
}

export async function fromTensor(tensor) {
  const data = await tensor.data();
  return plain({shape: tensor.shape, dtype: tensor.dtype, data});
}
