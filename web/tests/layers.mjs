// Tests of layers-models (Keras), with the one of tests/data, whose outputs TensorFlow.js computed.
import {LayersModel, loadGraphModel, loadLayersModel, Tensor, tensor} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {makeModel, serve} from './small_model.mjs';
import {kUrl} from './small_run.mjs';

const kFolder = '/tests/data/models/layers/';

const fetchJson = async (file) => (await fetch(kFolder + file)).json();

/** The recorded input and output. */
async function recorded() {
  const {inputs, outputs} = await fetchJson('case.json');
  const {shape, data} = inputs.image;
  return {shape, x: () => tensor(new Float32Array(data), shape), scores: outputs.scores};
}

function expectScores(y, {shape, data}) {
  expect(y instanceof Tensor, 'one output comes as a Tensor');
  expectEqual(y.shape, shape, 'the shape');
  const largest = Math.max(...y.dataSync().map((value, i) => Math.abs(value - data[i])));
  expect(largest < 1e-5, `the scores differ by ${largest}`);
}

/** The artifacts of the model as an IOHandler has them. */
async function artifacts() {
  const {weightsManifest, ...json} = await fetchJson('model.json');
  const [{paths, weights: weightSpecs}] = weightsManifest;
  const weightData = await Promise.all(paths.map(async (path) => (await fetch(kFolder + path)).arrayBuffer()));
  return {...json, weightSpecs, weightData};
}

export const tests = {
  'a layers-model gives what TensorFlow.js gives, from the GPU and from the host': async () => {
    const {x, scores, shape} = await recorded();
    for (const backend of ['gl', 'host']) {
      const model = await loadLayersModel(`${kFolder}model.json`, {backend});
      await model.prepare({inputShapes: {image: shape}});
      expectScores(model.predict(x()), scores);
      expectScores(await model.predictAsync({image: x()}), scores);
      expectScores(model.predictOnBatch([x()]), scores);
      model.dispose();
    }
  },

  'a layers-model has the inputs, outputs and names of TensorFlow.js': async () => {
    const model = await loadLayersModel(`${kFolder}model.json`);
    expect(model instanceof LayersModel, 'the class');
    expectEqual(model.name, 'small', 'the name');
    expectEqual(model.inputs, [{name: 'image', dtype: 'float32', shape: [null, null, null, 3]}], 'inputs');
    expectEqual(model.outputs.map(({shape}) => shape), [[null, 4]], 'shapes of the outputs');
    expectEqual([model.inputNames, model.outputNames], [['image'], ['scores']], 'names of the layers');
    model.dispose();
  },

  'a layers-model of an IOHandler is loaded and prepared in one call': async () => {
    const {x, scores, shape} = await recorded();
    const fractions = [];
    const model = await loadLayersModel({load: artifacts}, {onProgress: (f) => fractions.push(f), prepare: {inputShapes: {image: shape}}});
    expectScores(await model.executeAsync({image: x()}, 'scores'), scores);
    expect(model.report().preparedBeforeRun, 'the run found everything ready');
    expectEqual(fractions.at(-1), 1, 'the last fraction');
    model.dispose();
  },

  'graph-models and layers-models are told apart': async () => {
    await expectError(() => loadGraphModel(`${kFolder}model.json`), `${kFolder}model.json`, 'loadLayersModel()');
    await expectError(() => loadLayersModel(kUrl, serve(makeModel())), kUrl, 'loadGraphModel()');
  },

  'a layers-model that is broken is refused in a sentence that names the layer': async () => {
    const refused = async (change, ...words) => {
      const parts = await artifacts();
      change(parts, parts.modelTopology.model_config.config.layers);
      await expectError(() => loadLayersModel({load: () => parts}), ...words);
    };
    await refused((parts, layers) => (layers[1].class_name = 'Magic'), 'Magic', 'stem');
    await refused((parts, layers) => (layers[1].config.filters = 7), 'stem');
    await refused((parts, layers) => (layers[4].inbound_nodes[0][0][0] = 'nobody'), 'nobody');
    await refused((parts) => parts.weightSpecs.shift(), 'stem');
    await refused((parts) => (parts.weightData = parts.weightData.slice(0, 1)), 'norm/beta');
    await refused((parts) => delete parts.modelTopology.model_config.config, 'config');
  },
};
