// Runs a model of one node before the first run of a real one: browsers compile functions when they are called first, which
// takes milliseconds that runs of small models do not have.
import {frame} from './pause.mjs';
import {kBudgetMs} from './prepare.mjs';
import {tensor} from './tensor.mjs';
import {checkedTiers} from './tiers.mjs';

const kExtent = 64;
const kDims = `{"size":"${kExtent}"}`;
// A matrix product: what hosts do most, so that browsers compile it well soon.
const kModelJson = `{"format":"graph-model","weightsManifest":[],"modelTopology":{"node":[
  {"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_FLOAT"},"shape":{"shape":{"dim":[${kDims},${kDims}]}}}},
  {"name":"y","op":"MatMul","input":["x","x"],"attr":{"T":{"type":"DT_FLOAT"}}}]}}`;

let isDone = false;

/**
 * Once in a page, on the host: the device may be at work.
 * @param {function(new: GraphModel, ...*)} Model
 */
export async function practiseRun(Model, native) {
  if (isDone) return;
  isDone = true;
  const x = tensor(new Float32Array(kExtent ** 2), [kExtent, kExtent]);
  await frame.turn(kBudgetMs);
  const model = frame.spend(kBudgetMs, () => {
    const tiers = checkedTiers({backend: 'host'});
    const handle = native.parse(kModelJson, tiers);
    native.begin(handle);
    native.finish(handle);
    const made = new Model(native, handle, {}, {}, tiers);
    made.execute({x}).dataSync();
    return made;
  });
  // Twice: the engine repeats a call in a shorter way.
  for (let i = 0; i < 2; ++i) (await (await model.executeAsync({x}, ['y'])).data());
  (await (await model.predictAsync(x)).data());
  model.dispose();
}
