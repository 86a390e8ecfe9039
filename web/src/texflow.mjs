// TexFlow in the browser: TensorFlow.js models on WebGL 2.
export {prepareFromManifest} from './manifest.mjs';
export {configure} from './native.mjs';
export {loadGraphModel, loadLayersModel} from './load.mjs';
export {GraphModel, LayersModel} from './model.mjs';
export {Tensor, tensor} from './tensor.mjs';
/** The version of this package. */
export const version = '0.1.0';
