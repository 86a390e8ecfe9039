// The small model, loaded in the browser.
import {loadGraphModel, tensor} from '../dist/texflow.mjs';

import {kInputShape, makeModel, pattern, serve} from './small_model.mjs';

export const kUrl = 'https://models.test/small/model.json';
export const x = pattern(32, 7);
export const input = () => tensor(x, kInputShape);
export const relu = (values) => values.map((v) => Math.max(0, v));

/** Loads the small model, hands it to `use` and disposes it. */
export async function withModel(use, options = {}) {
  const {fetchFunc} = serve(makeModel(options));
  const model = await loadGraphModel(kUrl, {fetchFunc});
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}
