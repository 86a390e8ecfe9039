// Tests of runs that overlap, are waited for, or are given up.
import {tensor} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {blockingCalls} from './gl_calls.mjs';
import {expectedConv, kInputShape, pattern} from './small_model.mjs';
import {input, relu, withModel, x} from './small_run.mjs';

const other = pattern(32, 5);
const otherInput = () => tensor(other, kInputShape);

export const tests = {
  'executeAsync and data() ask for values only when the GPU has them': () => withModel(async (model) => {
    await model.prepare();
    for (let run = 0; run < 3; ++run) {
      const blocking = await blockingCalls(async () => {
        const y = await model.executeAsync({x: input()});
        expectEqual(await y.data(), relu(expectedConv(x)), 'the result of executeAsync');
        const z = model.predict(otherInput());
        expectEqual(z.shape, [1, 48], 'the shape before the values are there');
        expectEqual(await z.array(), [[...relu(expectedConv(other))]], 'the result of predict');
      });
      expectEqual(blocking, [], 'the calls that wait');
    }
  }),

  'runs that overlap give each its own result': () => withModel(async (model) => {
    const first = model.executeAsync({x: input()}, ['conv']);
    const second = model.executeAsync({x: otherInput()}, ['conv']);
    const third = model.predict(otherInput());
    const fourth = model.predict(input());
    expectEqual(third.dataSync(), relu(expectedConv(other)), 'the third');
    expectEqual((await first).dataSync(), expectedConv(x), 'the first');
    expectEqual((await second).dataSync(), expectedConv(other), 'the second');
    expectEqual(await fourth.data(), relu(expectedConv(x)), 'the fourth');
  }),

  'an input may be disposed, or be the output of a run that goes on': () => withModel(async (model) => {
    const given = input();
    const pending = model.executeAsync({x: given}, ['act']);
    given.dispose();
    const act = await pending;
    const y = model.execute({act: model.execute({x: input()}, ['act'])}, ['y']);
    expectEqual(await y.data(), act.dataSync(), 'the reshaped activation');
  }),

  'outputs that nobody reads do not hold up the next run': () => withModel(async (model) => {
    model.predict(input()).dispose();
    const kept = model.predict(otherInput());
    const reading = kept.data();
    kept.dispose();
    kept.dispose();
    expectEqual(await reading, relu(expectedConv(other)), 'values asked for before their tensor was disposed');
    await expectError(() => kept.data(), 'disposed');
    expectEqual(await model.predict(input()).data(), relu(expectedConv(x)), 'the next run');
  }),

  'a model that is disposed ends its runs with an error': async () => {
    const [running, unread] = await withModel((model) => {
      const outcome = model.executeAsync({x: input()}).then(() => null, ({message}) => message);
      return [{outcome}, model.predict(otherInput())];
    });
    const message = await running.outcome;
    expect(message === null || message.includes('disposed'), `the error is '${message}'`);
    await expectError(() => unread.data(), 'disposed');
  },
};
