// Runs a segmentation model on a picture or the camera and tints the background.
// A link may name the model: index.html?model=models/selfie.json
import {loadGraphModel, tensor} from './texflow/texflow.mjs';

const byId = (id) => document.getElementById(id);
const view = byId('view');
const context = view.getContext('2d', {willReadFrequently: true});
let model = null;
let inputShape = null;
let stream = null;

function say(text) {
  byId('message').textContent = text;
}

/** Runs `action` and shows what goes wrong in it. */
async function guarded(action) {
  try {
    await action();
  } catch (error) {
    say(error.message);
  }
}

/** A fetchFunc that finds the files the user chose by their names. */
function fetchFrom(files) {
  const byName = new Map([...files].map((file) => [file.name, file]));
  return async (url) => {
    const name = decodeURIComponent(new URL(url, location.href).pathname.split('/').pop());
    return byName.has(name) ? new Response(byName.get(name)) : new Response('', {status: 404});
  };
}

async function load(url, options) {
  model?.dispose();
  model = null;
  byId('picture').disabled = byId('camera').disabled = true;
  say('Loading the model');
  const loaded = await loadGraphModel(url, {...options, onProgress: (fraction) => (byId('progress').value = fraction / 2)});
  const input = loaded.inputs[0];
  // Sizes that the model leaves open: one picture of 256 x 256.
  inputShape = input.shape.map((size, axis) => (size > 0 ? size : [1, 256, 256, 3][axis]));
  await loaded.prepare({
    inputShapes: {[input.name]: inputShape},
    onProgress: ({phase, fraction}) => {
      say(`Preparing: ${phase}`);
      byId('progress').value = 0.5 + fraction / 2;
    },
  });
  model = loaded;
  const {programs, device} = model.report();
  say(`Ready: ${programs.compiled} programs on ${device.renderer}.`);
  byId('picture').disabled = byId('camera').disabled = false;
}

/** One channel of the model's answer, as the probability of a person. */
function maskOf(output) {
  const [height, width, channels = 1] = output.shape.slice(1);
  const values = output.dataSync();
  const mask = new Float32Array(height * width);
  for (let i = 0; i < mask.length; ++i) mask[i] = values[i * channels + channels - 1];
  return {mask, width, height};
}

function draw(source, sourceWidth, sourceHeight) {
  const pixels = tensor(source, inputShape, 'float32');
  const values = pixels.dataSync();
  for (let i = 0; i < values.length; ++i) values[i] /= 255;
  const begin = performance.now();
  const output = [model.predict(pixels)].flat()[0];
  const ms = performance.now() - begin;
  const {mask, width, height} = maskOf(output);

  view.width = 512;
  view.height = Math.round((512 * sourceHeight) / sourceWidth);
  context.drawImage(source, 0, 0, view.width, view.height);
  const image = context.getImageData(0, 0, view.width, view.height);
  for (let y = 0; y < view.height; ++y) {
    for (let x = 0; x < view.width; ++x) {
      const person = mask[Math.floor((y * height) / view.height) * width + Math.floor((x * width) / view.width)];
      const share = 0.7 * (1 - Math.min(1, Math.max(0, person)));
      const i = 4 * (y * view.width + x);
      image.data[i] *= 1 - share;
      image.data[i + 1] = image.data[i + 1] * (1 - share) + 80 * share;
      image.data[i + 2] = image.data[i + 2] * (1 - share) + 200 * share;
    }
  }
  context.putImageData(image, 0, 0);
  say(`One run: ${ms.toFixed(1)} ms.`);
}

async function toggleCamera() {
  if (stream) {
    stream.getTracks().forEach((track) => track.stop());
    stream = null;
    return;
  }
  stream = await navigator.mediaDevices.getUserMedia({video: true});
  const video = document.createElement('video');
  video.srcObject = stream;
  await video.play();
  const next = () => guarded(() => {
    if (!stream || !model) return;
    draw(video, video.videoWidth, video.videoHeight);
    requestAnimationFrame(next);
  });
  next();
}

byId('model').addEventListener('change', ({target}) => guarded(async () => {
  const json = [...target.files].find((file) => file.name.endsWith('.json'));
  if (!json) throw new Error('None of the files chosen is a .json file.');
  await load(new URL(encodeURIComponent(json.name), location.href).href, {fetchFunc: fetchFrom(target.files)});
}));
byId('picture').addEventListener('change', ({target}) => guarded(async () => {
  const picture = await createImageBitmap(target.files[0]);
  draw(picture, picture.width, picture.height);
}));
byId('camera').addEventListener('click', () => guarded(toggleCamera));

const given = new URLSearchParams(location.search).get('model');
if (given) guarded(() => load(new URL(given, location.href).href, {}));
