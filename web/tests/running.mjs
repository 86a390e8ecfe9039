// Tests of runs that overlap, are waited for, or are given up.
import {GraphModel} from '../dist/model.mjs';
import {startNative} from '../dist/native.mjs';
import {Pace, Paces} from '../dist/pace.mjs';
import {Run} from '../dist/run.mjs';
import {tensor} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {blockingCalls} from './gl_calls.mjs';
import {expectedConv, kInputShape, pattern} from './small_model.mjs';
import {input, relu, withModel, x} from './small_run.mjs';

const other = pattern(32, 5);
const otherInput = () => tensor(other, kInputShape);

export const tests = {
  'a first executeAsync, or data(), asks for values only when the GPU has them': () => withModel(async (model) => {
    await model.prepare();
    const blocking = await blockingCalls(async () => {
      const y = await model.executeAsync({x: input()}, ['conv']);
      expectEqual(await y.data(), expectedConv(x), 'the result of executeAsync');
      const z = model.predict(otherInput());
      expectEqual(z.shape, [1, 48], 'the shape before the values are there');
      expectEqual(await z.array(), [[...relu(expectedConv(other))]], 'the result of predict');
    });
    expectEqual(blocking, [], 'the calls that wait');
  }),

  'a run is asked for until it is due, then waited for': async () => {
    for (const [dueMs, expected] of [[0, [false, true]], [20, [false, true]], [Infinity, [false, false, false]]]) {
      const asked = [];
      const native = {advanceRun: (_, wait) => asked.push(wait) && (wait || asked.length === 3 && dueMs !== 20), takeOutputs: () => []};
      const learned = [];
      await new Run(native, 1, {dueMs, learn: (_, waited) => learned.push(waited)}).wait();
      if (dueMs === 20) asked.splice(1, asked.length - 2);  // How often depends on the machine.
      expectEqual(asked, expected, `whether to wait, for a run that is due at ${dueMs} ms,`);
      expectEqual(learned, [Number.isFinite(dueMs)], 'what the pace hears');
    }
  },

  'the pace of runs: asked for until known, read shortly before the end, earlier when that was late': async () => {
    const pace = new Pace();
    expect(pace.dueMs === Infinity, `a due time of ${pace.dueMs} ms before any run`);
    const paces = new Paces();
    paces.expect(3);
    expectEqual(paces.of({}, ['y']).dueMs, 0, 'before the first run of a model that is expected to be quick');
    expectEqual(new Pace(40).dueMs, 25, 'before a first run that is expected to take 40 ms');
    expectEqual(new Pace(20).dueMs, 10, 'before a first run that is expected to take 20 ms');
    expectEqual(new Pace(200).dueMs, Infinity, 'before a first run that is expected to be long');
    pace.learn(60, false);
    expectEqual(pace.dueMs, 56, 'after a run that was over unseen');
    pace.learn(56, false);
    expectEqual(pace.dueMs, 52, 'after another');
    pace.learn(53, true);
    expectEqual(pace.dueMs, 50, 'after one that was waited for');
    pace.learn(90, true);
    expectEqual(pace.dueMs, 87, 'after a long one');
    pace.learn(9, true);
    expectEqual(pace.dueMs, 0, 'after a short one');
    pace.learn(30, true);
    expectEqual(pace.dueMs, 0, 'after a long one among short ones');
    pace.learn(30, true);
    pace.learn(30, true);
    expectEqual(pace.dueMs, 27, 'after more of them');
  },

  'what is practised before a first run is a whole run, and frees its model': async () => {
    const {practiseRun} = await import('../dist/practise.mjs?anew');
    const native = await startNative();
    const called = {};
    const counted = new Proxy(native, {get: (target, name) => (...args) => {
      called[name] = (called[name] ?? 0) + 1;
      return target[name](...args);
    }});
    await practiseRun(GraphModel, counted);
    expectEqual([called.setInput, called.startRun, called.takeOutputs, called.free], [4, 4, 4, 1], 'inputs, runs, outputs, models freed');
  },

  'a model remembers its pace by shapes and outputs': async () => {
    const paces = new Paces();
    const small = paces.of({x: {shape: [1, 2]}}, ['y']);
    expect(small === paces.of({x: {shape: [1, 2]}}, ['y']), 'the same call has another pace');
    expect(small !== paces.of({x: {shape: [2, 2]}}, ['y']), 'another shape has the same pace');
    expect(small !== paces.of({x: {shape: [1, 2]}}, ['z']), 'another output has the same pace');
  },

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
