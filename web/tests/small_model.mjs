// A model of one convolution, relu and reshape, written by the tests, with its result computed in plain JavaScript.

export const kInputShape = [1, 4, 4, 2];
const kOutputChannels = 3;

/** Small whole numbers that repeat, so that every sum is exact. */
export function pattern(count, period) {
  return Float32Array.from({length: count}, (_, i) => (i % period) - (period >> 1));
}

const kernel = pattern(3 * 3 * 2 * kOutputChannels, 5);
const shapeAttr = (dims) => ({shape: {dim: dims.map((size) => ({size: String(size)}))}});
const ints = (...values) => ({list: {i: values.map(String)}});
const kFloat = {type: 'DT_FLOAT'};
const kInt = {type: 'DT_INT32'};

/** Parts of model.json. `shards`: files that the weights are cut into. `op`: the activation's op. `batch`: -1 leaves it open. */
export function makeModel({shards = 2, op = 'Relu', batch = 1} = {}) {
  const inputShape = [batch, ...kInputShape.slice(1)];
  const weights = new Uint8Array(kernel.byteLength + 8);
  weights.set(new Uint8Array(kernel.buffer), 0);
  weights.set(new Uint8Array(Int32Array.of(batch, 48).buffer), kernel.byteLength);
  const node = [
    {name: 'x', op: 'Placeholder', attr: {dtype: kFloat, shape: shapeAttr(inputShape)}},
    {name: 'kernel', op: 'Const', attr: {dtype: kFloat}},
    {name: 'flat', op: 'Const', attr: {dtype: kInt}},
    {
      name: 'conv',
      op: 'Conv2D',
      input: ['x', 'kernel'],
      attr: {
        T: kFloat,
        strides: ints(1, 1, 1, 1),
        dilations: ints(1, 1, 1, 1),
        padding: {s: btoa('SAME')},
        data_format: {s: btoa('NHWC')},
      },
    },
    {name: 'act', op, input: ['conv'], attr: {T: kFloat}},
    {name: 'y', op: 'Reshape', input: ['act', 'flat'], attr: {T: kFloat, Tshape: kInt}},
  ];
  const signature = {
    inputs: {image: {name: 'x:0', dtype: 'DT_FLOAT', tensorShape: shapeAttr(inputShape).shape}},
    outputs: {result: {name: 'y:0', dtype: 'DT_FLOAT', tensorShape: shapeAttr([batch, 48]).shape}},
  };
  const specs = [
    {name: 'kernel', shape: [3, 3, 2, kOutputChannels], dtype: 'float32'},
    {name: 'flat', shape: [2], dtype: 'int32'},
  ];
  const paths = Array.from({length: shards}, (_, i) => `part-${i}.bin`);
  const size = Math.ceil(weights.length / shards);
  return {
    json: {
      format: 'graph-model',
      modelTopology: {node, versions: {producer: 1087}},
      signature,
      weightsManifest: [{paths, weights: specs}],
    },
    files: Object.fromEntries(paths.map((path, i) => [path, weights.slice(i * size, (i + 1) * size)])),
    weights,
    specs,
  };
}

/** A fetchFunc that serves the model at https://models.test/small/ and remembers what was asked. */
export function serve(model, {delay = () => 0, missing = []} = {}) {
  const log = {urls: [], running: 0, mostRunning: 0};
  const fetchFunc = async (url) => {
    log.urls.push(url);
    log.mostRunning = Math.max(log.mostRunning, ++log.running);
    await new Promise((resolve) => setTimeout(resolve, delay(log.urls.length)));
    --log.running;
    const name = new URL(url).pathname.split('/').pop();
    if (missing.includes(name)) return new Response('', {status: 404});
    if (name === 'model.json') return new Response(JSON.stringify(model.json));
    return new Response(model.files[name]);
  };
  return {fetchFunc, log};
}

/** The convolution without activation. */
export function expectedConv(x) {
  const [, height, width, channels] = kInputShape;
  const y = new Float32Array(height * width * kOutputChannels);
  for (let row = 0; row < height; ++row) {
    for (let column = 0; column < width; ++column) {
      for (let out = 0; out < kOutputChannels; ++out) {
        let sum = 0;
        for (let ky = 0; ky < 3; ++ky) {
          for (let kx = 0; kx < 3; ++kx) {
            const r = row + ky - 1, c = column + kx - 1;
            if (r < 0 || r >= height || c < 0 || c >= width) continue;
            for (let k = 0; k < channels; ++k) {
              sum += x[(r * width + c) * channels + k] * kernel[((ky * 3 + kx) * channels + k) * kOutputChannels + out];
            }
          }
        }
        y[(row * width + column) * kOutputChannels + out] = sum;
      }
    }
  }
  return y;
}
