// Small deterministic tensors for the recorded cases.

let state = 1;
export function seed(value) {
  state = value >>> 0 || 1;
}
function next() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>>= 0);
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
const make = (shape, dtype, element) => ({shape, dtype, data: Array.from({length: sizeOf(shape)}, element)});

/** Floats in [lo, hi] with two decimals, so that the files stay small. */
export const f = (shape, lo = -2, hi = 2) =>
  make(shape, 'float32', () => Math.round((lo + ((hi - lo) * (next() >>> 8)) / 16777216) * 100) / 100);
/** Integers in [lo, hi]. */
export const i = (shape, lo = -9, hi = 9) => make(shape, 'int32', () => lo + (next() % (hi - lo + 1)));
export const b = (shape) => make(shape, 'bool', () => (next() >>> 8) & 1);
/** Complex numbers, real and imaginary parts interleaved. */
export const c = (shape) => ({shape, dtype: 'complex64', data: f([2 * sizeOf(shape)]).data});
/** The given values. */
export const v = (data, dtype = 'float32', shape = [data.length]) => ({shape, dtype, data});
export const s = (data, shape = [data.length]) => v(data, 'string', shape);
export const int = (data, shape = [data.length]) => v(data, 'int32', shape);
/** A permutation-free list of distinct floats: no ties for maxima and sorting. */
export const distinct = (shape) => {
  const values = Array.from({length: sizeOf(shape)}, (_, n) => (n - (sizeOf(shape) >> 1)) / 4);
  for (let n = values.length - 1; n > 0; --n) {
    const other = next() % (n + 1);
    [values[n], values[other]] = [values[other], values[n]];
  }
  return {shape, dtype: 'float32', data: values};
};
