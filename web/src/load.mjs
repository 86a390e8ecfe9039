// Loading: a model's files through the engine's loader, and preparing meanwhile.
import {openModel} from './files.mjs';
import {prepareFromModel} from './manifest.mjs';
import {GraphModel, LayersModel} from './model.mjs';
import {startNative} from './native.mjs';
import {frame, yieldToPage} from './pause.mjs';
import {kBudgetMs} from './prepare.mjs';
import {checkedTiers} from './tiers.mjs';

const kPieceBytes = 1 << 18;  // Of the weights; decoding one takes about a millisecond.

/** As the engine's loader tells them apart, also in files without a format. */
function isLayersModel({format, modelTopology}) {
  return format === 'layers-model' || Boolean(modelTopology?.model_config || (modelTopology?.class_name && !modelTopology.node));
}

function checkKind({name, json}, Model) {
  const isLayers = isLayersModel(json);
  if (isLayers === (Model === LayersModel)) return;
  throw new Error(isLayers ? `${name} holds a layers-model; loadLayersModel() loads it.` :
                             `${name} holds no layers-model; loadGraphModel() loads graph-models.`);
}

/** What both kinds of models have in common. */
async function load(source, options, Model) {
  const tiers = checkedTiers(options);
  const begin = performance.now();
  let parse = 0;
  const [native, files] = await Promise.all([startNative(), openModel(source, options)]);
  await yieldToPage();  // Here and below: what comes next takes tens of milliseconds while the browser compiles it.
  // The C++ sentence, with the file that it is about.
  const parsing = (file, action) => {
    const start = performance.now();
    try {
      return action();
    } catch (error) {
      throw new Error(`While loading ${file}: ${error.message}`);
    } finally {
      parse += performance.now() - start;
    }
  };
  checkKind(files, Model);
  const handle = parsing(files.name, () => native.parse(files.text, tiers));
  let model = null;
  try {
    await yieldToPage();
    parsing(files.name, () => native.begin(handle));
    await yieldToPage();
    const times = {read: 0, parse: 0};
    const make = () => (model = new Model(native, handle, files.json, times, tiers));
    let work = null;
    const startWork = () => {
      work = options.prepare ? model.prepare(options.prepare === true ? {} : options.prepare) : model.planAhead();
      work.catch(() => {});  // Its error is for whoever awaits it, later.
    };
    if (options.prepare) prepareFromModel(native, files.json);
    for await (const {name, bytes, endsGroup} of files.shards) {
      // In pieces: decoding a whole shard would hold up the page.
      for (let at = 0; at < bytes.length; at += kPieceBytes) {
        parsing(name, () => frame.spend(kBudgetMs, () => native.feed(handle, bytes.subarray(at, at + kPieceBytes))));
        // Planning and compiling need no large weights: they go on while those arrive.
        if (!model && parsing(name, () => native.openEarly(handle))) {
          make();
          startWork();
        }
        if (frame.isSpent(kBudgetMs)) await frame.turn(kBudgetMs);
      }
      if (endsGroup !== null) parsing(name, () => native.endGroup(handle, endsGroup));
    }
    parsing(files.name, () => native.finish(handle));
    Object.assign(times, {read: performance.now() - begin - parse, parse});
    if (!model) make();
    if (!work) startWork();
    await work;
    return model;
  } catch (error) {
    if (model) model.dispose();
    else native.free(handle);
    throw error;
  }
}

/**
 * Loads a TensorFlow.js model from the URL of its model.json or from an IOHandler.
 * `options.prepare` (true, or the options of prepare()) also prepares it, while its weights arrive. `options.backend`: 'gl',
 * 'host', or 'auto', the one that is measured faster. `options.start`: 'tiered' lets the host compute until the programs are
 * ready; the model prepares itself then.
 * @returns {Promise<GraphModel>}
 */
export function loadGraphModel(source, options = {}) {
  return load(source, options, GraphModel);
}

/**
 * The same for a layers-model (Keras), whose layers become a graph.
 * @returns {Promise<LayersModel>}
 */
export function loadLayersModel(source, options = {}) {
  return load(source, options, LayersModel);
}
