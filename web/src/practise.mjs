// Calls what a run calls in JavaScript, before the first one: browsers compile functions when they are called first, which takes
// milliseconds that runs of small models do not have.
import {Tensor} from './tensor.mjs';

const kOutput = {name: 'y', dtype: 'float32', shape: [1]};

/** What a model of one input asks of Native in a run; computes nothing. */
const idleNative = {
  signature: () => ({inputs: [{...kOutput, name: 'x', key: 'x'}], outputs: [{...kOutput, key: 'y'}]}),
  clearInputs() {},
  setInput() {},
  startRun() {},
  pendingOutputs: () => [kOutput],
  advanceRun: () => true,
  takeOutputs: () => [{...kOutput, values: Float32Array.of(0)}],
  free() {},
};

let isDone = false;

/**
 * Once in a page; with the model's real engine as far as that can be done without a run.
 * @param {function(new: GraphModel, ...*)} Model
 */
export async function practiseRun(Model, native, handle) {
  if (isDone) return;
  isDone = true;
  const x = new Tensor('float32', [1], Float32Array.of(0));
  native.setInput(handle, 'x', {dtype: x.dtype, shape: x.shape, values: x.dataSync()});
  native.clearInputs(handle);
  native.pendingOutputs(handle);
  const model = new Model(idleNative, 1, {}, {}, {hasHost: false});
  model.execute({x}).dataSync();
  for (const run of [model.predictAsync(x), model.executeAsync({x}, ['y'])]) (await (await run).data());
  model.dispose();
}
