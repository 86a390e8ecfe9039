// Shapes, slices, joins, gathers, images, windows and products; see elementwise_cases.mjs for `k` and `op`.
import {b, c, distinct, f, i, int, s, v} from './values.mjs';

function arrays(k, op) {
  k('Reshape', {x: f([2, 3, 6])}, {shape: [4, 9]});
  k('ExpandDims', {input: f([2, 5])}, {dim: 1});
  k('Identity', {x: f([2, 5])});
  k('Fill', {}, {shape: [2, 5], value: 0.5, dtype: 'float32'});
  k('Range', {}, {start: 1, stop: 9, step: 3, dtype: 'int32'});
  k('LinSpace', {}, {start: 0, stop: 2, num: 5});
  k('OneHot', {indices: int([0, 3, 1])}, {dtype: 'float32', depth: 4, onValue: 2, offValue: -1});
  k('OnesLike', {x: f([2, 5])});
  k('ZerosLike', {x: i([2, 5])});
  for (const x of [f([3, 4, 5]), i([3, 4, 5]), b([3, 4, 5])]) k('Slice', {x}, {begin: [1, 0, 2], size: [2, 3, 3]}, x.dtype);
  k('Slice', {x: s(['a', 'b', 'c'])}, {begin: [1], size: [2]}, 'strings');
  const strided = {begin: [0, 3, 1], end: [3, 0, 5], strides: [2, -1, 2], endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0};
  k('StridedSlice', {x: f([3, 4, 5])}, {...strided, beginMask: 0});
  k('StridedSlice', {x: f([3, 4, 5])}, {...strided, begin: [1, 0, 0], end: [2, 4, 5], strides: [1, 1, 1], beginMask: 6, endMask: 6, shrinkAxisMask: 1}, 'masks');
  k('Reverse', {x: f([2, 3, 5])}, {dims: [1, 2]});
  k('SplitV', {x: f([2, 6])}, {numOrSizeSplits: [1, 3, 2], axis: 1});
  k('SplitV', {x: f([4, 6])}, {numOrSizeSplits: 2, axis: 0}, 'equal parts');
  k('Unpack', {value: f([2, 3, 5])}, {axis: 1});
  k('Pack', {t0: f([2, 5]), t1: f([2, 5])}, {axis: 1});
  k('Concat', {t0: f([2, 3]), t1: f([2, 6]), t2: f([2, 1])}, {axis: 1});
  k('Concat', {t0: f([1, 2, 3, 5]), t1: f([1, 4, 3, 5])}, {axis: 1}, 'rows');
  k('PadV2', {x: f([2, 3, 5])}, {paddings: [[1, 0], [0, 2], [1, 1]], constantValue: 0.25});
  k('MirrorPad', {x: f([3, 5])}, {paddings: [[1, 2], [2, 1]], mode: 'reflect'});
  k('MirrorPad', {x: f([3, 5])}, {paddings: [[1, 2], [2, 1]], mode: 'symmetric'});
  k('Tile', {x: f([2, 3])}, {reps: [2, 3]});
  k('BroadcastArgs', {s0: int([2, 1, 5]), s1: int([3, 1])});
  k('Transpose', {x: f([2, 3, 5])}, {perm: [2, 0, 1]});
  k('Transpose', {x: f([1, 3, 4, 5])}, {perm: [0, 3, 1, 2]}, 'NHWC to NCHW');
  k('DepthToSpace', {x: f([1, 2, 2, 8])}, {blockSize: 2, dataFormat: 'NHWC'});
  k('SpaceToBatchND', {x: f([1, 4, 4, 3])}, {blockShape: [2, 2], paddings: [[0, 0], [2, 0]]});
  k('BatchToSpaceND', {x: f([4, 2, 2, 3])}, {blockShape: [2, 2], crops: [[0, 1], [1, 0]]});
  k('GatherV2', {x: f([3, 4, 5]), indices: int([2, 0, 1, 1])}, {axis: 1, batchDims: 0});
  k('GatherV2', {x: f([2, 4, 3]), indices: int([2, 0, 1, 3], [2, 2])}, {axis: 1, batchDims: 1}, 'batch');
  k('GatherNd', {params: f([3, 4, 2]), indices: int([0, 1, 2, 3], [2, 2])});
  k('ScatterNd', {indices: int([0, 3, 0], [3, 1]), updates: f([3, 2])}, {shape: [4, 2]});
  k('TensorScatterUpdate', {tensor: f([4, 2]), indices: int([0, 3], [2, 1]), updates: f([2, 2])});
  k('SparseToDense', {sparseIndices: int([0, 1, 2, 0], [2, 2]), sparseValues: f([2]), defaultValue: v([0.5], 'float32', [])}, {outputShape: [3, 2]});
  k('SparseFillEmptyRows', {indices: int([0, 0, 2, 1], [2, 2]), values: f([2]), denseShape: int([4, 3]), defaultValue: v([9], 'float32', [])});
  k('SparseReshape', {inputIndices: int([0, 0, 1, 2], [2, 2]), inputShape: int([2, 3]), newShape: int([3, 2])});
  k('SparseSegmentSum', {data: f([3, 4]), indices: int([0, 1, 2]), segmentIds: int([0, 0, 1])});
  k('SparseSegmentMean', {data: f([3, 4]), indices: int([0, 1, 2]), segmentIds: int([0, 0, 1])});
  k('RaggedRange', {starts: int([0, 2]), limits: int([3, 4]), deltas: int([1, 1])});
  k('RaggedGather', {paramsNestedSplits: [int([0, 2, 3])], paramsDenseValues: f([3]), indices: int([1, 0])}, {outputRaggedRank: 1});
  k('RaggedTensorToTensor', {shape: int([-1, -1]), values: f([3]), defaultValue: v([9], 'float32', []), rowPartitionTensors: [int([0, 2, 3])]},
    {rowPartitionTypes: ['ROW_SPLITS']});
  k('Diag', {x: f([3])});
}

// The same under the names that TensorFlow has for them, and ops that TensorFlow.js computes outside its kernels.
function arrayOps(k, op) {
  const x = f([2, 1, 5]), same = ({x}) => [x];
  for (const name of ['PlaceholderWithDefault', 'Snapshot', 'StopGradient', 'PreventGradient', 'CheckNumerics'])
    op(name, {x}, name === 'PlaceholderWithDefault' ? {shape: x.shape} : {}, same);
  op('EnsureShape', {x}, {shape: [-1, 1, 5]}, same);
  op('IdentityN', {x, y: f([3])}, {}, ({x, y}) => [x, y]);
  op('Rank', {x}, {}, [int([3], [])]);
  op('Size', {x}, {}, [int([10], [])]);
  op('Shape', {x}, {}, [int([2, 1, 5])]);
  op('ShapeN', {x, y: f([3])}, {}, [int([2, 1, 5]), int([3])]);
  op('Squeeze', {x}, {squeeze_dims: [1]}, ({x}) => [{...x, shape: [2, 5]}]);
  op('Ones', {}, {shape: [2, 2]}, [v([1, 1, 1, 1], 'float32', [2, 2])]);
  op('Zeros', {}, {shape: [3]}, [v([0, 0, 0])]);
  op('Split', {axis: int([1], []), x: f([2, 4])}, {num_split: 2}, ({x: {data: d}}) => [
    v([d[0], d[1], d[4], d[5]], 'float32', [2, 2]), v([d[2], d[3], d[6], d[7]], 'float32', [2, 2])], ['axis']);
  op('Pad', {x: v([1, 2]), paddings: int([1, 2], [1, 2])}, {}, [v([0, 1, 2, 0, 0])], ['paddings']);
  op('Reverse', {x: v([1, 2, 3, 4], 'float32', [2, 2]), dims: v([0, 1], 'bool')}, {}, [v([2, 1, 4, 3], 'float32', [2, 2])], ['dims']);
  op('ReverseV2', {x: f([2, 5]), axis: int([0])}, {}, ({x: {data}}) => [v([...data.slice(5), ...data.slice(0, 5)], 'float32', [2, 5])], ['axis']);
  op('Concat', {axis: int([0], []), a: f([1, 5]), b: f([2, 5])}, {N: 2}, ({a, b}) => [v([...a.data, ...b.data], 'float32', [3, 5])], ['axis']);
  op('Gather', {x: f([3, 5]), indices: int([2, 0])}, {}, ({x: {data}}) => [v([...data.slice(10), ...data.slice(0, 5)], 'float32', [2, 5])]);
  op('BroadcastTo', {x: v([1, 2], 'float32', [2, 1]), shape: int([2, 3])}, {}, [v([1, 1, 1, 2, 2, 2], 'float32', [2, 3])], ['shape']);
  op('InvertPermutation', {x: int([2, 0, 1])}, {}, [int([1, 2, 0])]);
  op('SpaceToDepth', {x: v([1, 2, 3, 4], 'float32', [1, 2, 2, 1])}, {block_size: 2}, [v([1, 2, 3, 4], 'float32', [1, 1, 1, 4])]);
  op('MatrixBandPart', {x: v([1, 2, 3, 4, 5, 6, 7, 8, 9], 'float32', [3, 3]), lower: int([0], []), upper: int([1], [])}, {},
     [v([1, 2, 0, 0, 5, 6, 0, 0, 9], 'float32', [3, 3])], ['lower', 'upper']);
  op('Where', {condition: v([1, 0, 0, 1], 'bool', [2, 2])}, {}, [int([0, 0, 1, 1], [2, 2])]);
}

function windows(k, op) {
  const conv = {strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1]};
  k('Conv2D', {x: f([1, 5, 4, 3]), filter: f([3, 3, 3, 5])}, conv);
  k('Conv2D', {x: f([1, 6, 5, 2]), filter: f([3, 2, 2, 4])}, {...conv, strides: [2, 2], pad: 'valid'}, 'strides');
  k('Conv2D', {x: f([1, 6, 6, 2]), filter: f([3, 3, 2, 3])}, {...conv, dilations: [2, 2]}, 'dilations');
  k('Conv2D', {x: f([1, 3, 3, 5]), filter: f([1, 1, 5, 6])}, conv, 'one pixel');
  k('Conv2D', {x: f([1, 2, 4, 4]), filter: f([3, 3, 2, 3])}, {...conv, dataFormat: 'NCHW'}, 'NCHW');
  k('Conv2D', {x: f([1, 4, 4, 2]), filter: f([2, 2, 2, 3])}, {...conv, pad: [[0, 0], [1, 0], [0, 2], [0, 0]]}, 'explicit pads');
  k('DepthwiseConv2dNative', {x: f([1, 5, 4, 5]), filter: f([3, 3, 5, 1])}, conv);
  k('DepthwiseConv2dNative', {x: f([1, 5, 5, 3]), filter: f([2, 2, 3, 2])}, {...conv, strides: [2, 2], pad: 'valid'}, 'multiplier');
  k('Conv2DBackpropInput', {dy: f([1, 3, 3, 2]), filter: f([3, 3, 4, 2])}, {strides: [2, 2], pad: 'same', dataFormat: 'NHWC', inputShape: [1, 6, 6, 4]});
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu']) {
    const slopes = activation === 'prelu' ? {preluActivationWeights: f([5], 0, 1)} : {};
    k('FusedConv2D', {x: f([1, 3, 4, 3]), filter: f([1, 1, 3, 5]), bias: f([5]), ...slopes}, {...conv, activation, leakyreluAlpha: 0.2}, activation);
    k('FusedDepthwiseConv2D', {x: f([1, 3, 4, 5]), filter: f([3, 3, 5, 1]), bias: f([5]), ...slopes}, {...conv, activation, leakyreluAlpha: 0.2}, activation);
    k('_FusedMatMul', {a: f([1, 3, 4]), b: f([1, 4, 5]), bias: f([5]), ...slopes}, {transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.2}, activation);
  }
  const pool = {filterSize: [2, 3], strides: [2, 1], pad: 'same', dataFormat: 'NHWC'};
  for (const kernel of ['MaxPool', 'AvgPool']) {
    k(kernel, {x: f([1, 5, 6, 5])}, pool);
    k(kernel, {x: f([2, 5, 6, 3])}, {...pool, pad: 'valid'}, 'valid');
  }
  k('MaxPoolWithArgmax', {x: distinct([1, 4, 4, 2])}, {filterSize: [2, 2], strides: [2, 2], pad: 'valid', includeBatchInIndex: false});
  k('Dilation2D', {x: f([1, 4, 4, 2]), filter: f([2, 2, 2])}, {strides: [1, 1], pad: 'same', dilations: [1, 1]});
  const volume = {strides: [1, 1, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1]};
  k('Conv3D', {x: f([1, 3, 3, 3, 2]), filter: f([2, 2, 2, 2, 3])}, volume);
  k('Conv3DBackpropInputV2', {dy: f([1, 2, 2, 2, 2]), filter: f([2, 2, 2, 3, 2])}, {strides: [1, 1, 1], pad: 'valid', inputShape: [1, 3, 3, 3, 3]});
  for (const kernel of ['MaxPool3D', 'AvgPool3D'])
    k(kernel, {x: f([1, 4, 4, 4, 2])}, {filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid', dataFormat: 'NDHWC'});
  k('LRN', {x: f([1, 2, 2, 7])}, {depthRadius: 2, bias: 1, alpha: 0.5, beta: 0.75});
}

function products(k, op) {
  k('BatchMatMul', {a: f([2, 3, 4]), b: f([2, 4, 5])}, {transposeA: false, transposeB: false});
  k('BatchMatMul', {a: f([2, 4, 3]), b: f([1, 5, 4])}, {transposeA: true, transposeB: true}, 'transposed');
  const product = ({a, b}) => {
    const [m, n] = a.shape.slice(-2), columns = b.shape.at(-1);
    const data = Array.from({length: m * columns}, (_, at) => {
      let sum = 0;
      for (let l = 0; l < n; ++l) sum += a.data[Math.floor(at / columns) * n + l] * b.data[l * columns + (at % columns)];
      return sum;
    });
    return [v(data, 'float32', [...a.shape.slice(0, -1), columns])];
  };
  op('MatMul', {a: f([3, 4]), b: f([4, 5])}, {}, product);
  for (const name of ['BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3']) op(name, {a: f([1, 3, 4]), b: f([1, 4, 5])}, {}, product);
  k('Einsum', {t0: f([2, 3, 4]), t1: f([2, 4, 5])}, {equation: 'bij,bjk->bik'});
  k('FFT', {input: c([2, 4])});
  k('IFFT', {input: c([2, 4])});
  op('RFFT', {x: v([1, 2, 3, 4]), length: int([4])}, {}, [v([10, 0, -2, 2, -2, 0], 'complex64', [3])], ['length']);
  op('IRFFT', {x: v([10, 0, -2, 2, -2, 0], 'complex64', [3]), length: int([4])}, {}, [v([1, 2, 3, 4])], ['length']);
}

function images(k, op) {
  for (const [alignCorners, halfPixelCenters] of [[false, false], [true, false], [false, true]]) {
    const attrs = {alignCorners, halfPixelCenters, size: [5, 7]};
    k('ResizeBilinear', {images: f([1, 3, 4, 5])}, attrs);
    k('ResizeNearestNeighbor', {images: f([1, 3, 4, 5])}, attrs);
  }
  k('ResizeBilinear', {images: f([1, 6, 8, 3])}, {alignCorners: false, halfPixelCenters: true, size: [3, 4]}, 'smaller');
  k('CropAndResize', {image: f([1, 4, 4, 2]), boxes: v([0, 0, 1, 1, 0.2, 0.1, 0.8, 0.9], 'float32', [2, 4]), boxInd: int([0, 0])},
    {method: 'bilinear', extrapolationValue: 0, cropSize: [3, 3]});
  k('FlipLeftRight', {image: f([1, 2, 3, 4])});
  k('Transform', {image: f([1, 4, 4, 1]), transforms: v([1, 0, 1, 0, 1, 0, 0, 0], 'float32', [1, 8])},
    {interpolation: 'nearest', fillMode: 'constant', fillValue: 0.5, outputShape: [4, 4]});
  const boxes = v([0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11], 'float32', [4, 4]), scores = v([0.9, 0.75, 0.6, 0.95]);
  const limits = {maxOutputSize: 3, iouThreshold: 0.5, scoreThreshold: 0};
  k('NonMaxSuppressionV3', {boxes, scores}, limits);
  op('NonMaxSuppressionV2', {boxes, scores, most: int([3], []), overlap: v([0.5], 'float32', [])}, {}, [int([3, 0])], ['most', 'overlap']);
  k('NonMaxSuppressionV4', {boxes, scores}, {...limits, padToMaxOutputSize: true});
  // With a lower threshold TensorFlow.js drops boxes that TensorFlow keeps with a lower score.
  k('NonMaxSuppressionV5', {boxes, scores}, {...limits, iouThreshold: 1, softNmsSigma: 0.5});
}

export function arrayCases(k, op) {
  arrays(k, op);
  arrayOps(k, op);
  windows(k, op);
  products(k, op);
  images(k, op);
}
