// Compiling before the model is there: a manifest of some hundred bytes names the programs.
import {fetchJson} from './files.mjs';
import {startNative} from './native.mjs';
import {frame} from './pause.mjs';
import {checkedBudget, kBudgetMs} from './prepare.mjs';

const kMostPrograms = 256, kMostDefines = 16;

const isCount = (value) => Number.isInteger(value) && value >= 0 && value < 256;
const isText = (value) => typeof value === 'string' && value !== '';

/** A manifest may be stale or hostile: what does not look like a program is left out. */
function isProgram(entry) {
  if (entry === null || typeof entry !== 'object') return false;
  const {kernel, defines, inputs, vectors, weights} = entry;
  return isText(kernel) && isCount(inputs) && isCount(vectors) && typeof weights === 'boolean' && Array.isArray(defines) &&
      defines.length <= kMostDefines && defines.every((define) => Array.isArray(define) && define.length === 2 && define.every(isText));
}

/** Compiles what the manifest names; stops, and keeps what is there, when `signal` is aborted. → programs that it has. */
async function compileAhead(native, manifest, {signal, budgetMs}) {
  if (!Array.isArray(manifest.programs)) throw new Error('The manifest has no list of programs.');
  const programs = manifest.programs.filter(isProgram).slice(0, kMostPrograms);
  const handle = native.startManifest(JSON.stringify({version: manifest.version, programs}));
  try {
    await frame.untilDone(budgetMs, (ms) => native.pollManifest(handle, ms), signal);
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
