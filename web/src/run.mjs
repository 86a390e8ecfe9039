// One run of a model between its start and its outputs: slept through until shortly before its end, or waited for.
import {pauseForGpu} from './pause.mjs';
import {Tensor} from './tensor.mjs';

/** A run that has been started. A model has at most one that is open. */
export class Run {
  #native;
  #handle;
  #pace;
  #begin = performance.now();
  #outputs = null;
  #error = null;
  #readers = 0;  // Tensors that want values of this run.
  #waiting = null;

  /** @param {Pace} pace Of the runs like this one. */
  constructor(native, handle, pace) {
    this.#native = native;
    this.#handle = handle;
    this.#pace = pace;
  }

  /** Whether starting another run would take something from somebody. */
  get isOpen() {
    return this.#outputs === null && this.#error === null && (this.#readers > 0 || this.#waiting !== null);
  }

  #advance(wait) {
    if (this.#outputs !== null) return true;
    if (this.#error !== null) throw this.#error;
    try {
      if (!this.#native.advanceRun(this.#handle, wait)) return false;
      this.#outputs = this.#native.takeOutputs(this.#handle);
    } catch (error) {
      this.#error = error;
      throw error;
    }
    return true;
  }

  /** The outputs, now. */
  finish() {
    this.#advance(true);
    return this.#outputs;
  }

  /** The outputs as a promise; the page goes on until the run is nearly over. */
  wait() {
    this.#waiting ??= (async () => {
      let isDue = false;
      while (!this.#advance(isDue)) {
        const elapsedMs = performance.now() - this.#begin;
        isDue = elapsedMs >= this.#pace.dueMs;
        if (!isDue) await pauseForGpu(this.#pace.dueMs - elapsedMs);
      }
      this.#pace.learn(performance.now() - this.#begin, isDue);
      return this.#outputs;
    })();
    return this.#waiting;
  }

  /** Nobody gets the outputs any more, because of `error`. */
  giveUp(error) {
    if (this.#outputs === null) this.#error ??= error;
  }

  /** The outputs as tensors that fetch their values when asked, so that a caller need not wait; [{name, tensor}]. */
  tensors() {
    const infos = this.#native.pendingOutputs(this.#handle);
    if (infos.length === 0) return outputTensors(this.finish());
    this.#readers = infos.length;
    return infos.map(({name, dtype, shape}, i) => {
      const source = {
        sync: () => this.finish()[i].values,
        wait: async () => (await this.wait())[i].values,
        drop: () => --this.#readers,
      };
      return {name, tensor: new Tensor(dtype, shape, null, source)};
    });
  }
}

/** Outputs that are there as [{name, tensor}]. */
export function outputTensors(outputs) {
  return outputs.map(({name, dtype, shape, values}) => ({name, tensor: new Tensor(dtype, shape, values)}));
}
