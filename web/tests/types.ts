// What TypeScript says about a program that uses the package; `@ts-expect-error` marks lines that must not compile.
import {configure, GraphModel, LayersModel, loadGraphModel, loadLayersModel, prepareFromManifest, Tensor, tensor, version} from '../dist/texflow.mjs';
import type {IOHandler, Outputs, Report, TensorInfo} from '../dist/texflow.mjs';

async function use(canvas: HTMLCanvasElement, video: HTMLVideoElement, signal: AbortSignal): Promise<string> {
  configure({stripes: 4, canvas});
  const handler: IOHandler = {load: async () => ({modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0)})};
  const model: GraphModel = await loadGraphModel('model.json', {
    onProgress: (fraction) => fraction.toFixed(),
    fromTFHub: false,
    requestInit: {headers: {}},
    fetchFunc: fetch,
    weightPathPrefix: '/',
    weightUrlConverter: async (name) => name,
  });
  (await loadGraphModel(handler)).dispose();
  const ahead: number = (await prepareFromManifest('manifest.json', {signal, budgetMs: 4})).programs;
  (await loadGraphModel('model.json', {prepare: {signal}})).manifest().programs.length + ahead;
  const keras: LayersModel = await loadLayersModel(handler, {prepare: {inputShapes: {image: [1, 8, 8, 3]}}});
  const sizes: (number | null)[] | undefined = keras.inputs[0].shape;
  keras.predictOnBatch(tensor([sizes?.length ?? 0, keras.name.length, keras.outputNames.length]));
  const inputs: TensorInfo[] = model.inputs;
  const first: number[] | undefined = inputs[0].shape;
  await model.prepare({inputShapes: {x: first ?? []}, signal, onProgress: ({phase, fraction}) => phase + fraction});
  await model.prepare({inputShapes: [{x: [1, 8]}, {x: [2, 8]}], budgetMs: 4, onProgress: ({done, total, program, ms}) => program + done / total + ms});
  const y: Outputs = model.predict([tensor([[1, 2]]), tensor(video), tensor(canvas, [1, 8, 8, 3], 'float32')]);
  if (y instanceof Tensor) y.dispose();
  const z = await model.executeAsync({x: tensor(new Float32Array(4), [2, 2])}, ['node:1']);
  const values = await (Array.isArray(z) ? z[0] : z).data();
  const report: Report = model.report();
  model.signature?.inputs?.x?.tensorShape?.dim;
  // @ts-expect-error
  tensor([1], [1], 'float64');
  // @ts-expect-error
  configure({stripes: 3});
  // @ts-expect-error
  model.predict(3);
  // @ts-expect-error
  await loadGraphModel(3);
  // @ts-expect-error
  const known: number[] = keras.inputs[0].shape;
  // @ts-expect-error
  new GraphModel();
  return version + known + values.length + report.programs.used;
}
export default use;
