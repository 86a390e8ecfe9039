// Tests of tensor().
import {tensor} from '../dist/texflow.mjs';

import {expectEqual, expectError} from './expect.mjs';

export const tests = {
  'tensor takes numbers, typed arrays and nested arrays': async () => {
    const pick = ({dtype, shape}) => [dtype, shape];
    expectEqual(pick(tensor(3)), ['float32', []], 'a number');
    expectEqual(pick(tensor([[1, 2], [3, 4]])), ['float32', [2, 2]], 'a nested array');
    expectEqual(pick(tensor([true, false])), ['bool', [2]], 'booleans');
    expectEqual(pick(tensor([['a'], ['b']])), ['string', [2, 1]], 'strings');
    expectEqual(pick(tensor(new Uint8Array(4), [2, 2])), ['int32', [2, 2]], 'bytes');
    expectEqual(pick(tensor([], [0, 3])), ['float32', [0, 3]], 'an empty tensor');
    expectEqual(pick(tensor(new Float64Array(2))), ['float32', [2]], 'doubles');
    expectEqual(tensor(tensor([1.5, -2.5]), [2, 1], 'int32').arraySync(), [[1], [-2]], 'a tensor of another dtype and shape');
    expectEqual(tensor([1, 2, 3, 4], [2], 'complex64').dataSync(), [1, 2, 3, 4], 'complex numbers');
    expectEqual(tensor([[1, 2, 3], [4, 5, 6]]).arraySync(), [[1, 2, 3], [4, 5, 6]], 'arraySync');
    await expectError(() => tensor([[1, 2], [3]]), 'ragged');
    await expectError(() => tensor([1, 2, 3], [2, 2]), '[2,2]', '3');
    await expectError(() => tensor([1, 'a']), 'a cannot be an element');
    await expectError(() => tensor([1], [1], 'float64'), 'float64');
    await expectError(() => tensor(new BigInt64Array(1)), 'BigInt64Array');
  },

  'tensor takes pictures': async () => {
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
    expectEqual(tensor(canvas, [1, 2, 1]).dataSync(), [10, 10], 'the first channel');
    const element = new Image();
    element.src = URL.createObjectURL(await canvas.convertToBlob());
    await element.decode();
    expectEqual(tensor(element).shape, [2, 4, 3], 'an image element');
    const drawn = Object.assign(document.createElement('canvas'), {width: 4, height: 2});
    drawn.getContext('2d').drawImage(element, 0, 0);
    expectEqual(tensor(drawn).dataSync().slice(0, 3), [10, 20, 30], 'a canvas element');
    expectEqual(tensor(document.createElement('video'), [2, 2, 3]).shape, [2, 2, 3], 'a video element');
    await expectError(() => tensor(canvas, [2, 2, 5]), '[2,2,5]');
  },
};
