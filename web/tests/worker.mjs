// Tests of the package inside a worker, where even a run on the host holds up nobody, and of manifests.
import {loadGraphModel, prepareFromManifest} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {expectedConv, makeModel, serve} from './small_model.mjs';
import {input, kUrl, relu, withModel, x} from './small_run.mjs';

/** Runs one of the jobs of worker_side.mjs in a worker of its own. */
async function inWorker(job, transfer = []) {
  const worker = new Worker(new URL('worker_side.mjs', import.meta.url), {type: 'module'});
  try {
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({data}) => resolve(data);
      worker.onerror = ({message}) => reject(new Error(`The worker fails: ${message}`));
      worker.postMessage(job, transfer);
    });
    if (answer.error) throw new Error(answer.error);
    return answer;
  } finally {
    worker.terminate();
  }
}

export const tests = {
  'a worker loads, prepares and runs a model on an OffscreenCanvas': async () => {
    const {values, shape, fractions, compiled} = await inWorker({what: 'run'});
    expectEqual(shape, [1, 48], 'the shape');
    expectEqual(values, relu(expectedConv(x)), 'the result');
    expectEqual(fractions.at(-1), 1, 'the last fraction');
    expect(compiled > 0, 'programs have been compiled');
  },

  'a worker runs on the canvas that a page hands over': async () => {
    const canvas = document.createElement('canvas').transferControlToOffscreen();
    const {values} = await inWorker({what: 'run', canvas}, [canvas]);
    expectEqual(values, relu(expectedConv(x)), 'the result');
  },

  'what a manifest names is compiled before the model is loaded': async () => {
    const manifest = await withModel(async (model) => {
      await model.prepare();
      return model.manifest();
    });
    expect(manifest.programs.length > 0, 'the manifest names programs');
    // A worker has a context of its own, which has no programs yet.
    const {ahead, later, values} = await inWorker({what: 'manifest', manifest});
    expectEqual([ahead.programs, later.programs], [manifest.programs.length, 0], 'programs linked before and after loading');
    expectEqual(values, relu(expectedConv(x)), 'the result');
  },

  'a manifest that is wrong changes nothing': async () => {
    const fetchFunc = (json) => ({fetchFunc: async () => new Response(JSON.stringify(json))});
    const wrong = [null, 3, {}, {kernel: 'conv'}, {kernel: '../conv', defines: [], inputs: 1, vectors: 1, weights: false}];
    expectEqual(await prepareFromManifest(kUrl, fetchFunc({version: 1, programs: wrong})), {programs: 0}, 'what is compiled');
    await expectError(() => prepareFromManifest(kUrl, fetchFunc({programs: 3})), kUrl, 'list of programs');
    await expectError(() => prepareFromManifest(kUrl, fetchFunc([])), 'JSON object');
    const model = await loadGraphModel(kUrl, {...serve({...makeModel(), json: {...makeModel().json,
      userDefinedMetadata: {texflow: {programs: wrong}}}}), prepare: true});
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result of a model that carries it');
    model.dispose();
  },

  'a worker takes pictures': async () => {
    const canvas = new OffscreenCanvas(2, 2);
    const context = canvas.getContext('2d');
    context.fillStyle = 'rgb(10, 20, 30)';
    context.fillRect(0, 0, 2, 2);
    const bitmap = await createImageBitmap(canvas);
    const {values, shape} = await inWorker({what: 'picture', bitmap}, [bitmap]);
    expectEqual(shape, [2, 2, 3], 'the shape');
    expectEqual(values.slice(0, 3), [10, 20, 30], 'the first pixel');
  },
};
