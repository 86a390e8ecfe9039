// Compiling before the model is there: a manifest of some hundred bytes names the programs.
import {fetchJson} from './files.mjs';
import {startNative} from './native.mjs';
import {frame} from './pause.mjs';
import {checkedBudget, kBudgetMs} from './prepare.mjs';

/** Compiles what the manifest names; stops, and keeps what is there, when `signal` is aborted. → programs that it has. */
async function compileAhead(native, manifest, {signal, budgetMs}) {
  const handle = native.startManifest(JSON.stringify(manifest));
  try {
    while (!frame.spend(budgetMs, (ms) => native.pollManifest(handle, ms))) {
      await frame.turn(budgetMs);
      signal?.throwIfAborted();
    }
    return native.manifestAccepted(handle);
  } finally {
    native.freeManifest(handle);
  }
}

/**
 * Compiles the programs of a model before it is loaded. The manifest is what model.manifest() gave, alone in a file or under
 * userDefinedMetadata.texflow of a model.json. One that is stale or wrong costs time and changes no result.
 * @param {string} url
 * @returns {Promise<{programs: number}>} How many of its programs there are now.
 */
export async function prepareFromManifest(url, {signal, budgetMs = kBudgetMs, fetchFunc, requestInit} = {}) {
  checkedBudget(budgetMs);
  signal?.throwIfAborted();
  const [native, json] = await Promise.all([startNative(), fetchJson(url, {fetchFunc, requestInit})]);
  signal?.throwIfAborted();
  const manifest = json.userDefinedMetadata?.texflow ?? json;
  try {
    return {programs: await compileAhead(native, manifest, {signal, budgetMs})};
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error(`While preparing from ${url}: ${error.message}`);
  }
}

/** The same for a model.json that carries one, while its weights arrive; what goes wrong is left to prepare(). */
export function prepareFromModel(native, json) {
  const manifest = json.userDefinedMetadata?.texflow;
  if (manifest) compileAhead(native, manifest, {budgetMs: kBudgetMs}).catch(() => {});
}
