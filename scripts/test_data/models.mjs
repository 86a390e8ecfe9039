// Small graph-models, one of every kind of file: what is in them is explained beside each.
import {f, i, s, v} from './values.mjs';

const base64 = (text) => Buffer.from(text).toString('base64');
const shapeOf = (dims) => ({dim: dims.map((size) => ({size: String(size)}))});
const kTypes = {float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', string: 'DT_STRING', complex64: 'DT_COMPLEX64'};

const placeholder = (name, shape, dtype = 'float32') =>
  ({name, op: 'Placeholder', attr: {dtype: {type: kTypes[dtype]}, shape: {shape: shapeOf(shape)}}});
const node = (op, name, input, attr = {}) => ({name, op, input, attr: {T: {type: 'DT_FLOAT'}, ...attr}});
const constant = (name, {shape, dtype}) => ({
  name, op: 'Const',
  attr: {dtype: {type: kTypes[dtype]}, value: {tensor: {dtype: kTypes[dtype], tensorShape: shapeOf(shape)}}},
});
const entry = (name, dtype, shape) => ({name, dtype: kTypes[dtype], tensorShape: shapeOf(shape)});
const list = (...numbers) => ({list: {i: numbers.map(String)}});
const text = (value) => ({s: base64(value)});

function floatToHalf(value) {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return (bits >>> 16) & 0x8000;
  return ((bits >>> 16) & 0x8000) | (((exponent << 10) | ((bits & 0x7fffff) >>> 13)) + ((bits >>> 12) & 1));
}

/** Manifest entry and bytes of a weight; `stored`: uint8, uint16 or float16 for quantized ones. */
function encode(name, {shape, dtype, data}, stored) {
  const spec = {name, shape, dtype};
  if (stored === 'float16') {
    spec.quantization = {dtype: 'float16', original_dtype: 'float32'};
    return {spec, bytes: Buffer.from(Uint16Array.from(data, floatToHalf).buffer)};
  }
  if (stored) {
    const min = Math.min(...data), scale = (Math.max(...data) - min) / (stored === 'uint8' ? 255 : 65535);
    spec.quantization = {dtype: stored, min, scale, original_dtype: 'float32'};
    const array = stored === 'uint8' ? Uint8Array : Uint16Array;
    return {spec, bytes: Buffer.from(array.from(data, (x) => Math.round((x - min) / scale)).buffer)};
  }
  if (dtype === 'string') {
    const parts = data.flatMap((item) => {
      const bytes = Buffer.from(item), length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    return {spec, bytes: Buffer.concat(parts)};
  }
  const array = {float32: Float32Array, complex64: Float32Array, int32: Int32Array, bool: Uint8Array}[dtype];
  return {spec, bytes: Buffer.from(array.from(data).buffer)};
}

/** model.json and shards. `weights`: name → tensor; `groups`: lists of names; `cuts`: sizes of the shards of each group. */
function files({nodes, weights = {}, stored = {}, groups, cuts = [], signature, metadata, ...more}) {
  const shards = {};
  const manifest = (groups ?? [Object.keys(weights)]).map((names, g) => {
    const encoded = names.map((name) => encode(name, weights[name], stored[name]));
    const all = Buffer.concat(encoded.map(({bytes}) => bytes));
    const ends = [...(cuts[g] ?? []), all.length], paths = [];
    ends.forEach((end, n) => {
      paths.push(`group${g + 1}-shard${n + 1}of${ends.length}.bin`);
      shards[paths[n]] = all.subarray(n ? ends[n - 1] : 0, end);
    });
    return {paths, weights: encoded.map(({spec}) => spec)};
  });
  const json = {format: 'graph-model', generatedBy: 'scripts/make_test_data.mjs', convertedBy: null,
                modelTopology: {node: nodes, versions: {producer: 1}}, ...(signature ? {signature} : {}),
                ...(metadata ? {userDefinedMetadata: metadata} : {}), weightsManifest: manifest, ...more};
  return {json, shards};
}

// A convolution with bias and relu, a pool and a dense layer over a picture; attributes are base64 strings.
function picture() {
  const weights = {'conv/w': f([3, 3, 3, 5], -0.5, 0.5), 'conv/b': f([5], -0.5, 0.5), 'dense/w': f([80, 4], -0.5, 0.5),
                   'flat/shape': v([-1, 80], 'int32')};
  const nodes = [
    placeholder('image', [-1, 8, 8, 3]), ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
    node('_FusedConv2D', 'conv', ['image', 'conv/w', 'conv/b'],
         {strides: list(1, 1, 1, 1), dilations: list(1, 1, 1, 1), padding: text('SAME'), data_format: text('NHWC'),
          num_args: {i: '1'}, fused_ops: {list: {s: ['BiasAdd', 'Relu'].map(base64)}}, epsilon: {f: 0}}),
    node('MaxPool', 'pool', ['conv'], {ksize: list(1, 2, 2, 1), strides: list(1, 2, 2, 1), padding: text('VALID'), data_format: text('NHWC')}),
    node('Reshape', 'flat', ['pool', 'flat/shape']),
    node('MatMul', 'dense', ['flat', 'dense/w'], {transpose_a: {b: false}, transpose_b: {b: false}}),
    node('Softmax', 'scores', ['dense']),
  ];
  const signature = {inputs: {image: entry('image:0', 'float32', [-1, 8, 8, 3])}, outputs: {scores: entry('scores:0', 'float32', [-1, 4])}};
  return {...files({nodes, weights, signature}), inputs: {image: f([1, 8, 8, 3], 0, 1)}};
}

// The same weights in two groups of shards that are cut within values.
function sharded() {
  const weights = {a: f([4, 6]), b: f([6]), c: f([6, 3]), d: f([3])};
  const nodes = [
    placeholder('x', [2, 4]), ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
    node('MatMul', 'xa', ['x', 'a']), node('AddV2', 'xab', ['xa', 'b']), node('Relu', 'hidden', ['xab']),
    node('MatMul', 'hc', ['hidden', 'c']), node('AddV2', 'y', ['hc', 'd']),
  ];
  const signature = {inputs: {x: entry('x:0', 'float32', [2, 4])}, outputs: {y: entry('y:0', 'float32', [2, 3])}};
  return {...files({nodes, weights, groups: [['a', 'b'], ['c', 'd']], cuts: [[1, 50, 51], [30]], signature}), inputs: {x: f([2, 4])}};
}

// uint8, uint16 and float16 in place of float32.
function quantized() {
  const weights = {u8: f([3, 4]), u16: f([3, 4]), f16: f([3, 4])};
  const nodes = [
    placeholder('x', [3, 4]), ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
    node('Mul', 'm', ['x', 'u8']), node('AddV2', 'n', ['m', 'u16']), node('Sub', 'y', ['n', 'f16']),
  ];
  return {...files({nodes, weights, stored: {u8: 'uint8', u16: 'uint16', f16: 'float16'}}), inputs: {x: f([3, 4])}};
}

// int32, bool, string and complex64 weights, and inputs and outputs of several dtypes.
function dtypes() {
  const weights = {ints: v([1, -2, 3], 'int32'), bools: v([1, 0, 1], 'bool'), words: s(['ab', '', 'ä']),
                   waves: v([3, 4, 0, 2], 'complex64', [2])};
  const t = (dtype) => ({T: {type: kTypes[dtype]}});
  const nodes = [
    placeholder('number', [3], 'int32'), placeholder('flag', [3], 'bool'),
    ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
    node('AddV2', 'sum', ['number', 'ints'], t('int32')), node('LogicalAnd', 'both', ['flag', 'bools']),
    node('Equal', 'same', ['words', 'words'], t('string')), node('ComplexAbs', 'length', ['waves'], {T: {type: 'DT_COMPLEX64'}}),
    node('Identity', 'copy', ['words'], t('string')),
  ];
  const signature = {
    inputs: {number: entry('number:0', 'int32', [3]), flag: entry('flag:0', 'bool', [3])},
    outputs: {'a/sum': entry('sum:0', 'int32', [3]), both: entry('both:0', 'bool', [3]), same: entry('same:0', 'bool', [3]),
              length: entry('length:0', 'float32', [2])},
  };
  return {...files({nodes, weights, signature}), inputs: {number: i([3]), flag: v([1, 1, 0], 'bool')}};
}

// Several outputs under structured keys, a split with two outputs, nodes in no particular order, control inputs.
function structured() {
  const weights = {axis: v([1], 'int32', []), k: v([2], 'float32', [])};
  const nodes = [
    node('Mul', 'late', ['parts:1', 'k', '^early']), node('Neg', 'early', ['parts']),
    node('Split', 'parts', ['axis', 'x'], {num_split: {i: 2}}), placeholder('x', [2, 6]),
    ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
  ];
  const signature = {inputs: {x: entry('x:0', 'float32', [2, 6])},
                     outputs: {Identity: entry('early:0', 'float32', [2, 3]), Identity_1: entry('late:0', 'float32', [2, 3])}};
  return {...files({nodes, weights, signature, metadata: {structuredOutputKeys: ['left', 'right']}}), inputs: {x: f([2, 6])}};
}

// Sizes computed from the input's shape; the signature lies where older converters put it; attributes as they wrote them.
function dynamic() {
  const weights = {begin: v([0], 'int32'), end: v([1], 'int32'), step: v([1], 'int32'), rest: v([-1], 'int32', [])};
  const slice = {begin_mask: {i: 0}, end_mask: {i: 0}, ellipsis_mask: {i: 0}, new_axis_mask: {i: 0}, shrink_axis_mask: {i: 1}};
  const nodes = [
    {name: 'x', op: 'Placeholder', attr: {dtype: {type: 1}, shape: {shape: {unknownRank: false, dim: [{size: -1}, {size: '4'}, {size: 3}]}}}},
    ...Object.entries(weights).map(([name, tensor]) => constant(name, tensor)),
    node('Shape', 'shape', ['x'], {out_type: {type: 3}}), node('StridedSlice', 'batch', ['shape', 'begin', 'end', 'step'], slice),
    node('Pack', 'target', ['batch', 'rest'], {N: {i: 2}, axis: {i: 0}}), node('Reshape', 'y', ['x', 'target']),
    {name: 'z', op: 'LeakyRelu', input: ['y'], attr: {alpha: {f: 0.25}, note: {s: [...Buffer.from('bytes')]}}},
  ];
  const signature = {inputs: {x: {name: 'x:0', dtype: 1, tensorShape: shapeOf([-1, 4, 3])}}, outputs: {z: entry('z:0', 'float32', [-1, 12])}};
  return {...files({nodes, weights, metadata: {signature}}), inputs: {x: f([2, 4, 3])}};
}

// Constants whose values are in the topology itself. TensorFlow.js does not read them: its answer is that of `split`.
function inline() {
  const weights = {w: f([4, 3]), b: v([0.5, 0.5, 0.5])};
  const nodes = [placeholder('x', [2, 4]), constant('w', weights.w), constant('b', weights.b), node('MatMul', 'm', ['x', 'w']), node('BiasAdd', 'y', ['m', 'b'])];
  const split = files({nodes, weights});
  const inlined = structuredClone(nodes);
  inlined[1].attr.value.tensor.tensorContent = Buffer.from(Float32Array.from(weights.w.data).buffer).toString('base64');
  inlined[2].attr.value.tensor.floatVal = [0.5];
  return {...files({nodes: inlined}), oracle: split, inputs: {x: f([2, 4])}};
}

/** Keras 2 writes the calls of a layer on other layers' first outputs so. */
const layer = (className, name, config, ...inputs) => ({
  class_name: className, name, config: {name, trainable: true, ...config},
  inbound_nodes: inputs.length ? [inputs.map((from) => [from, 0, 0, {}])] : [],
});

// Keras layers: a convolution, one of every channel, batch normalization and a sum over pictures of any size, then a dense layer.
function layers() {
  const weights = {
    'stem/kernel': f([3, 3, 3, 6], -0.5, 0.5), 'stem/bias': f([6], -0.5, 0.5), 'norm/gamma': f([6], 0.5, 1), 'norm/beta': f([6], -0.5, 0.5),
    'norm/moving_mean': f([6], -0.5, 0.5), 'norm/moving_variance': f([6], 0.5, 1), 'deep/depthwise_kernel': f([3, 3, 6, 1], -0.5, 0.5),
    'scores/kernel': f([6, 4], -1, 1), 'scores/bias': f([4], -1, 1),
  };
  const conv = {strides: [1, 1], padding: 'same', data_format: 'channels_last', dilation_rate: [1, 1], kernel_size: [3, 3]};
  const config = {
    name: 'small',
    layers: [
      layer('InputLayer', 'image', {batch_input_shape: [null, null, null, 3], dtype: 'float32', sparse: false}),
      layer('Conv2D', 'stem', {...conv, filters: 6, activation: 'relu', use_bias: true}, 'image'),
      layer('DepthwiseConv2D', 'deep', {...conv, depth_multiplier: 1, activation: 'linear', use_bias: false}, 'stem'),
      layer('BatchNormalization', 'norm', {axis: [3], momentum: 0.99, epsilon: 0.001, center: true, scale: true}, 'deep'),
      layer('Add', 'sum', {}, 'stem', 'norm'),
      layer('GlobalAveragePooling2D', 'mean', {data_format: 'channels_last'}, 'sum'),
      layer('Dense', 'scores', {units: 4, activation: 'softmax', use_bias: true}, 'mean'),
    ],
    input_layers: [['image', 0, 0]],
    output_layers: [['scores', 0, 0]],
  };
  const modelTopology = {keras_version: '2.15.0', backend: 'tensorflow', model_config: {class_name: 'Functional', config}};
  return {...files({format: 'layers-model', modelTopology, weights, cuts: [[700]]}), inputs: {image: f([2, 9, 7, 3], 0, 1)}};
}

export const models = {picture, sharded, quantized, dtypes, structured, dynamic, inline, layers};
