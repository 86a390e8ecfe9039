// prepare(): the engine's pieces of work, a share of every frame, until a model is ready to run.
import {frame} from './pause.mjs';

/**
 * The sets of shapes that are asked for, by signature key; throws where they cannot be shapes of this model's inputs.
 * @param {Object<string, number[]>|Object<string, number[]>[]} inputShapes
 */
export function checkedShapes(inputShapes, inputs, keys) {
  return [inputShapes].flat().map((set) => Object.entries(set).map(([name, shape]) => {
    const index = inputs.findIndex((input, i) => input.name === name || keys[i] === name);
    if (index < 0) {
      throw new Error(`inputShapes names '${name}', which is no input of the model; its inputs are ` +
                      `${keys.map((key) => `'${key}'`).join(', ')}.`);
    }
    if (!Array.isArray(shape) || !shape.every((d) => Number.isInteger(d) && d >= 0 && d < 2 ** 31)) {
      throw new Error(`inputShapes gives '${name}' the shape ${JSON.stringify(shape)}; it must be a list of whole numbers.`);
    }
    return [keys[index], shape];
  }));
}

export const kBudgetMs = 8;

export function checkedBudget(budgetMs) {
  if (!(budgetMs > 0)) throw new Error(`The budget of a frame is ${String(budgetMs)} ms; it must be more than 0.`);
  return budgetMs;
}

/**
 * Prepares for the sets of shapes. When `signal` is aborted, or a callback throws, everything that was made is freed.
 * @param {() => number} handle The model's, or an Error when it has been disposed.
 * @param {() => void} options.onWait Called whenever there is nothing to do before the driver is done with something.
 */
export async function prepareModel(native, handle, sets, {onProgress, onWait, signal, budgetMs, keepWeights}) {
  sets.forEach((set, i) => set.forEach(([name, shape]) => native.prepareShape(handle(), i, name, shape)));
  native.startPrepare(handle(), keepWeights);
  try {
    for (;;) {
      const {done, events} = frame.spend(budgetMs, (ms) => native.pollPrepare(handle(), ms));
      for (const event of events) onProgress?.(event);
      if (done) return;
      if (events.length === 0) onWait();
      await frame.turn(budgetMs);
      signal?.throwIfAborted();
    }
  } catch (error) {
    native.cancelPrepare(handle());
    throw error;
  }
}
