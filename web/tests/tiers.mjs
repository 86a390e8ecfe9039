// Tests of models with two tiers: the host computes at once, the GPU from when its programs are ready.
import {loadGraphModel, tensor} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {expectedConv, kInputShape, makeModel, pattern, serve} from './small_model.mjs';
import {input, kUrl, relu, x} from './small_run.mjs';

async function withTiers(options, use) {
  const model = await loadGraphModel(kUrl, {...serve(makeModel()), ...options});
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

const tiersOf = (model) => model.report().runTiers.map((tier) => tier[0]).join('');
const expected = relu(expectedConv(x));

/** Runs until the GPU computes, at most for half a minute. */
async function runUntilSwitched(model) {
  const end = performance.now() + 30000;
  while (performance.now() < end) {
    const y = await model.predictAsync(input());
    expectEqual(y.dataSync(), expected, 'the result');
    if (tiersOf(model).endsWith('g')) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error(`the programs did not become ready: ${JSON.stringify(model.report())}`);
}

export const tests = {
  'a tiered start computes on the host at once and switches to the GPU by itself': () =>
    withTiers({start: 'tiered'}, async (model) => {
      const first = await model.predictAsync(input());
      expectEqual(first.dataSync(), expected, 'the first result');
      expectEqual([tiersOf(model), model.report().programs.compiled], ['h', 0], 'tier and programs of the first run');
      await runUntilSwitched(model);
      const tiers = tiersOf(model);
      expect(/^h+g$/.test(tiers), `the tiers are ${tiers}`);
      expectEqual(model.predict(input()).dataSync(), expected, 'a run after the switch');
      const other = pattern(32, 5);
      expectEqual(model.predict(tensor(other, kInputShape)).dataSync(), relu(expectedConv(other)), 'other values');
    }),

  'a tiered model that has been prepared runs on the GPU alone': () => withTiers({start: 'tiered'}, async (model) => {
    await model.prepare();
    expectEqual(model.predict(input()).dataSync(), expected, 'the result');
    expectEqual(tiersOf(model), 'g', 'the tiers');
  }),

  'auto tries both tiers and keeps one': () => withTiers({backend: 'auto'}, async (model) => {
    await model.prepare();
    for (let run = 0; run < 20; ++run) expectEqual((await model.predictAsync(input())).dataSync(), expected, 'the result');
    const tiers = tiersOf(model);
    expect(/^hhhhgggg(h{12}|g{12})$/.test(tiers), `the tiers are ${tiers}`);
    expectEqual(model.report().device.backend, 'auto', 'the backend');
  }),

  'the host alone compiles nothing': () => withTiers({backend: 'host'}, async (model) => {
    await model.prepare();
    expectEqual(model.predict(input()).dataSync(), expected, 'the result');
    const [conv] = [await model.executeAsync({x: input()}, ['conv'])].flat();
    expectEqual(conv.dataSync(), expectedConv(x), 'a node in the middle');
    expectEqual([tiersOf(model), model.report().programs.compiled], ['hh', 0], 'tiers and programs');
  }),

  'values of a host run may be asked for after the switch': () => withTiers({start: 'tiered'}, async (model) => {
    const pending = model.predict(input());
    await model.prepare();
    expectEqual(await pending.data(), expected, 'the result');
    await runUntilSwitched(model);
  }),

  'an unknown backend or start is refused': async () => {
    await expectError(() => loadGraphModel(kUrl, {...serve(makeModel()), backend: 'gpu'}), '\'gpu\'');
    await expectError(() => loadGraphModel(kUrl, {...serve(makeModel()), start: 'now'}), '\'now\'');
  },

  'a worker runs a tiered model': async () => {
    const source = `
      import {loadGraphModel, tensor} from '${new URL('../dist/texflow.mjs', import.meta.url)}';
      import {kInputShape, makeModel, pattern, serve} from '${new URL('./small_model.mjs', import.meta.url)}';
      const model = await loadGraphModel('${kUrl}', {...serve(makeModel()), start: 'tiered'});
      const y = await model.predictAsync(tensor(pattern(32, 7), kInputShape));
      await model.prepare();
      const z = await model.predictAsync(tensor(pattern(32, 7), kInputShape));
      postMessage([[...y.dataSync()], [...z.dataSync()], model.report().runTiers]);`;
    const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
    const worker = new Worker(url, {type: 'module'});
    try {
      const [first, second, tiers] = await new Promise((resolve, reject) => {
        worker.onmessage = ({data}) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      });
      expectEqual([first, second, tiers], [[...expected], [...expected], ['host', 'gl']], 'results and tiers');
    } finally {
      worker.terminate();
      URL.revokeObjectURL(url);
    }
  },
};
