// Tests of the package that run inside the browser. The keys say what holds.
import {loadGraphModel, Tensor, tensor, version} from '../dist/texflow.mjs';

import {expectedConv, kInputShape, makeModel, pattern, serve} from './small_model.mjs';

const kUrl = 'https://models.test/small/model.json';
const x = pattern(32, 7);
const input = () => tensor(x, kInputShape);

function expect(condition, message) {
  if (!condition) throw new Error(message);
}

function expectEqual(actual, expected, what) {
  const [a, e] = [actual, expected].map((v) => JSON.stringify(ArrayBuffer.isView(v) ? [...v] : v));
  expect(a === e, `${what} is ${a}, expected ${e}`);
}

async function expectError(run, ...parts) {
  let message = null;
  try {
    await run();
  } catch (error) {
    message = error.message;
  }
  expect(message !== null, `expected an error with '${parts.join('\', \'')}', got none`);
  for (const part of parts) expect(message.includes(part), `the error '${message}' does not say '${part}'`);
  expect(/\.$/.test(message.trim()), `the error '${message}' is no full sentence`);
}

/** Loads the small model, hands it to `use` and disposes it. */
async function withModel(use, options = {}) {
  const {fetchFunc} = serve(makeModel(options));
  const model = await loadGraphModel(kUrl, {fetchFunc});
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

const relu = (values) => values.map((v) => Math.max(0, v));

export const tests = {
  'a convolution, relu and reshape give the known result': () => withModel((model) => {
    const y = model.predict(input());
    expect(y instanceof Tensor, 'one output comes as a Tensor');
    expectEqual(y.shape, [1, 48], 'the shape');
    expectEqual(y.dtype, 'float32', 'the dtype');
    expectEqual(y.dataSync(), relu(expectedConv(x)), 'the result');
  }),

  'inputs, outputs and signature name what the model has': () => withModel((model) => {
    expectEqual(model.inputs.map(({name, node, dtype, shape}) => [name, node, dtype, shape]),
                [['image', 'x', 'float32', kInputShape]], 'inputs');
    expectEqual(model.outputs.map(({name}) => name), ['result'], 'outputs');
    expectEqual(model.signature.inputs.image.shape, kInputShape, 'the signature');
    expect(/^\d+\.\d+\.\d+$/.test(version), 'the version has three numbers');
  }),

  'inputs are taken as a list, by signature key and by node name': () => withModel((model) => {
    for (const inputs of [[input()], {image: input()}, {x: input()}]) {
      expectEqual(model.predict(inputs).dataSync(), relu(expectedConv(x)), 'the result');
    }
  }),

  'executeAsync gives an intermediate node': () => withModel(async (model) => {
    const y = await model.executeAsync({x: input()}, ['conv']);
    expectEqual(y.shape, [1, 4, 4, 3], 'the shape');
    expectEqual(await y.data(), expectedConv(x), 'the convolution');
    const [conv, result] = await model.executeAsync({x: input()}, ['conv', 'y']);
    expectEqual(conv.dataSync(), expectedConv(x), 'the convolution beside another output');
    expectEqual(result.dataSync(), relu(expectedConv(x)), 'the result beside another output');
  }),

  'predict gives a map where the model has structured output keys': async () => {
    const parts = makeModel();
    parts.json.userDefinedMetadata = {structuredOutputKeys: ['mask']};
    const model = await loadGraphModel(kUrl, serve(parts));
    expectEqual(Object.keys(model.predict(input())), ['mask'], 'the keys');
    model.dispose();
  },

  'prepare reports progress up to 1 and compiles every program': () => withModel(async (model) => {
    const fractions = [];
    await model.prepare({onProgress: ({fraction}) => fractions.push(fraction)});
    expect(fractions.every((f, i) => i === 0 || f >= fractions[i - 1]), `progress went back: ${fractions}`);
    expectEqual(fractions.at(-1), 1, 'the last fraction');
    const compiled = model.report().programs.compiled;
    expect(compiled > 0, 'programs have been compiled');
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
    expectEqual(model.report().programs.compiled, compiled, 'programs compiled after the first run');
  }),

  'prepare stops when its signal is aborted': () => withModel(async (model) => {
    const controller = new AbortController();
    controller.abort(new Error('Stopped by the test.'));
    await expectError(() => model.prepare({signal: controller.signal}), 'Stopped by the test.');
  }),

  'prepare refuses the shape of an unknown input': () => withModel((model) =>
    expectError(() => model.prepare({inputShapes: {imag: [1]}}), '\'imag\'', '\'image\'')),

  'a model loads from an IOHandler': async () => {
    const {json, weights, specs} = makeModel();
    const {weightsManifest, ...artifacts} = json;
    const handler = {load: async () => ({...artifacts, weightSpecs: specs, weightData: weights.buffer})};
    const model = await loadGraphModel(handler);
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
    model.dispose();
  },

  'shards are fetched at most six at a time and used in manifest order': async () => {
    const {fetchFunc, log} = serve(makeModel({shards: 20}), {delay: (n) => (n * 7) % 13});
    const fractions = [];
    const model = await loadGraphModel(kUrl, {fetchFunc, onProgress: (f) => fractions.push(f)});
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
    expect(log.mostRunning <= 6 && log.mostRunning > 1, `${log.mostRunning} fetches ran at a time`);
    expectEqual(fractions.at(-1), 1, 'the last fraction');
    model.dispose();
  },

  'hub, prefix and converter options change the URLs': async () => {
    const load = async (url, options) => {
      const {fetchFunc, log} = serve(makeModel({shards: 1}));
      (await loadGraphModel(url, {...options, fetchFunc})).dispose();
      return log.urls;
    };
    expectEqual(await load('https://hub.test/m/1', {fromTFHub: true}),
                ['https://hub.test/m/1/model.json?tfjs-format=file', 'https://hub.test/m/1/part-0.bin?tfjs-format=file'], 'hub');
    expectEqual((await load(kUrl, {weightPathPrefix: 'https://cdn.test/'}))[1], 'https://cdn.test/part-0.bin', 'prefix');
    expectEqual((await load(kUrl, {weightUrlConverter: async (name) => `https://w.test/a/${name}`}))[1],
                'https://w.test/a/part-0.bin', 'converter');
  },

  'a missing shard is an error with its URL and status': () =>
    expectError(() => loadGraphModel(kUrl, serve(makeModel(), {missing: ['part-1.bin']})), 'part-1.bin', '404'),

  'a short shard is an error': () => {
    const model = makeModel({shards: 1});
    model.files['part-0.bin'] = model.files['part-0.bin'].slice(0, 100);
    return expectError(() => loadGraphModel(kUrl, serve(model)), '');
  },

  'a file that is not JSON is an error with its name': () =>
    expectError(() => loadGraphModel(kUrl, {fetchFunc: async () => new Response('<html>')}), 'model.json', 'JSON'),

  'an op that the engine lacks is named': () =>
    expectError(() => withModel((model) => model.predict(input()), {op: 'NoSuchOp'}), 'NoSuchOp'),

  'a wrong shape, dtype, count or name of an input is an error': () => withModel(async (model) => {
    await expectError(() => model.predict(tensor(x, [1, 4, 2, 4])), '[1,4,2,4]');
    await expectError(() => model.predict(tensor(x, kInputShape, 'int32')), 'int32', 'float32');
    await expectError(() => model.predict([input(), input()]), '1', '2');
    await expectError(() => model.predict({nothing: input()}), '\'nothing\'');
    await expectError(() => model.execute({x: input()}, ['nothing']), '\'nothing\'');
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result after errors');
  }),

  'a disposed model and a disposed tensor refuse use': async () => {
    const model = await withModel((m) => m);
    await expectError(() => model.predict(input()), 'disposed');
    const t = input();
    t.dispose();
    t.dispose();
    await expectError(() => t.data(), 'disposed');
  },

  'tensor takes numbers, typed arrays and nested arrays': async () => {
    const pick = ({dtype, shape}) => [dtype, shape];
    expectEqual(pick(tensor(3)), ['float32', []], 'a number');
    expectEqual(pick(tensor([[1, 2], [3, 4]])), ['float32', [2, 2]], 'a nested array');
    expectEqual(pick(tensor([true, false])), ['bool', [2]], 'booleans');
    expectEqual(pick(tensor([['a'], ['b']])), ['string', [2, 1]], 'strings');
    expectEqual(pick(tensor(new Uint8Array(4), [2, 2])), ['int32', [2, 2]], 'bytes');
    expectEqual(pick(tensor([], [0, 3])), ['float32', [0, 3]], 'an empty tensor');
    expectEqual(tensor([[1, 2, 3], [4, 5, 6]]).arraySync(), [[1, 2, 3], [4, 5, 6]], 'arraySync');
    await expectError(() => tensor([[1, 2], [3]]), 'ragged');
    await expectError(() => tensor([1, 2, 3], [2, 2]), '[2,2]', '3');
    await expectError(() => tensor([1, 'a']), 'a cannot be an element');
    await expectError(() => tensor([1], [1], 'float64'), 'float64');
  },

  'tensor takes pictures': () => {
    const canvas = new OffscreenCanvas(4, 2);
    const context = canvas.getContext('2d');
    context.fillStyle = 'rgb(10, 20, 30)';
    context.fillRect(0, 0, 4, 2);
    const t = tensor(canvas);
    expectEqual([t.dtype, t.shape], ['int32', [2, 4, 3]], 'a canvas');
    expectEqual(t.dataSync().slice(0, 6), [10, 20, 30, 10, 20, 30], 'its values');
    const image = tensor(context.getImageData(0, 0, 4, 2), [1, 1, 2, 3], 'float32');
    expectEqual([image.dtype, image.shape], ['float32', [1, 1, 2, 3]], 'a resized ImageData');
    expectEqual([...image.dataSync()], [10, 20, 30, 10, 20, 30], 'its values');
  },
};
