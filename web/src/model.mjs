// GraphModel: a loaded model with TensorFlow.js' calls.
import {openModel} from './files.mjs';
import {startNative} from './native.mjs';
import {Tensor} from './tensor.mjs';

const kStepMs = 12;  // One step of prepare() leaves the rest of a 60 Hz frame to the page.

/** Lets the browser paint and handle events. */
function yieldToPage() {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/** A model that is loaded; made by loadGraphModel(). */
export class GraphModel {
  #native;
  #handle;
  #outputKeys;
  #loadMs;

  constructor(native, handle, json, loadMs) {
    this.#native = native;
    this.#handle = handle;
    this.#loadMs = loadMs;
    const keys = json.userDefinedMetadata?.structuredOutputKeys;
    this.#outputKeys = Array.isArray(keys) ? keys : null;
    const {inputs, outputs} = native.signature(handle);
    /** @type {{name: string, dtype: string, shape: number[]|null}[]} Unknown dimensions are -1, an unknown shape is null. */
    this.inputs = inputs;
    this.outputs = outputs;
    const byName = (list) => Object.fromEntries(list.map((e) => [e.name, {name: e.node, dtype: e.dtype, shape: e.shape}]));
    this.signature = {inputs: byName(inputs), outputs: byName(outputs)};
  }

  #live() {
    if (this.#handle === 0) throw new Error('The model has been disposed; load it again to use it.');
    return this.#handle;
  }

  /**
   * Compiles every program, uploads the weights and draws everything once, in steps that leave the page responsive.
   * Without it the first predict() does the same at once.
   * @param {{inputShapes?: Object<string, number[]>, onProgress?: Function, signal?: AbortSignal}} options
   */
  async prepare({inputShapes = {}, onProgress, signal} = {}) {
    for (const [name, shape] of Object.entries(inputShapes)) {
      const input = this.inputs.find((candidate) => candidate.name === name || candidate.node === name);
      if (!input) {
        throw new Error(`inputShapes names '${name}', which is no input of the model; its inputs are ` +
                        `${this.inputs.map((candidate) => `'${candidate.name}'`).join(', ')}.`);
      }
      this.#native.prepareShape(this.#live(), input.name, shape);
    }
    for (;;) {
      signal?.throwIfAborted();
      const {done, ...event} = this.#native.prepareStep(this.#live(), kStepMs);
      onProgress?.(event);
      if (done) return;
      await yieldToPage();
    }
  }

  /**
   * Runs the model on all its inputs. Gives what TensorFlow.js gives: a map where the model has structured output keys, else
   * one tensor or, with several outputs, an array in the signature's order.
   */
  predict(x) {
    const results = this.#run(this.#inputMap(x), []);
    if (this.#outputKeys) return Object.fromEntries(results.map(({tensor}, i) => [this.#outputKeys[i] ?? results[i].name, tensor]));
    return results.length === 1 ? results[0].tensor : results.map(({tensor}) => tensor);
  }

  /** As predict(), as a promise. */
  async predictAsync(x) {
    return this.predict(x);
  }

  /** Runs and gives the named nodes: one tensor, or an array for several. Inputs may feed any node. */
  execute(x, outputs = []) {
    const names = typeof outputs === 'string' ? [outputs] : outputs;
    const results = this.#run(this.#inputMap(x), names);
    return results.length === 1 ? results[0].tensor : results.map(({tensor}) => tensor);
  }

  /** As execute(), as a promise. */
  async executeAsync(x, outputs = []) {
    return this.execute(x, outputs);
  }

  #inputMap(x) {
    if (x instanceof Tensor || Array.isArray(x)) {
      const list = x instanceof Tensor ? [x] : x;
      if (list.length !== this.inputs.length) {
        throw new Error(`The model has ${this.inputs.length} inputs but ${list.length} tensors were given.`);
      }
      return Object.fromEntries(list.map((value, i) => [this.inputs[i].name, value]));
    }
    if (x === null || typeof x !== 'object') {
      throw new Error(`A model runs on a Tensor, an array of Tensors or a map from input name to Tensor, not on ${String(x)}.`);
    }
    return x;
  }

  #run(inputs, outputNames) {
    const handle = this.#live();
    this.#native.clearInputs(handle);
    for (const [name, value] of Object.entries(inputs)) {
      if (!(value instanceof Tensor)) throw new Error(`The input '${name}' is not a Tensor; make one with tensor().`);
      this.#native.setInput(handle, name, value);
    }
    try {
      return this.#native.run(handle, outputNames);
    } finally {
      this.#native.clearInputs(handle);
    }
  }

  /** Times and counts, as documented in docs/report.md, and the milliseconds of loading. */
  report() {
    return {...this.#native.report(this.#live()), loadMs: this.#loadMs};
  }

  /** Frees the model's memory on the host and on the GPU. Disposing twice does nothing. */
  dispose() {
    if (this.#handle !== 0) this.#native.free(this.#handle);
    this.#handle = 0;
  }
}

/**
 * Loads a TensorFlow.js model from the URL of its model.json or from an IOHandler.
 * @returns {Promise<GraphModel>}
 */
export async function loadGraphModel(source, options = {}) {
  const begin = performance.now();
  const [native, files] = await Promise.all([startNative(), openModel(source, options)]);
  const handle = native.begin(files.text);
  try {
    for await (const {bytes, endsGroup} of files.shards) {
      native.feed(handle, bytes);
      if (endsGroup !== null) native.endGroup(handle, endsGroup);
    }
    native.finish(handle);
    return new GraphModel(native, handle, files.json, performance.now() - begin);
  } catch (error) {
    native.free(handle);
    throw error;
  }
}
