// Tests of a loaded model. The keys say what holds.
import {loadGraphModel, Tensor, tensor, version} from '../dist/texflow.mjs';

import {expect, expectEqual, expectError} from './expect.mjs';
import {expectedConv, kInputShape, makeModel, serve} from './small_model.mjs';
import {input, kUrl, relu, withModel, x} from './small_run.mjs';

export const tests = {
  'a convolution, relu and reshape give the known result': () => withModel((model) => {
    const y = model.predict(input());
    expect(y instanceof Tensor, 'one output comes as a Tensor');
    expectEqual(y.shape, [1, 48], 'the shape');
    expectEqual(y.dtype, 'float32', 'the dtype');
    expectEqual(y.dataSync(), relu(expectedConv(x)), 'the result');
  }),

  'a browser with SIMD loads the engine that uses it': () => withModel(() => {
    const modules = performance.getEntriesByType('resource').map(({name}) => name.split('/').pop()).filter((name) => name.endsWith('.wasm'));
    expectEqual(modules, ['texflow-simd.wasm'], 'the modules that were fetched');
  }),

  'inputs, outputs and signature are those of TensorFlow.js': () => withModel((model) => {
    expectEqual(model.inputs, [{name: 'x', dtype: 'float32', shape: kInputShape}], 'inputs');
    expectEqual(model.outputs, [{name: 'y', dtype: 'float32', shape: [1, 48]}], 'outputs');
    expectEqual([model.inputNodes, model.outputNodes], [['image'], ['result']], 'the signature keys');
    expectEqual(model.signature, makeModel().json.signature, 'the signature');
    expectEqual(model.modelSignature, model.signature, 'modelSignature');
    expect(/^\d+\.\d+\.\d+$/.test(version), 'the version has three numbers');
  }),

  'inputs are taken as a list, by signature key and by node name': () => withModel((model) => {
    for (const inputs of [[input()], {image: input()}, {x: input()}, {'x:0': input()}]) {
      expectEqual(model.predict(inputs).dataSync(), relu(expectedConv(x)), 'the result');
    }
  }),

  'executeAsync gives an intermediate node': () => withModel(async (model) => {
    const y = await model.executeAsync({x: input()}, ['conv']);
    expectEqual(y.shape, [1, 4, 4, 3], 'the shape');
    expectEqual(await y.data(), expectedConv(x), 'the convolution');
    const [conv, result] = await model.executeAsync({x: input()}, ['conv', 'y']);
    expectEqual(conv.dataSync(), expectedConv(x), 'the convolution beside another output');
    expectEqual(result.dataSync(), relu(expectedConv(x)), 'the result beside another output');
    const byKey = await model.executeAsync({image: input()}, 'result');
    expectEqual(byKey.dataSync(), relu(expectedConv(x)), 'the result by its signature key');
    const fed = model.execute({conv: tensor([[[[-1, 2, 0]]]])}, 'act');
    expectEqual(fed.dataSync(), [0, 2, 0], 'what follows from a node that is fed');
  }),

  'predict gives a map where the model has structured output keys': async () => {
    const parts = makeModel();
    parts.json.userDefinedMetadata = {structuredOutputKeys: ['mask']};
    const model = await loadGraphModel(kUrl, serve(parts));
    expectEqual(Object.keys(model.predict(input())), ['mask'], 'the keys');
    model.dispose();
  },

  'a disposed model and a disposed tensor refuse use': async () => {
    const model = await withModel((m) => m);
    await expectError(() => model.predict(input()), 'disposed');
    const t = input();
    t.dispose();
    t.dispose();
    await expectError(() => t.data(), 'disposed');
  },
};
