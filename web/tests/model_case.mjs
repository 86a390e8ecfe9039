// Inputs and comparison of the stored model cases: the rules of the cases' README in JavaScript.

/** The first `count` numbers of the generator. */
function draws(seed, count) {
  let state = seed >>> 0;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  for (let i = 0; i < 16; ++i) next();
  return Uint32Array.from({length: count}, next);
}

/** Values of an input as its rule says. */
export function makeInput({rule, dtype, shape, values, lo, hi, seed, layout}) {
  const isInt = dtype !== 'float32';
  const array = isInt ? Int32Array : Float32Array;
  if (rule === 'values') return array.from(values.flat(Infinity));
  const count = shape.reduce((a, b) => a * b, 1);
  const d = draws(seed, count);
  if (rule === 'uniform') {
    return array.from(d, (v) => (isInt ? lo + (v % (hi - lo + 1)) : lo + (hi - lo) * ((v >>> 8) / 16777216)));
  }
  const result = new array(count);
  const channels = shape[layout.indexOf('C')];
  const width = layout === 'NTC' ? shape[1] : shape[2];
  const height = layout === 'NTC' ? 1 : shape[1];
  for (let i = 0; i < count; ++i) {
    const c = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width) % height;
    const noise = 2 * ((d[i] >>> 8) / 16777216) - 1;
    const v = 0.5 + 0.25 * Math.sin(0.031 * (c + 1) * x + 0.047 * (3 - c) * y + 0.7 * c) + 0.25 * noise;
    result[i] = isInt ? lo + Math.floor((hi - lo) * v + 0.5) : lo + (hi - lo) * v;
  }
  return result;
}

/** Why `tensor` is not the expected output, or null; with its relative L2 error. */
export function compareOutput(expected, tensor, allValues) {
  if (!tensor) return {relL2: NaN, problem: `${expected.name} is missing`};
  if (JSON.stringify(tensor.shape) !== JSON.stringify(expected.shape)) {
    return {relL2: NaN, problem: `${expected.name} has the shape [${tensor.shape}], expected [${expected.shape}]`};
  }
  const {offset, count, sampled} = expected.values;
  const want = new Float32Array(allValues, offset, count);
  const values = tensor.dataSync();
  const indices = sampled ? Array.from(draws(7, 4096), (v) => v % values.length) : null;
  let differences = 0, norm = 0;
  for (let i = 0; i < count; ++i) {
    const a = values[indices ? indices[i] : i];
    if (a === want[i] || (Number.isNaN(a) && Number.isNaN(want[i]))) {
      norm += Number.isFinite(want[i]) ? want[i] ** 2 : 0;
      continue;
    }
    differences += (a - want[i]) ** 2;
    norm += want[i] ** 2;
  }
  const isFloat = expected.dtype === 'float32';
  const limit = isFloat ? expected.tol * Math.sqrt(norm) + 1e-8 * Math.sqrt(count) : 0;
  const relL2 = norm > 0 ? Math.sqrt(differences / norm) : differences > 0 ? Infinity : 0;
  const ok = Math.sqrt(differences) <= limit;
  return {relL2, problem: ok ? null : `${expected.name} has relL2 ${relL2.toExponential(2)}, limit ${isFloat ? expected.tol : 0}`};
}
