// TexFlow and TensorFlow.js behind one interface: load, first(), run(). Both end with every output on the host.

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

/** The model in TexFlow. `source`: URL or IOHandler. `input`: {name, shape, dtype, values}. */
export async function makeTexFlow(source, input, stripes = 0) {
  const {configure, loadGraphModel, tensor} = await import('../../web/dist/texflow.mjs');
  if (stripes > 0) configure({stripes});
  const model = await loadGraphModel(source);
  const inputs = {[input.name]: tensor(input.values, input.shape, input.dtype)};
  const names = model.outputs.map(({name}) => name);
  const run = async () => {
    const outputs = [await model.executeAsync(inputs, names)].flat();
    const values = await Promise.all(outputs.map((output) => output.data()));
    for (const output of outputs) output.dispose();
    return values;
  };
  return {
    names,
    first: async () => {
      await model.prepare({inputShapes: {[input.name]: input.shape}});
      return run();
    },
    run,
    report: () => model.report(),
    dispose: () => model.dispose(),
  };
}

/** The same model in TensorFlow.js, asked for the outputs `names`. */
export async function makeTensorFlowJs(tf, source, input, names) {
  const model = await tf.loadGraphModel(source);
  const inputs = {[input.name]: tf.tensor(input.values, input.shape, input.dtype)};
  // execute() is what its predict() calls; graphs with ops of unknown output size insist on executeAsync().
  let isAsync = false;
  const execute = async () => {
    if (!isAsync) {
      try {
        return model.execute(inputs, names);
      } catch (error) {
        if (!/executeAsync/.test(error.message)) throw error;
        isAsync = true;
      }
    }
    return model.executeAsync(inputs, names);
  };
  const run = async () => {
    const outputs = [await execute()].flat();
    const values = await Promise.all(outputs.map((output) => output.data()));
    for (const output of outputs) output.dispose();
    return values;
  };
  return {first: run, run, dispose: () => model.dispose()};
}
