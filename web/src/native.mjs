// The WebAssembly module: loaded once, one WebGL 2 context, shared by all models of the page.
import {yieldToPage} from './pause.mjs';

const kDtypes = ['float32', 'int32', 'bool', 'string', 'complex64'];  // In the order of the C++ enum.
const kViews = {float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array};

// A module of one function that uses a SIMD instruction: () => v128.const 0, dropped.
const kSimdProbe = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0,
                                 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11);

/** The engine for this browser: with SIMD where there is such a thing. */
async function createModule(options) {
  const {default: create} = await (WebAssembly.validate(kSimdProbe) ? import('./texflow-simd.js') : import('./texflow.js'));
  return create(options);
}

/** @type {Promise<Native>|null} */
let started = null;

let stripes = 0;
/** @type {OffscreenCanvas|HTMLCanvasElement|null} */
let givenCanvas = null;

/**
 * Sets how the WebGL context is made, before the first model is loaded.
 * @param {{stripes?: 0|1|2|4|8, canvas?: OffscreenCanvas|HTMLCanvasElement}} options
 *   stripes: layers of a tensor texture, which a draw writes at once; 0 lets the device decide. canvas: whose context to use.
 */
export function configure(options = {}) {
  if (![undefined, 0, 1, 2, 4, 8].includes(options.stripes)) {
    throw new Error(`The number of stripes must be 0, 1, 2, 4 or 8, not ${String(options.stripes)}.`);
  }
  if (started) throw new Error('configure() must come before the first loadGraphModel(): the WebGL context exists already.');
  stripes = options.stripes ?? 0;
  givenCanvas = options.canvas ?? null;
}

/** The module, started on the first call, and again after a start that failed or when its WebGL context has been lost. */
export async function startNative() {
  const running = await started?.catch(() => null);
  if (running?.isLost()) {
    started = null;
    givenCanvas = null;
  }
  started ??= Native.start().catch((error) => {
    started = null;
    throw error;
  });
  return started;
}

// Those of engine/gl/webgl_context.cpp, which gets the same context.
const kContextAttributes = {alpha: false, depth: false, stencil: false, antialias: false, powerPreference: 'high-performance'};

function makeCanvas() {
  if (typeof OffscreenCanvas === 'function') return new OffscreenCanvas(1, 1);
  return document.createElement('canvas');
}

/** The C functions of bridge.cpp with JavaScript values. */
export class Native {
  #m;
  #canvas;

  static async start() {
    const canvas = givenCanvas ?? makeCanvas();
    const loading = createModule({canvas});
    loading.catch(() => {});
    await yieldToPage();
    // Tens of milliseconds in which the module arrives; null is told of below. Not for a canvas that came from another thread:
    // Firefox lets a worker ask it for its context only once.
    if (!givenCanvas) canvas.getContext('webgl2', kContextAttributes);
    const m = await loading;
    await yieldToPage();
    const native = new Native(m, canvas);
    native.check(m._texflow_start(stripes));
    return native;
  }

  constructor(module, canvas) {
    this.#m = module;
    this.#canvas = canvas;
  }

  isLost() {
    return this.#canvas.getContext('webgl2')?.isContextLost() ?? true;
  }

  lastError() {
    return this.#m.UTF8ToString(this.#m._texflow_lastError());
  }

  /** Throws the C++ sentence when `ok` is 0. */
  check(ok) {
    if (!ok) throw new Error(this.lastError());
    return ok;
  }

  /** Calls `use` with the address of a NUL-terminated copy of `text`. */
  #withText(text, use) {
    const length = this.#m.lengthBytesUTF8(text) + 1;
    const address = this.#allocate(length);
    try {
      this.#m.stringToUTF8(text, address, length);
      return use(address, length - 1);
    } finally {
      this.#m._free(address);
    }
  }

  #allocate(bytes) {
    const address = this.#m._malloc(Math.max(1, bytes));
    if (address === 0) throw new Error(`The browser refused ${bytes} bytes of memory.`);
    return address;
  }

  /** A model from the text of its model.json; begin() is the other half of it. */
  parse(modelJson, {backend, tieredStart}) {
    const model = this.#m._texflow_newModel(backend, tieredStart ? 1 : 0);
    try {
      this.#withText(modelJson, (text, length) => this.check(this.#m._texflow_parse(model, text, length)));
    } catch (error) {
      this.free(model);
      throw error;
    }
    return model;
  }

  begin(model) {
    this.check(this.#m._texflow_begin(model));
  }

  /** Makes the session when only large weights are still to come. → whether it is there; finish() makes it in any case. */
  openEarly(model) {
    const opened = this.#m._texflow_openEarly(model);
    if (opened < 0) throw new Error(this.lastError());
    return opened === 1;
  }

  feed(model, bytes) {
    const address = this.#allocate(bytes.length);
    try {
      this.#m.HEAPU8.set(bytes, address);
      this.check(this.#m._texflow_feed(model, address, bytes.length));
    } finally {
      this.#m._free(address);
    }
  }

  endGroup(model, group) {
    this.check(this.#m._texflow_endGroup(model, group));
  }

  finish(model) {
    this.check(this.#m._texflow_finish(model));
  }

  /** Plans for about `budgetMs` what a prepare without options will need. → whether there is nothing left to plan */
  planAhead(model, budgetMs) {
    return this.#m._texflow_planAhead(model, budgetMs) === 1;
  }

  signature(model) {
    return JSON.parse(this.#m.UTF8ToString(this.#m._texflow_signature(model)));
  }

  report(model) {
    return JSON.parse(this.#m.UTF8ToString(this.#m._texflow_report(model)));
  }

  /** The programs of everything that has been planned so far. */
  manifest(model) {
    return JSON.parse(this.#m.UTF8ToString(this.#m._texflow_manifest(model)));
  }

  startManifest(text) {
    return this.#withText(text, (address, length) => this.check(this.#m._texflow_startManifest(address, length)));
  }

  /** Compiles for about `budgetMs`. → whether all is done */
  pollManifest(manifest, budgetMs) {
    const done = this.#m._texflow_pollManifest(manifest, budgetMs);
    if (done < 0) throw new Error(this.lastError());
    return done === 1;
  }

  /** Programs of the manifest that are compiled: those that this version has. */
  manifestAccepted(manifest) {
    return this.#m._texflow_manifestAccepted(manifest);
  }

  freeManifest(manifest) {
    this.#m._texflow_freeManifest(manifest);
  }

  /** Sets the shape of an input in one of the sets of the next startPrepare(). */
  prepareShape(model, set, name, shape) {
    this.#withDims(shape, (dims) => this.#withText(name, (text) => {
      this.#m._texflow_prepareShape(model, set, text, dims, shape.length);
    }));
  }

  startPrepare(model, keepWeights) {
    this.check(this.#m._texflow_startPrepare(model, keepWeights ? 1 : 0));
  }

  /** Prepares for about `budgetMs`. → whether it is done, and [{phase, done, total, program, ms, fraction}]. */
  pollPrepare(model, budgetMs) {
    const done = this.#m._texflow_pollPrepare(model, budgetMs);
    if (done < 0) throw new Error(this.lastError());
    return {done: done === 1, events: JSON.parse(this.#m.UTF8ToString(this.#m._texflow_takeEvents(model)))};
  }

  /** Gives up a prepare and frees what it made. */
  cancelPrepare(model) {
    this.#m._texflow_cancelPrepare(model);
  }

  #withDims(shape, use) {
    const dims = this.#allocate(4 * shape.length);
    try {
      this.#m.HEAP32.set(shape, dims >> 2);
      return use(dims);
    } finally {
      this.#m._free(dims);
    }
  }

  /** @param {{dtype: string, shape: number[], values: Float32Array|Int32Array|Uint8Array|string[]}} input */
  setInput(model, name, {dtype, shape, values}) {
    this.#withText(name, (text) => this.#withDims(shape, (dims) => {
      const address = this.#m._texflow_addInput(model, text, kDtypes.indexOf(dtype), dims, shape.length);
      if (address < 0) throw new Error(this.lastError());
      if (dtype === 'string') {
        values.forEach((value, i) => this.#withText(value, (p, length) => this.#m._texflow_setString(address, i, p, length)));
      } else if (values.length > 0) {
        const View = kViews[dtype];
        new View(this.#m.HEAPU8.buffer, address, values.length).set(values);
      }
    }));
  }

  clearInputs(model) {
    this.#m._texflow_clearInputs(model);
  }

  /** Starts a run with the inputs that are set. */
  startRun(model, outputNames) {
    this.#withText(outputNames.join('\n'), (text) => this.check(this.#m._texflow_startRun(model, text)));
  }

  /** What the run will give: [{name, dtype, shape}], empty when that depends on values that are still computed. */
  pendingOutputs(model) {
    return JSON.parse(this.#m.UTF8ToString(this.#m._texflow_pendingOutputs(model)));
  }

  /** Goes on with the run: true when its outputs are there, false when it waits for the GPU (never with `wait`). */
  advanceRun(model, wait) {
    const done = this.#m._texflow_advanceRun(model, wait ? 1 : 0);
    if (done < 0) throw new Error(this.lastError());
    return done === 1;
  }

  /** The outputs of the run that is done. → [{name, dtype, shape, values}] */
  takeOutputs(model) {
    const count = this.#m._texflow_takeOutputs(model);
    if (count < 0) throw new Error(this.lastError());
    return Array.from({length: count}, (_, i) => this.#output(model, i));
  }

  #output(model, index) {
    const m = this.#m;
    const {name, dtype, shape, strings} = JSON.parse(m.UTF8ToString(m._texflow_outputInfo(model, index)));
    if (dtype === 'string') return {name, dtype, shape, values: strings};
    const View = kViews[dtype];
    const bytes = m._texflow_outputBytes(model, index);
    const view = bytes === 0 ? new View(0) :
                               new View(m.HEAPU8.buffer, m._texflow_outputData(model, index), bytes / View.BYTES_PER_ELEMENT);
    return {name, dtype, shape, values: view.slice()};
  }

  free(model) {
    this.#m._texflow_freeModel(model);
  }
}
