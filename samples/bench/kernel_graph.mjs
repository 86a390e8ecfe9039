// Graph-models of one kernel in a chain, as IOHandlers that both engines load.

const kFloat = {type: 'DT_FLOAT'};
const kInt = {type: 'DT_INT32'};
const dims = (shape) => ({shape: {dim: shape.map((size) => ({size: String(size)}))}});
const ints = (values) => ({list: {i: values.map(String)}});

const kWindow = {
  T: kFloat,
  strides: ints([1, 1, 1, 1]),
  dilations: ints([1, 1, 1, 1]),
  padding: {s: btoa('SAME')},
  data_format: {s: btoa('NHWC')},
};

/** The kernels of docs/decisions/0001-texture-layout.md. */
export const kernels = {
  'conv 1x1, 56x56x128→128': {op: 'Conv2D', shape: [1, 56, 56, 128], filter: [1, 1, 128, 128], attr: kWindow},
  'conv 3x3, 56x56x64→64': {op: 'Conv2D', shape: [1, 56, 56, 64], filter: [3, 3, 64, 64], attr: kWindow},
  'depthwise 3x3, 56x56x128': {op: 'DepthwiseConv2dNative', shape: [1, 56, 56, 128], filter: [3, 3, 128, 1], attr: kWindow},
  'add, 56x56x128': {op: 'AddV2', shape: [1, 56, 56, 128], attr: {T: kFloat}},
  'add + relu, 56x56x128': {op: 'AddV2', shape: [1, 56, 56, 128], attr: {T: kFloat}, activation: 'Relu'},
};

function repeated(shape, period, scale) {
  const count = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({length: count}, (_, i) => ((i % period) - (period >> 1)) * scale);
}

/**
 * `length` nodes in a row on a constant plus the one value of the input 'x', and four values of the last node as 'y': nothing
 * but the chain costs time, and reading 'y' waits for all of it. An addition adds the two results before it, so that no engine
 * can make one draw of two.
 */
export function chain({op, shape, filter, attr, activation}, length) {
  const constants = {base: repeated(shape, 11, 1 / 8), ...(filter ? {filter: repeated(filter, 7, 1 / 64)} : {})};
  const weights = {...constants, begin: new Int32Array(4), size: Int32Array.of(1, 1, 1, 4)};
  const shapes = {base: shape, filter, begin: [4], size: [4]};
  const specs = Object.entries(weights).map(([name, values]) =>
    ({name, shape: shapes[name], dtype: values instanceof Int32Array ? 'int32' : 'float32'}));
  const node = [
    {name: 'x', op: 'Placeholder', attr: {dtype: kFloat, ...dims([1])}},
    ...specs.map(({name, dtype}) => ({name, op: 'Const', attr: {dtype: dtype === 'int32' ? kInt : kFloat}})),
    {name: 'node0', op: 'AddV2', input: ['base', 'x'], attr: {T: kFloat}},
  ];
  for (let i = 1; i <= length; ++i) {
    const name = `node${i}`, input = [`node${i - 1}`, filter ? 'filter' : `node${Math.max(0, i - 2)}`];
    node.push({name: activation ? `${name}/inner` : name, op, input, attr});
    if (activation) node.push({name, op: activation, input: [`${name}/inner`], attr: {T: kFloat}});
  }
  node.push({name: 'y', op: 'Slice', input: [`node${length}`, 'begin', 'size'], attr: {T: kFloat, Index: kInt}});
  const signature = {
    inputs: {x: {name: 'x:0', dtype: 'DT_FLOAT', tensorShape: dims([1]).shape}},
    outputs: {y: {name: 'y:0', dtype: 'DT_FLOAT', tensorShape: dims([1, 1, 1, 4]).shape}},
  };
  const weightData = new Uint8Array(Object.values(weights).reduce((sum, {byteLength}) => sum + byteLength, 0));
  let offset = 0;
  for (const {buffer, byteLength} of Object.values(weights)) {
    weightData.set(new Uint8Array(buffer), offset);
    offset += byteLength;
  }
  const artifacts = {
    format: 'graph-model',
    modelTopology: {node, versions: {producer: 1087}},
    signature,
    weightSpecs: specs,
    weightData: weightData.buffer,
  };
  return {load: async () => artifacts};
}
