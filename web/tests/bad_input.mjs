// Tests of what is refused: every error is a rejected promise or a thrown Error with a full sentence.
import {configure, loadGraphModel, tensor} from '../dist/texflow.mjs';

import {expectEqual, expectError} from './expect.mjs';
import {expectedConv, kInputShape, makeModel, serve} from './small_model.mjs';
import {input, kUrl, relu, withModel, x} from './small_run.mjs';

/** The canvas that the page runs on: its context is the one to lose. */
export const canvas = new OffscreenCanvas(1, 1);

/** Loads the small model after `change` has been at its parts. */
async function loadChanged(change, options = {shards: 1}) {
  const parts = makeModel(options);
  change(parts);
  (await loadGraphModel(kUrl, serve(parts))).dispose();
}

const expectRefused = (change, ...parts) => expectError(() => loadChanged(change), ...parts);

export const tests = {
  'a missing file is an error with its URL and status': async () => {
    await expectError(() => loadGraphModel(kUrl, serve(makeModel(), {missing: ['part-1.bin']})), 'part-1.bin', '404');
    await expectError(() => loadGraphModel(kUrl, serve(makeModel(), {missing: ['model.json']})), 'model.json', '404');
    await expectError(() => loadGraphModel(new URL('no-such-model.json', location.href).href), 'no-such-model.json', '404');
  },

  'a fetch or a body that breaks is an error with its URL': async () => {
    const refuse = async () => {
      throw new TypeError('Failed to fetch');
    };
    await expectError(() => loadGraphModel(kUrl, {fetchFunc: refuse}), kUrl, 'Failed to fetch');
    const {fetchFunc} = serve(makeModel());
    const broken = async (url) => {
      if (!url.includes('part-1')) return fetchFunc(url);
      return new Response(new ReadableStream({pull: (controller) => controller.error(new Error('connection reset'))}));
    };
    await expectError(() => loadGraphModel(kUrl, {fetchFunc: broken}), 'Reading', 'part-1.bin');
  },

  'a shard that is too short or too long is an error with its URL': async () => {
    const resize = (bytes) => (parts) => {
      const whole = parts.files['part-0.bin'];
      parts.files['part-0.bin'] = new Uint8Array(whole.length + bytes);
      parts.files['part-0.bin'].set(whole.slice(0, whole.length + Math.min(0, bytes)));
    };
    await expectRefused(resize(-1), 'part-0.bin');
    await expectRefused(resize(-200), 'part-0.bin');
    await expectRefused(resize(1), 'part-0.bin');
    await expectRefused(resize(1000), 'part-0.bin');
  },

  'a file that is not a JSON object is an error with its name': async () => {
    for (const text of ['<!doctype html><title>Not found</title>', '', '[]', 'null', '3', '{"modelTopology":']) {
      await expectError(() => loadGraphModel(kUrl, {fetchFunc: async () => new Response(text)}), 'model.json', 'JSON');
    }
  },

  'weights with a wrong dtype, shape or quantization are named': async () => {
    const spec = (parts) => parts.json.weightsManifest[0].weights[0];
    await expectRefused((parts) => (spec(parts).dtype = 'float63'), 'kernel', 'float63');
    for (const shape of [[3, 3, 2, -3], [3, 3, 2, 'x'], [1e9, 1e9, 1e9], [3.5], 'wide', null]) {
      await expectRefused((parts) => (spec(parts).shape = shape), 'kernel');
    }
    for (const scale of ['NaN', null, -1e999]) {
      await expectRefused((parts) => (spec(parts).quantization = {dtype: 'uint8', scale, min: 0}), 'kernel');
    }
    await expectRefused((parts) => parts.json.weightsManifest[0].weights.shift(), 'kernel');
  },

  'weight paths that leave the folder are refused before they are fetched': async () => {
    for (const path of ['../part-0.bin', 'a/../../part-0.bin', '/etc/passwd', 'https://other.test/x.bin', 'a\\b', '']) {
      const parts = makeModel({shards: 1});
      parts.json.weightsManifest[0].paths = [path];
      const {fetchFunc, log} = serve(parts);
      await expectError(() => loadGraphModel(kUrl, {fetchFunc}), `'${path}'`);
      expectEqual(log.urls, [kUrl], 'the URLs fetched');
    }
  },

  'all ops that the engine lacks are named at once': () => expectRefused((parts) => {
    const nodes = parts.json.modelTopology.node;
    nodes.splice(5, 0, {name: 'other', op: 'NoSuchOther', input: ['act'], attr: {}});
    nodes[4].op = 'NoSuchOp';
    nodes[6].input[0] = 'other';
  }, 'NoSuchOp', 'NoSuchOther', '\'act\'', '\'other\''),

  'a cyclic graph and an input that no node makes are refused': async () => {
    await expectRefused((parts) => (parts.json.modelTopology.node[3].input[0] = 'y'), 'conv');
    await expectRefused((parts) => (parts.json.modelTopology.node[4].input[0] = 'nowhere'), 'nowhere');
  },

  'a source that is neither a URL nor an IOHandler is refused': async () => {
    for (const source of [undefined, null, 3, {}]) await expectError(() => loadGraphModel(source), 'URL');
    await expectError(() => loadGraphModel({load: async () => ({})}), 'IOHandler');
  },

  'a wrong shape, dtype, count or name of an input is an error': () => withModel(async (model) => {
    for (const name of ['image', 'x', 'x:0']) {
      await expectError(() => model.predict({[name]: tensor(x, [1, 4, 2, 4])}), '[1,4,2,4]', '[1,4,4,2]');
      await expectError(() => model.predict({[name]: tensor(x, kInputShape, 'int32')}), 'int32', 'float32');
    }
    await expectError(() => model.predict([input(), input()]), '1', '2');
    await expectError(() => model.predict({nothing: input()}), '\'nothing\'');
    await expectError(() => model.predict({}), 'x');
    await expectError(() => model.predict({image: x}), '\'image\'');
    await expectError(() => model.predict(x), 'Float32Array');
    await expectError(() => model.predict(null), 'null');
    await expectError(() => model.execute({x: input()}, ['nothing']), '\'nothing\'');
    await expectError(() => model.executeAsync({x: input()}, ['y:7']), 'y');
    await expectError(() => model.prepare({inputShapes: {image: [1, 2]}}), '[1,2]');
    await expectError(() => model.prepare({inputShapes: {image: [1, NaN, 4, 2]}}), 'image');
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result after errors');
  }),

  'options of the context come before the first model': async () => {
    await withModel(() => {});
    await expectError(() => configure({stripes: 4}), 'before the first');
    await expectError(() => configure({stripes: 3}), '3');
  },

  'a lost WebGL context is an error, and the next model gets a new context': async () => {
    await withModel(async (model) => {
      model.predict(input());
      canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
      await expectError(() => model.executeAsync(input()), 'lost');
      await expectError(() => model.prepare(), 'lost');
    });
    await withModel((model) => expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result'));
  },
};
