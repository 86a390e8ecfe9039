// Tests of the package inside a worker, where even a run on the host holds up nobody.
import {expect, expectEqual} from './expect.mjs';
import {expectedConv} from './small_model.mjs';
import {relu, x} from './small_run.mjs';

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
