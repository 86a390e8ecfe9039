// Elementwise kernels, reductions, selections. `k(kernel, inputs, attrs, spec)` records one call; `op(name, inputs, attrs,
// outputs | kernel)` one of a TensorFlow op that TensorFlow.js has no kernel of that name for.
import {b, c, distinct, f, i, int, s, v} from './values.mjs';

const kSpecial = v([NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5]);
const kUnary = {
  Abs: [-3, 3], Acos: [-1, 1], Acosh: [1, 9], Asin: [-1, 1], Asinh: [-9, 9], Atan: [-9, 9], Atanh: [-0.9, 0.9],
  Ceil: [-3, 3], Cos: [-9, 9], Cosh: [-4, 4], Elu: [-3, 3], Erf: [-3, 3], Exp: [-4, 4], Expm1: [-2, 2], Floor: [-3, 3],
  IsFinite: [-3, 3], IsInf: [-3, 3], IsNan: [-3, 3], Log: [0.01, 9], Log1p: [-0.9, 9], Neg: [-3, 3], Reciprocal: [0.2, 3],
  Relu: [-3, 3], Relu6: [-3, 9], Round: [-3, 3], Rsqrt: [0.1, 9], Selu: [-3, 3], Sigmoid: [-6, 6], Sign: [-3, 3],
  Sin: [-9, 9], Sinh: [-4, 4], Softplus: [-6, 6], Sqrt: [0, 9], Square: [-3, 3], Tan: [-1.4, 1.4], Tanh: [-3, 3],
};

const kBinary = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference', 'Mod'];
const kComparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];

function arithmetic(k, op) {
  for (const [kernel, [lo, hi]] of Object.entries(kUnary)) k(kernel, {x: f([2, 3, 5], lo, hi)});
  for (const kernel of ['Abs', 'Floor', 'IsNan', 'IsInf', 'IsFinite', 'Relu', 'Tanh']) k(kernel, {x: kSpecial}, {}, 'special values');
  for (const kernel of ['Abs', 'Neg', 'Square', 'Relu']) k(kernel, {x: i([7])}, {}, 'int32');
  k('LeakyRelu', {x: f([2, 6])}, {alpha: 0.3});
  k('Prelu', {x: f([2, 3, 6]), alpha: f([6], 0, 1)});
  k('ClipByValue', {x: f([3, 5], -3, 3)}, {clipValueMin: -1, clipValueMax: 0.5});
  for (const kernel of kBinary) {
    k(kernel, {a: f([2, 3, 5], 0.5, 4), b: f([2, 3, 5], 0.5, 4)});
    k(kernel, {a: f([2, 1, 5], 0.5, 4), b: f([3, 1], 0.5, 4)}, {}, 'broadcast');
  }
  for (const kernel of ['Add', 'Sub', 'Multiply', 'Maximum', 'Minimum', 'FloorDiv'])
    k(kernel, {a: i([2, 5], -99, 99), b: i([5], 1, 9)}, {}, 'int32');
  k('Add', {a: int([2147483647, -5]), b: int([1, 3])}, {}, 'int32 wraps');
  k('Pow', {a: f([2, 5], 0.2, 3), b: f([2, 5], -2, 2)});
  k('Pow', {a: v([-2, -3, 0, 1]), b: v([3, 2, 0, 5])}, {}, 'integral exponents');
  k('Atan2', {a: f([9], -3, 3), b: f([9], -3, 3)});
  k('AddN', {t0: f([2, 5]), t1: f([2, 5]), t2: f([2, 5])});
  for (const kernel of kComparisons) {
    k(kernel, {a: i([3, 5], 0, 3), b: i([3, 5], 0, 3)});
    k(kernel, {a: v([1, NaN, 0.5]), b: v([1, NaN, 1])}, {}, 'floats');
  }
  k('LogicalAnd', {a: b([9]), b: b([9])});
  k('LogicalOr', {a: b([9]), b: b([9])});
  k('LogicalNot', {x: b([9])});
  k('Select', {condition: b([2, 5]), t: f([2, 5]), e: f([2, 5])});
  k('BitwiseAnd', {a: i([7], 0, 255), b: i([7], 0, 255)});
  k('Cast', {x: f([2, 5], -9, 9)}, {dtype: 'int32'});
  k('Cast', {x: i([2, 5], -1, 1)}, {dtype: 'bool'});
  k('Cast', {x: b([2, 5])}, {dtype: 'float32'});
  k('Complex', {real: f([5]), imag: f([5])});
  for (const kernel of ['Real', 'Imag', 'ComplexAbs']) k(kernel, kernel === 'ComplexAbs' ? {x: c([5])} : {input: c([5])});
  for (const kernel of ['Add', 'Sub', 'Multiply']) k(kernel, {a: c([4]), b: c([4])}, {}, 'complex64');
  k('FusedBatchNorm', {x: f([1, 3, 2, 5]), scale: f([5]), offset: f([5]), mean: f([5]), variance: f([5], 0.1, 2)},
    {varianceEpsilon: 0.001});
}

// Known values of ops that TensorFlow.js lacks or knows under other names.
function arithmeticOps(k, op) {
  const x = v([-7, -4, 7, 4, 5.5]), y = v([3, -3, -3, 3, -2]);
  op('Div', {a: f([2, 5]), b: f([2, 5], 0.5, 4)}, {}, 'RealDiv');
  op('Add', {a: f([2, 5]), b: f([2, 1])}, {}, 'Add');
  op('AddV2', {a: f([2, 5]), b: f([5])}, {}, 'Add');
  op('FloorMod', {a: x, b: y}, {}, 'Mod');
  op('Mod', {a: x, b: y}, {}, [v([-1, -1, 1, 1, 1.5])]);
  op('TruncateMod', {a: x, b: y}, {}, [v([-1, -1, 1, 1, 1.5])]);
  op('TruncateDiv', {a: int([-7, -4, 7, 4]), b: int([3, -3, -3, 3])}, {}, [int([-2, 1, -2, 1])]);
  op('DivNoNan', {a: v([1, 0, 3]), b: v([0, 0, 2])}, {}, [v([0, 0, 1.5])]);
  op('MulNoNan', {a: v([NaN, Infinity, 3]), b: v([0, 0, 2])}, {}, [v([0, 0, 6])]);
  op('Xdivy', {a: v([0, 1, 3]), b: v([0, 4, 2])}, {}, [v([0, 0.25, 1.5])]);
  op('Xlogy', {a: v([0, 2, 3]), b: v([0, 1, Math.E])}, {}, [v([0, 0, 3])]);
  op('BitwiseOr', {a: int([5, 8, 255]), b: int([3, 1, 256])}, {}, [int([7, 9, 511])]);
  op('BitwiseXor', {a: int([5, 8, 255]), b: int([3, 1, 256])}, {}, [int([6, 9, 511])]);
  op('Invert', {x: int([0, 5, -1])}, {}, [int([-1, -6, 0])]);
  op('Inv', {x: f([5], 0.5, 3)}, {}, 'Reciprocal');
  op('Rint', {x: v([0.5, 1.5, 2.5, -0.5, 2.4])}, {}, [v([0, 2, 2, 0, 2])]);
  op('Erfc', {x: v([0, 0.5, -0.5, 2])}, {}, [v([1, 0.4795001, 1.5204999, 0.004677735])]);
  op('Lgamma', {x: v([1, 2, 5, 0.5])}, {}, [v([0, 0, 3.1780539, 0.5723649])]);
  op('Softsign', {x: v([0, 1, -3])}, {}, [v([0, 0.5, -0.75])]);
  op('BiasAdd', {a: f([1, 2, 2, 5]), b: f([5])}, {}, 'Add');
  op('Conj', {x: v([1, 2, -3, 4], 'complex64', [2])}, {}, [v([1, -2, -3, -4], 'complex64', [2])]);
  op('Angle', {x: v([0, 2, 1, 0], 'complex64', [2])}, {}, [v([1.5707964, 0])]);
  op('Select', {condition: v([1, 0], 'bool'), t: f([2, 3]), e: v([0, 0, 0, 1, 1, 1], 'float32', [2, 3])}, {}, ({t, e}) => [
    v([...t.data.slice(0, 3), ...e.data.slice(3)], 'float32', [2, 3])]);
  op('SelectV2', {condition: b([2, 5]), t: f([2, 5]), e: f([2, 5])}, {}, 'Select');
  const norm = {x: f([1, 2, 2, 5]), scale: f([5]), offset: f([5]), mean: f([5]), variance: f([5], 0.1, 2)};
  for (const name of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
    op(name, norm, {epsilon: 0.001, is_training: false}, ({x, scale, offset, mean, variance}) => [
      v(x.data.map((value, n) => {
        const at = n % 5;
        return ((value - mean.data[at]) / Math.sqrt(variance.data[at] + 0.001)) * scale.data[at] + offset.data[at];
      }), 'float32', x.shape)], ['scale', 'offset', 'mean', 'variance']);
  }
}

function reductions(k, op) {
  for (const kernel of ['Sum', 'Mean', 'Prod', 'Max', 'Min']) {
    const axes = ['Max'].includes(kernel) ? 'reductionIndices' : 'axis';
    k(kernel, {x: f([2, 3, 5], 0.5, 1.5)}, {[axes]: 2, keepDims: false});
    k(kernel, {x: f([2, 4, 3, 5], 0.5, 1.5)}, {[axes]: [1, 2], keepDims: true}, 'over pixels');
  }
  for (const kernel of ['Max', 'Min'])
    k(kernel, {x: v([1, NaN, 2, 3, 4, 5], 'float32', [2, 3])}, {[kernel === 'Max' ? 'reductionIndices' : 'axis']: 1, keepDims: false}, 'NaN');
  k('Sum', {x: i([3, 5])}, {axis: 0, keepDims: false}, 'int32');
  for (const kernel of ['All', 'Any']) k(kernel, {x: b([3, 4])}, {axis: 1, keepDims: false});
  for (const kernel of ['ArgMax', 'ArgMin']) {
    k(kernel, {x: distinct([2, 3, 5])}, {axis: 2});
    k(kernel, {x: distinct([2, 3, 5])}, {axis: 1}, 'over pixels');
  }
  for (const kernel of ['Cumsum', 'Cumprod'])
    k(kernel, {x: f([2, 5])}, {axis: 1, exclusive: true, reverse: true});
  k('Softmax', {logits: f([2, 3, 7], -5, 5)}, {dim: 2});
  k('TopK', {x: distinct([2, 9])}, {k: 3, sorted: true});
  op('LogSoftmax', {x: v([0, 0, 0, 0], 'float32', [1, 4])}, {}, [v([-1.3862944, -1.3862944, -1.3862944, -1.3862944], 'float32', [1, 4])]);
  op('EuclideanNorm', {x: v([3, 4, 6, 8], 'float32', [2, 2]), axes: int([1])}, {}, [v([5, 10])], ['axes']);
  const range = {x: v([-1, 0.25, 2]), low: v([0], 'float32', []), high: v([1], 'float32', [])};
  op('FakeQuantWithMinMaxVars', range, {num_bits: 8}, [v([0, 64 / 255, 1])], ['low', 'high']);
  op('Mean', {x: int([-7, 2, 5, 5], [2, 2]), axes: int([1])}, {}, [int([-2, 5])], ['axes']);
  k('Bincount', {x: int([0, 2, 2, 3, 9]), weights: f([5])}, {size: 5});
  k('DenseBincount', {x: int([0, 2, 2, 3, 1, 0], [2, 3]), weights: f([2, 3])}, {size: 4, binaryOutput: false});
  k('UnsortedSegmentSum', {x: f([4, 3]), segmentIds: int([0, 2, 0, 1])}, {numSegments: 3});
  k('SearchSorted', {sortedSequence: v([0, 1, 2, 5, 9], 'float32', [1, 5]), values: v([0.5, 2, 9], 'float32', [1, 3])}, {side: 'left'});
  k('SearchSorted', {sortedSequence: v([0, 1, 2, 5, 9], 'float32', [1, 5]), values: v([0.5, 2, 9], 'float32', [1, 3])}, {side: 'right'});
  op('Unique', {x: int([3, 1, 3, 2, 1])}, {}, [int([3, 1, 2]), int([0, 1, 0, 2, 1])]);
  op('ListDiff', {x: int([3, 1, 4, 2]), y: int([1, 2])}, {}, [int([3, 4]), int([0, 2])]);
  k('Unique', {x: int([3, 1, 3, 2, 1])}, {axis: 0});
}

function strings(k) {
  k('Equal', {a: s(['a', 'b', 'ä']), b: s(['a', 'c', 'ä'])}, {}, 'strings');
  k('StaticRegexReplace', {x: s(['a1b22', 'c'])}, {pattern: '[0-9]+', rewrite: '#', replaceGlobal: true});
  k('StringSplit', {input: s(['a b', 'c']), delimiter: s([' '], [])}, {skipEmpty: true});
  k('StringNGrams', {data: s(['a', 'b', 'c', 'd']), dataSplits: int([0, 3, 4])},
    {separator: ' ', nGramWidths: [2], leftPad: '<', rightPad: '>', padWidth: 1, preserveShortSequences: false});
  k('StringToHashBucketFast', {input: s(['a', 'bc', ''])}, {numBuckets: 10});
}

export function elementwiseCases(k, op) {
  arithmetic(k, op);
  arithmeticOps(k, op);
  reductions(k, op);
  strings(k);
}
