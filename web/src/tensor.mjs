// Host tensors: values with a shape and a dtype.

/** @typedef {'float32'|'int32'|'bool'|'string'|'complex64'} DType */

const kTypedArrays = {float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array};

/** The number of elements of a shape. */
export function elementCount(shape) {
  return shape.reduce((product, d) => product * d, 1);
}

/** Values on the host, or on their way there. Made by tensor() and by running a model. */
export class Tensor {
  #values;
  #source;

  /**
   * @param {DType} dtype
   * @param {number[]} shape
   * @param {Float32Array|Int32Array|Uint8Array|string[]|null} values Row-major; complex64 interleaves real and imaginary
   *   parts.
   * @param {{sync: () => object, wait: () => Promise<object>, drop: () => void}|null} source Where values that are null come
   *   from, once; drop() says that nobody asks any more.
   */
  constructor(dtype, shape, values, source = null) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.size = elementCount(shape);
    this.#values = values;
    this.#source = source;
  }

  get rank() {
    return this.shape.length;
  }

  get isDisposed() {
    return this.#values === null && this.#source === null;
  }

  #arrived(values) {
    // A tensor that was disposed meanwhile stays so.
    if (this.#source === null) return values;
    this.#values = values;
    this.#source = null;
    return values;
  }

  /** The values, row-major. The array is the tensor's own, not a copy. Waits for a GPU that still computes them. */
  dataSync() {
    if (this.isDisposed) throw new Error('The tensor has been disposed; its values cannot be read.');
    return this.#values ?? this.#arrived(this.#source.sync());
  }

  /** As dataSync(), as a promise: the page goes on while the GPU computes. */
  async data() {
    if (this.isDisposed) throw new Error('The tensor has been disposed; its values cannot be read.');
    return this.#values ?? this.#arrived(await this.#source.wait());
  }

  /** The values as nested arrays; a scalar gives the bare value. */
  arraySync() {
    return this.#nested(this.dataSync());
  }

  #nested(values) {
    if (this.dtype === 'complex64') throw new Error('A complex64 tensor has no nested array form; use dataSync().');
    const nest = (axis, offset, stride) => {
      if (axis === this.rank) return this.dtype === 'bool' ? values[offset] !== 0 : values[offset];
      const inner = stride / this.shape[axis];
      return Array.from({length: this.shape[axis]}, (_, i) => nest(axis + 1, offset + i * inner, inner));
    };
    return nest(0, 0, this.size);
  }

  /** As arraySync(), as a promise. */
  async array() {
    return this.#nested(await this.data());
  }

  /** Lets go of the values. Disposing twice does nothing. */
  dispose() {
    this.#source?.drop();
    this.#source = null;
    this.#values = null;
  }
}

function checkShape(shape, count, what) {
  if (!Array.isArray(shape) || !shape.every((d) => Number.isInteger(d) && d >= 0)) {
    throw new Error(`The shape ${JSON.stringify(shape)} is not a list of whole numbers of at least 0.`);
  }
  if (elementCount(shape) !== count) {
    throw new Error(`The shape [${shape}] has ${elementCount(shape)} elements but ${what} has ${count}.`);
  }
}

function checkDtype(dtype) {
  if (dtype !== 'string' && !(dtype in kTypedArrays)) {
    throw new Error(`The dtype '${dtype}' is none of float32, int32, bool, string and complex64.`);
  }
}

function nestedShape(value) {
  const shape = [];
  for (let v = value; Array.isArray(v) || ArrayBuffer.isView(v); v = v[0]) shape.push(v.length);
  return shape;
}

function flatten(value, shape, axis, out) {
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  if (axis === shape.length) {
    if (isList) throw new Error('The nested array is ragged: it has a list where its first element has a value.');
    out.push(value);
    return;
  }
  if (!isList || value.length !== shape[axis]) {
    throw new Error(`The nested array is ragged: expected ${shape[axis]} elements along axis ${axis}, found ` +
                    `${isList ? value.length : 'a single value'}.`);
  }
  for (const element of value) flatten(element, shape, axis + 1, out);
}

function isInstance(value, className) {
  return typeof globalThis[className] === 'function' && value instanceof globalThis[className];
}

function makeCanvas(width, height) {
  if (typeof OffscreenCanvas === 'function') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), {width, height});
}

function pixelSize(source) {
  if (isInstance(source, 'HTMLVideoElement')) return [source.videoWidth, source.videoHeight];
  if (isInstance(source, 'HTMLImageElement')) return [source.naturalWidth, source.naturalHeight];
  return [source.width, source.height];
}

function isPixelSource(value) {
  return ['ImageData', 'HTMLImageElement', 'HTMLVideoElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'ImageBitmap']
      .some((name) => isInstance(value, name));
}

/** RGBA bytes of a picture, drawn at width x height. */
function readPixels(source, width, height) {
  let image = source;
  if (!isInstance(source, 'ImageData') || source.width !== width || source.height !== height) {
    if (isInstance(source, 'ImageData')) {
      const canvas = makeCanvas(source.width, source.height);
      canvas.getContext('2d').putImageData(source, 0, 0);
      image = canvas;
    }
    const scratch = makeCanvas(width, height).getContext('2d', {willReadFrequently: true});
    scratch.drawImage(image, 0, 0, width, height);
    image = scratch.getImageData(0, 0, width, height);
  }
  return image.data;
}

function fromPixels(source, shape, dtype = 'int32') {
  const [sourceWidth, sourceHeight] = pixelSize(source);
  const target = shape ?? [sourceHeight, sourceWidth, 3];
  const [height, width, channels] = target.slice(-3);
  const ok = (target.length === 3 || (target.length === 4 && target[0] === 1)) && [1, 3, 4].includes(channels) &&
      height > 0 && width > 0;
  if (!ok) {
    throw new Error(`A picture cannot fill the shape [${target}]; it must be [height,width,C] or [1,height,width,C] with 1, 3 ` +
                    'or 4 channels.');
  }
  if (dtype !== 'int32' && dtype !== 'float32') throw new Error(`A picture cannot fill a tensor of dtype '${dtype}'.`);
  const rgba = readPixels(source, width, height);
  const values = new kTypedArrays[dtype](height * width * channels);
  for (let i = 0, pixel = 0; i < values.length; pixel += 4) {
    for (let c = 0; c < channels; ++c) values[i++] = rgba[pixel + c];
  }
  return new Tensor(dtype, target, values);
}

/**
 * Makes a tensor from a typed array, a number, a nested array or a picture.
 *
 * Without `dtype`: floats and numbers give float32, typed arrays of integers int32, booleans bool, strings string. A picture
 * gives its RGB bytes as int32 [height, width, 3]; with `shape` it is drawn resized to that height and width.
 * @returns {Tensor}
 */
export function tensor(values, shape, dtype) {
  if (dtype !== undefined) checkDtype(dtype);
  if (values instanceof Tensor) return tensor(values.dataSync(), shape ?? [...values.shape], dtype ?? values.dtype);

  if (ArrayBuffer.isView(values)) {
    if (!Number.isInteger(values.length) || typeof values[0] === 'bigint') {
      throw new Error(`A ${values.constructor.name} cannot fill a tensor; numbers of at most 64-bit floats can.`);
    }
    const isFloat = values instanceof Float32Array || values instanceof Float64Array;
    const type = dtype ?? (isFloat ? 'float32' : 'int32');
    if (type === 'string') throw new Error('A typed array cannot fill a tensor of dtype \'string\'.');
    const count = type === 'complex64' ? values.length / 2 : values.length;
    const target = shape ?? [count];
    checkShape(target, count, 'the typed array');
    return new Tensor(type, target, values instanceof kTypedArrays[type] ? values.slice() : kTypedArrays[type].from(values));
  }

  if (!Array.isArray(values) && isPixelSource(values)) return fromPixels(values, shape, dtype);

  const found = nestedShape(values);
  const flat = [];
  flatten(values, found, 0, flat);
  const type = dtype ?? {string: 'string', boolean: 'bool'}[typeof flat[0]] ?? 'float32';
  const bad = flat.find((v) => (typeof v === 'string') !== (type === 'string') ||
                               (typeof v !== 'string' && typeof v !== 'number' && typeof v !== 'boolean'));
  if (bad !== undefined) throw new Error(`The value ${String(bad)} cannot be an element of a ${type} tensor.`);
  const count = type === 'complex64' ? flat.length / 2 : flat.length;
  const target = shape ?? (type === 'complex64' ? [count] : found);
  checkShape(target, count, 'the array');
  return new Tensor(type, target, type === 'string' ? flat : kTypedArrays[type].from(flat, Number));
}
