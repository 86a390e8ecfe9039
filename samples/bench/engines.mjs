// TexFlow and TensorFlow.js behind one interface. Every run ends with every output on the host.

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`The script ${url} does not load.`));
    document.head.append(script);
  });
}

/** The TensorFlow.js of the page with its WebGL backend running. Its flags stay as they are. */
export async function startTensorFlowJs(url, allowSoftware) {
  if (!globalThis.tf) await loadScript(url);
  const tf = globalThis.tf;
  // Only decides whether a context is asked for on a device that the browser calls slow; changes nothing in how it is used.
  if (allowSoftware) tf.env().set('SOFTWARE_WEBGL_ENABLED', true);
  if (!(await tf.setBackend('webgl'))) throw new Error('TensorFlow.js gets no WebGL here.');
  await tf.ready();
  return tf;
}

/** The TensorFlow.js of the page with its WebAssembly backend running, on one thread: pages that are not isolated get no more. */
async function startTensorFlowWasm(url, wasmFolder) {
  if (!globalThis.tf) await loadScript(url);
  const tf = globalThis.tf;
  if (!tf.wasm) await loadScript(`${wasmFolder}tf-backend-wasm.min.js`);
  tf.wasm.setWasmPaths(wasmFolder);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js gets no WebAssembly here.');
  await tf.ready();
  return tf;
}

async function valuesOf(outputs) {
  const values = await Promise.all(outputs.map((output) => output.data()));
  for (const output of outputs) output.dispose();
  return values;
}

/**
 * The model in TexFlow. `source`: URL or IOHandler. `input`: {name, shape, dtype, values}. `outputs`: names; null means all.
 * `together`: prepared while its weights arrive. `start`: as loadGraphModel() takes it. `layers`: it is a layers-model.
 */
export async function makeTexFlow(source, input, {stripes = 0, outputs = null, together = false, start, layers = false} = {}) {
  const {configure, loadGraphModel, loadLayersModel, tensor} = await import('../../web/dist/texflow.mjs');
  if (stripes > 0) configure({stripes});
  const inputShapes = {[input.name]: input.shape};
  const model = await (layers ? loadLayersModel : loadGraphModel)(source, {start, ...(together ? {prepare: {inputShapes}} : {})});
  const names = outputs ?? model.outputs.map(({name}) => name);
  const runAt = async (shape, values) => {
    const inputs = {[input.name]: tensor(values, shape, input.dtype)};
    return valuesOf([await model.executeAsync(inputs, names)].flat());
  };
  const run = () => runAt(input.shape, input.values);
  const prepare = async () => together || model.prepare({inputShapes});
  return {
    names,
    prepare,
    first: async () => {
      await prepare();
      return run();
    },
    run,
    runAt,
    report: () => model.report(),
    dispose: () => model.dispose(),
  };
}

/** The same model in TensorFlow.js's current backend. */
export async function makeTensorFlowJs(tf, source, input, names, layers = false) {
  const backend = tf.getBackend();
  const model = await (layers ? tf.loadLayersModel(source) : tf.loadGraphModel(source));
  const asked = names ?? model.outputs.map(({name}) => name);
  // execute() is what its predict() calls; graphs with ops of unknown output size insist on executeAsync().
  let isAsync = false;
  const execute = async (inputs) => {
    if (layers) return model.predict(Object.values(inputs));
    if (!isAsync) {
      try {
        return model.execute(inputs, asked);
      } catch (error) {
        if (!/executeAsync/.test(error.message)) throw error;
        isAsync = true;
      }
    }
    return model.executeAsync(inputs, asked);
  };
  const runAt = async (shape, values) => {
    const x = tf.tensor(values, shape, input.dtype);
    const result = await valuesOf([await execute({[input.name]: x})].flat());
    x.dispose();
    return result;
  };
  const run = () => runAt(input.shape, input.values);
  return {
    names: asked,
    activate: () => tf.getBackend() === backend || tf.setBackend(backend),
    prepare: async () => {},
    first: run,
    run,
    runAt,
    dispose: () => model.dispose(),
  };
}

/**
 * The engines of the comparison by name: start() brings the code and its device, load() the model.
 * @param {{tfUrl: string, wasmFolder: string, allowSoftware: boolean, modelUrl: string, layers?: boolean, input: object, outputs: string[]|null}}
 */
export function makeEngines({tfUrl, wasmFolder, allowSoftware, modelUrl, layers, input, outputs}) {
  const tensorFlow = (start) => {
    let tf = null;
    return {
      start: async () => (tf = await start()),
      load: () => makeTensorFlowJs(tf, modelUrl, input, outputs, layers),
    };
  };
  const texFlow = (options) => ({
    // TexFlow starts its module and context with the first model that it loads.
    start: () => import('../../web/dist/texflow.mjs'),
    load: () => makeTexFlow(modelUrl, input, {outputs, layers, ...options}),
  });
  return {
    texflow: texFlow({}),
    'texflow-together': texFlow({together: true}),
    'texflow-tiered': texFlow({start: 'tiered'}),
    'tfjs-webgl': tensorFlow(() => startTensorFlowJs(tfUrl, allowSoftware)),
    'tfjs-wasm': tensorFlow(() => startTensorFlowWasm(tfUrl, wasmFolder)),
  };
}
