// Tests of how a model's files reach the loader.
import {loadGraphModel} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {expectedConv, makeModel, serve} from './small_model.mjs';
import {input, kUrl, relu, x} from './small_run.mjs';

export const tests = {
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

  'a body is read as soon as its headers come, and six at a time count until then': async () => {
    const parts = makeModel({shards: 12});
    const {fetchFunc} = serve(parts, {delay: (n) => (n * 5) % 11});
    let open = 0, most = 0;
    const slow = async (url) => {
      if (!url.includes('part-')) return fetchFunc(url);
      most = Math.max(most, ++open);
      const bytes = new Uint8Array(await (await fetchFunc(url)).arrayBuffer());
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          controller.enqueue(bytes);
          controller.close();
          --open;
        },
      }, {highWaterMark: 0});  // Nothing flows until somebody reads.
      return new Response(body, {headers: {'content-length': String(bytes.length)}});
    };
    const model = await loadGraphModel(kUrl, {fetchFunc: slow});
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
    expect(most > 1 && most <= 6, `${most} bodies were open at a time`);
    model.dispose();
  },

  'a model is loaded and prepared in one call': async () => {
    const fractions = [];
    const onProgress = ({fraction}) => fractions.push(fraction);
    const model = await loadGraphModel(kUrl, {...serve(makeModel()), prepare: {onProgress}});
    expectEqual(fractions.at(-1), 1, 'the last fraction');
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
    expect(model.report().preparedBeforeRun, 'the run found everything ready');
    model.dispose();
    const prepare = {inputShapes: {nothing: [1]}};
    await expectError(() => loadGraphModel(kUrl, {...serve(makeModel()), prepare}), '\'nothing\'');
    await expectError(() => loadGraphModel(kUrl, {...serve(makeModel(), {missing: ['part-1.bin']}), prepare: true}), 'part-1.bin');
  },

  'requestInit reaches every fetch': async () => {
    const {fetchFunc} = serve(makeModel());
    const modes = [];
    const requestInit = {headers: {key: 'value'}};
    const model = await loadGraphModel(kUrl, {requestInit, fetchFunc: (url, init) => (modes.push(init), fetchFunc(url))});
    expect(modes.length === 3 && modes.every((init) => init === requestInit), 'three fetches with it');
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
};
