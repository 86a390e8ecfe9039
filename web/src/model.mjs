// GraphModel and LayersModel: loaded models with TensorFlow.js' calls.
import {Paces} from './pace.mjs';
import {frame, pause, yieldToPage} from './pause.mjs';
import {practiseRun} from './practise.mjs';
import {checkedBudget, checkedShapes, kBudgetMs, prepareModel} from './prepare.mjs';
import {outputTensors, Run} from './run.mjs';
import {Tensor} from './tensor.mjs';

function oneOrAll(results) {
  return results.length === 1 ? results[0].tensor : results.map(({tensor}) => tensor);
}

function checkedInputs(map) {
  for (const [name, value] of Object.entries(map)) {
    if (!(value instanceof Tensor)) throw new Error(`The input '${name}' is not a Tensor; make one with tensor().`);
  }
  return map;
}

/** A model that is loaded; made by loadGraphModel(). */
export class GraphModel {
  #native;
  #handle;
  #outputKeys;
  #inputKeys;
  #times;
  #run = null;
  #paces = new Paces();
  #preparing = null;
  #isPrepared = false;  // Or has run.
  #tiers;
  #prepareAsked = false;

  /**
   * @param {{read: number, parse: number}} times Milliseconds.
   * @param {{hasHost: boolean}} tiers
   */
  constructor(native, handle, json, times, tiers) {
    this.#native = native;
    this.#tiers = tiers;
    this.#handle = handle;
    this.#times = times;
    /** userDefinedMetadata of model.json. */
    this.metadata = json.userDefinedMetadata;
    const keys = this.metadata?.structuredOutputKeys;
    this.#outputKeys = Array.isArray(keys) ? keys : null;
    const {inputs, outputs} = native.signature(handle);
    const info = ({name, dtype, shape}) => ({name, dtype, shape: shape ?? undefined});
    /** @type {{name: string, dtype: string, shape?: number[]}[]} By node name; unknown dimensions are -1. */
    this.inputs = inputs.map(info);
    this.outputs = outputs.map(info);
    this.#inputKeys = inputs.map(({key}) => key);
    /** What inputs and outputs are called in the signature; nodes' names in models without one. */
    this.inputNodes = inputs.map(({key}) => key);
    this.outputNodes = outputs.map(({key}) => key);
    /** The signature as model.json has it, if it has one. */
    this.signature = this.metadata?.signature ?? json.signature;
  }

  get modelSignature() {
    return this.signature;
  }

  #live() {
    if (this.#handle === 0) throw new Error('The model has been disposed; load it again to use it.');
    return this.#handle;
  }

  /** The part of prepare() that needs neither options nor the device; for loading. A first result of the host comes before it. */
  async planAhead() {
    if (this.#tiers.hasHost) return;
    await frame.untilDone(kBudgetMs, (ms) => this.#native.planAhead(this.#live(), ms));
    await yieldToPage();  // Whoever waits for the model begins a task of its own.
  }

  /**
   * Compiles every program, uploads the weights and draws everything once, `budgetMs` of every frame at most. Without it the
   * first predict() does the same at once. Programs that another model of the page has are shared.
   * @param {{inputShapes?: Object<string, number[]>|Object<string, number[]>[], onProgress?: Function, signal?: AbortSignal,
   *   budgetMs?: number, keepWeights?: boolean}} options inputShapes: one set of shapes, or several to be ready for.
   *   keepWeights: the host keeps its copy of the weights, which it needs for nodes that are not outputs.
   */
  async prepare({inputShapes = {}, onProgress, signal, budgetMs = kBudgetMs, keepWeights = false} = {}) {
    const sets = checkedShapes(inputShapes, this.inputs, this.#inputKeys);
    checkedBudget(budgetMs);
    this.#live();
    this.#prepareAsked = true;
    signal?.throwIfAborted();
    while (this.#preparing) await this.#preparing;
    signal?.throwIfAborted();
    const onWait = () => void practiseRun(GraphModel, this.#native).catch(() => {});
    const done = prepareModel(this.#native, () => this.#live(), sets, {onProgress, onWait, signal, budgetMs, keepWeights});
    this.#preparing = done.catch(() => {}).then(() => (this.#preparing = null));
    await done;
    this.#paces.expect(this.#native.report(this.#live()).expectedRunMs);
    this.#isPrepared = true;
  }

  /**
   * Runs the model on all its inputs. Gives what TensorFlow.js gives: a map where the model has structured output keys, else
   * one tensor or, with several outputs, an array in the signature's order. Does not wait for the GPU: data() does.
   */
  predict(x) {
    return this.#structured(this.#runSync(x, []));
  }

  /** As predict(), as a promise; the values are on the host when it is fulfilled. */
  async predictAsync(x) {
    return this.#structured(await this.#runAsync(x, []));
  }

  /** Runs and gives the named nodes: one tensor, or an array for several. Inputs may feed any node. */
  execute(x, outputs = []) {
    return oneOrAll(this.#runSync(x, typeof outputs === 'string' ? [outputs] : outputs));
  }

  /** As execute(), as a promise; the values are on the host when it is fulfilled. The page waits for the GPU a few milliseconds at most. */
  async executeAsync(x, outputs = []) {
    return oneOrAll(await this.#runAsync(x, typeof outputs === 'string' ? [outputs] : outputs));
  }

  #structured(results) {
    if (!this.#outputKeys) return oneOrAll(results);
    return Object.fromEntries(results.map(({name, tensor}, i) => [this.#outputKeys[i] ?? name, tensor]));
  }

  #inputMap(x) {
    if (x instanceof Tensor || Array.isArray(x)) {
      const list = x instanceof Tensor ? [x] : x;
      if (list.length !== this.inputs.length) {
        throw new Error(`The model has ${this.inputs.length} inputs but ${list.length} tensors were given.`);
      }
      return Object.fromEntries(list.map((value, i) => [this.#inputKeys[i], value]));
    }
    if (x === null || typeof x !== 'object' || ArrayBuffer.isView(x)) {
      const what = ArrayBuffer.isView(x) ? `a ${x.constructor.name}` : String(x);
      throw new Error(`A model runs on a Tensor, an array of Tensors or a map from input name to Tensor, not on ${what}; ` +
                      'tensor() makes a Tensor.');
    }
    return x;
  }

  #start(inputs, outputNames) {
    const handle = this.#live();
    this.#native.clearInputs(handle);
    try {
      for (const [name, value] of Object.entries(inputs)) this.#native.setInput(handle, name, value);
      this.#native.startRun(handle, outputNames);
    } finally {
      this.#native.clearInputs(handle);
    }
    this.#isPrepared = true;
    this.#run = new Run(this.#native, handle, this.#paces.of(inputs, outputNames));
    if (this.#tiers.hasHost) this.#prepareLater(inputs);
    return this.#run;
  }

  #runSync(x, outputNames) {
    this.#live();
    const named = Object.entries(checkedInputs(this.#inputMap(x)));
    const values = Object.fromEntries(
        named.map(([name, input]) => [name, {dtype: input.dtype, shape: input.shape, values: input.dataSync()}]));
    if (this.#run?.isOpen) {
      try {
        this.#run.finish();
      } catch {
        // Whoever waits for that run hears of it.
      }
    }
    return this.#start(values, outputNames).tensors();
  }

  /** While the host computes: prepares for what it was asked, unless the page does. What goes wrong is in the report. */
  #prepareLater(inputs) {
    if (this.#prepareAsked) return;
    this.#prepareAsked = true;
    const inputShapes = Object.fromEntries(Object.entries(inputs).map(([name, {shape}]) => [name.replace(/:0$/, ''), [...shape]]));
    // The first result comes first.
    pause(0).then(() => this.prepare({inputShapes})).catch(() => {});
  }

  /** What a first asynchronous run needs, without holding up the page; what is wrong with the inputs is said by the run. */
  async #prepareFor(inputs) {
    if (this.#tiers.hasHost) return;
    await this.#preparing;
    if (this.#isPrepared) return;
    const inputShapes = Object.fromEntries(Object.entries(inputs).map(([name, {shape}]) => [name, [...shape]]));
    await this.prepare({inputShapes, keepWeights: true}).catch(() => {});
  }

  async #runAsync(x, outputNames) {
    this.#live();
    const named = Object.entries(checkedInputs(this.#inputMap(x)));
    // All are asked for at once: a tensor may be disposed before the run begins.
    const arrived = await Promise.all(named.map(([, tensor]) => tensor.data()));
    const values = Object.fromEntries(named.map(([name, {dtype, shape}], i) => [name, {dtype, shape, values: arrived[i]}]));
    if (outputNames.length === 0) await this.#prepareFor(values);
    while (this.#run?.isOpen) await this.#run.wait().catch(() => {});
    return outputTensors(await this.#start(values, outputNames).wait());
  }

  /** Times and counts, as documented in docs/report.md. */
  report() {
    const report = this.#native.report(this.#live());
    return {...report, phasesMs: {...report.phasesMs, ...this.#times}};
  }

  /**
   * The programs of everything that has been prepared or run: for a file that prepareFromManifest() reads, or for
   * userDefinedMetadata.texflow of model.json.
   */
  manifest() {
    return this.#native.manifest(this.#live());
  }

  /** Frees the model's memory on the host and on the GPU. Disposing twice does nothing. */
  dispose() {
    if (this.#handle !== 0) this.#native.free(this.#handle);
    this.#run?.giveUp(new Error('The model has been disposed before its outputs were read.'));
    this.#handle = 0;
  }
}

/** The name that Keras gave a layers-model. */
function kerasName({modelTopology}) {
  const name = (modelTopology?.model_config ?? modelTopology)?.config?.name;
  return typeof name === 'string' ? name : '';
}

/** A model of Keras layers, which became a graph when it was loaded; made by loadLayersModel(). */
export class LayersModel extends GraphModel {
  constructor(native, handle, json, times, tiers) {
    super(native, handle, json, times, tiers);
    this.name = kerasName(json);
    // TensorFlow.js writes null here, and -1 in graph-models.
    const withNull = (info) => ({...info, shape: info.shape?.map((d) => (d < 0 ? null : d))});
    this.inputs = this.inputs.map(withNull);
    this.outputs = this.outputs.map(withNull);
    /** Names of the layers that inputs and outputs come from. */
    this.inputNames = this.inputNodes;
    this.outputNames = this.outputNodes;
  }

  /** predict() runs every batch as a whole. */
  predictOnBatch(x) {
    return this.predict(x);
  }
}
