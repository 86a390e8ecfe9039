// Tests of prepare(): progress, budget, cancelling, several shapes and several models.
import {loadGraphModel, tensor} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {blockingCalls, countObjects} from './gl_calls.mjs';
import {expectedConv, kInputShape, makeModel, pattern, serve} from './small_model.mjs';
import {input, kUrl, relu, withModel, x} from './small_run.mjs';

/** Frames (or timers that stand for them where no frame is drawn) that come during `action`. */
async function countTurns(action) {
  let turns = 0, isOver = false;
  const count = () => {
    ++turns;
    if (!isOver) setTimeout(count, 0);
  };
  setTimeout(count, 0);
  await action();
  isOver = true;
  return turns;
}

const isAbort = ({name}) => name === 'AbortError';

export const tests = {
  'prepare reports every piece, with a fraction that never goes back and ends at 1': () => withModel(async (model) => {
    const events = [];
    await model.prepare({onProgress: (event) => events.push(event)});
    const fractions = events.map(({fraction}) => fraction);
    expect(fractions.every((f, i) => f <= 1 && (i === 0 || f >= fractions[i - 1])), `progress went back: ${fractions}`);
    expectEqual([fractions.at(-1), events.at(-1).phase], [1, 'done'], 'the last event');
    expect(events.every(({done, total, ms}) => done <= total && ms >= 0), 'no phase has more pieces than it says');
    expect(events.some(({program}) => program !== ''), 'a program is named');
    const {programs: {used}, phasesMs} = model.report();
    expect(used > 0, 'programs are used');
    expect(Object.values(phasesMs).every((ms) => ms >= 0), `every phase has been measured: ${JSON.stringify(phasesMs)}`);
    const run = await countObjects(async () => {
      const softsign = expectedConv(x).map((v) => v / (1 + Math.abs(v)));
      const differences = model.predict(input()).dataSync().map((v, i) => Math.abs(v - softsign[i]));
      expect(differences.every((d) => d < 1e-6), `the differences are ${differences}`);
    });
    expectEqual(run.programs, 0, 'the programs that the first run links');
  }, {op: 'Softsign'}),  // No other test has these programs.

  'a small budget gives the thread back between the pieces': () => withModel(async (model) => {
    let pieces = 0;
    const turns = await countTurns(() => model.prepare({budgetMs: 0.01, onProgress: () => ++pieces}));
    expect(turns >= 3, `${turns} other tasks ran during ${pieces} pieces`);
    await expectError(() => model.prepare({budgetMs: 0}), '0 ms');
    await expectError(() => model.prepare({budgetMs: NaN}), 'NaN ms');
  }, {op: 'Cosh'}),  // No other test has these programs: some clocks do not see how short the pieces of known ones are.

  'prepare never waits for the driver': () => withModel(async (model) => {
    expectEqual(await blockingCalls(() => model.prepare()), [], 'the calls that wait');
  }, {op: 'Sigmoid'}),

  'prepare that is aborted at any piece frees everything and works again': async () => {
    let seed = 1;
    for (let attempt = 0; attempt < 20; ++attempt) {
      seed = (seed * 16807) % 2147483647;
      const stopAt = seed % 12;
      const counts = await countObjects(() => withModel(async (model) => {
        const controller = new AbortController();
        let events = 0;
        const onProgress = () => events++ === stopAt && controller.abort();
        const error = await model.prepare({signal: controller.signal, onProgress, budgetMs: 0.01}).then(() => null, (e) => e);
        // All may be done by the time that the signal is looked at.
        expect(error === null || isAbort(error), `the error is ${error}`);
        if (attempt % 4 === 0) {
          await model.prepare();
          expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
        }
      }));
      expectEqual(counts.left, 0, `the objects left after a stop at piece ${stopAt}`);
    }
  },

  'a signal that is aborted before prepare begins nothing': () => withModel(async (model) => {
    await expectError(() => model.prepare({signal: AbortSignal.abort(new Error('Never begun.'))}), 'Never begun.');
    const counts = await countObjects(() => model.prepare({signal: AbortSignal.abort()}).catch((error) => expect(isAbort(error), `${error}`)));
    expectEqual(counts, {programs: 0, left: 0}, 'what was made');
  }),

  'an error of a callback ends prepare, and it works again': () => withModel(async (model) => {
    const onProgress = () => {
      throw new Error('The callback fails.');
    };
    await expectError(() => model.prepare({onProgress}), 'The callback fails.');
    await model.prepare();
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
  }),

  'a model that is disposed while it is prepared says so': async () => {
    const model = await withModel(async (m) => {
      const outcome = m.prepare({budgetMs: 0.01}).then(() => null, ({message}) => message);
      return {outcome};
    });
    const message = await model.outcome;
    expect(message === null || message.includes('disposed'), `the error is '${message}'`);
  },

  'prepares of one model come one after the other': () => withModel(async (model) => {
    await Promise.all([model.prepare({budgetMs: 0.01}), model.prepare(), model.prepare()]);
    expectEqual(model.predict(input()).dataSync(), relu(expectedConv(x)), 'the result');
  }),

  'a second model links only the programs that are new': async () => {
    await withModel(async (first) => {
      await first.prepare();
      const same = await countObjects(() => withModel((model) => model.prepare()));
      expectEqual(same, {programs: 0, left: 0}, 'what the same model makes again');
      const other = await countObjects(() => withModel((model) => model.prepare(), {op: 'Softplus'}));
      expect(other.programs <= 2, `another activation links ${other.programs} programs`);
    });
  },

  'prepare for several shapes, and a run at one that it was not for, link nothing later': async () => {
    const model = await loadGraphModel(kUrl, serve(makeModel({batch: -1})));
    const batch = (count) => tensor(pattern(32 * count, 7), [count, ...kInputShape.slice(1)]);
    await model.prepare({inputShapes: [{image: [1, 4, 4, 2]}, {x: [2, 4, 4, 2]}]});
    for (const count of [1, 2, 3]) {
      let y;
      const made = await countObjects(async () => {
        y = await model.predictAsync(batch(count));
      });
      expectEqual(made.programs, 0, `the programs that a batch of ${count} links`);
      expectEqual(y.shape, [count, 48], 'the shape');
      expectEqual((await y.data()).slice(0, 48), relu(expectedConv(x)), 'the result');
    }
    model.dispose();
  },

  'a first asynchronous run prepares on its own': () => withModel(async (model) => {
    expectEqual((await model.predictAsync(input())).dataSync(), relu(expectedConv(x)), 'the result');
    expect(model.report().preparedBeforeRun, 'the run found everything ready');
  }),

  'prepare refuses the shape of an unknown input': () => withModel((model) =>
    expectError(() => model.prepare({inputShapes: [{}, {imag: [1]}]}), '\'imag\'', '\'image\'')),
};
