// Runs a model on a picture or the camera and draws its result over it. Parameters of the page's address, all optional:
//   model=URL         a segmentation model to start with       packages=FOLDER/  where the listed models are (node_modules)
//   choice=N          which of the listed models to start with picture=URL       a picture to start with
import {loadGraphModel, tensor} from './texflow/texflow.mjs';

import {drawMask, models, urlOf} from './models.mjs';

const byId = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);
const view = byId('view');
const context = view.getContext('2d');
const kSteadyRuns = 10;

let current = null;  // {model, name, shape, dtype, scale, draw, times}
let source = null;   // {image, width, height}
let stream = null;

const nextFrame = () => new Promise((resolve) => setTimeout(resolve, 0));
const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** Runs `action` and shows what goes wrong in it. */
async function guarded(action) {
  byId('error').hidden = true;
  try {
    await action();
  } catch (error) {
    byId('error').textContent = error.message;
    byId('error').hidden = false;
    byId('loading').hidden = true;
    document.body.dataset.state = 'error';
  }
}

function showPhase(text, fraction) {
  byId('loading').hidden = false;
  byId('phase').textContent = text;
  byId('progress').value = fraction;
}

function setReady(isReady) {
  byId('picture').disabled = byId('camera').disabled = !isReady;
  byId('pictureButton').classList.toggle('disabled', !isReady);
}

/** Loads and prepares a model, then runs it on the picture that is there. */
async function load(url, {scale, draw}, options = {}) {
  setReady(false);
  byId('figures').hidden = true;
  document.body.dataset.state = 'loading';
  current?.model.dispose();
  current = null;
  showPhase('Loading the model', 0);
  const model = await loadGraphModel(url, {
    ...options,
    onProgress: (fraction) => showPhase(`Loading the model: ${Math.round(100 * fraction)} %`, fraction / 2),
  });
  const {name, dtype, shape: given} = model.inputs[0];
  // Sizes that the model leaves open: one picture of 256 x 256.
  const shape = (given ?? [1, 256, 256, 3]).map((size, axis) => (size > 0 ? size : [1, 256, 256, 3][axis]));
  const begin = performance.now();
  await model.prepare({
    inputShapes: {[name]: shape},
    onProgress: ({phase, fraction}) => showPhase(`Preparing: ${phase}`, 0.5 + fraction / 2),
  });
  current = {model, name, shape, dtype, scale, draw, times: []};
  byId('prepareMs').textContent = milliseconds(performance.now() - begin);
  byId('loading').hidden = true;
  const {device} = model.report();
  byId('device').textContent = `${device.renderer}, ${device.storage}, ${device.stripes} draw buffers`;
  setReady(true);
  document.body.dataset.state = 'ready';
  if (source && !stream) await showPicture();
}

function showFigures() {
  const {model, times} = current;
  const {programs, drawsPerRun} = model.report();
  const steady = times.slice(2).slice(-30).sort((a, b) => a - b);
  byId('firstMs').textContent = milliseconds(times[0]);
  byId('steadyMs').textContent = steady.length > 0 ? milliseconds(steady[steady.length >> 1]) : '–';
  byId('programs').textContent = programs.compiled;
  byId('draws').textContent = drawsPerRun;
  byId('figures').hidden = false;
}

/** One run on `image`, drawn over it. The page goes on while the GPU computes. */
async function runOn({image, width, height}) {
  const {model, name, shape, dtype, scale, draw, times} = current;
  let pixels = tensor(image, shape, dtype);
  if (scale !== 1) pixels = tensor(pixels.dataSync().map((value) => value * scale), shape, dtype);
  const begin = performance.now();
  const output = [await model.predictAsync({[name]: pixels})].flat()[0];
  times.push(performance.now() - begin);
  view.width = Math.min(1024, width);
  view.height = Math.round((view.width * height) / width);
  context.drawImage(image, 0, 0, view.width, view.height);
  draw(context, output);
  byId('hint').hidden = true;
  showFigures();
}

/** The first run and some more, so that there is something to compare it with. */
async function showPicture() {
  if (!current) return;
  document.body.dataset.state = 'running';
  for (let run = 0; run < kSteadyRuns + 2; ++run) {
    await runOn(source);
    await nextFrame();
    if (!current || stream) return;
  }
  document.body.dataset.state = 'done';
}

function stopCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  byId('camera').textContent = 'Camera';
}

/** The camera, or an Error that says what to do about it. */
async function openCamera() {
  if (!navigator.mediaDevices) throw new Error('The camera needs a page that comes over https or from localhost.');
  try {
    return await navigator.mediaDevices.getUserMedia({video: {facingMode: 'user', width: {ideal: 640}}});
  } catch (error) {
    const reasons = {
      NotAllowedError: 'The camera was not allowed; allow it in the browser\'s settings for this page and try again.',
      NotFoundError: 'This device has no camera.',
      NotReadableError: 'Another program is using the camera.',
    };
    throw new Error(reasons[error.name] ?? `The camera cannot be used: ${error.message}`);
  }
}

async function startCamera() {
  stream = await openCamera();
  byId('camera').textContent = 'Stop';
  const video = document.createElement('video');
  video.playsInline = video.muted = true;
  video.srcObject = stream;
  await video.play();
  const next = () => guarded(async () => {
    if (!stream) return;
    if (current) await runOn({image: video, width: video.videoWidth, height: video.videoHeight});
    requestAnimationFrame(next);
  });
  next();
}

async function choosePicture(blob) {
  stopCamera();
  const image = await createImageBitmap(blob).catch(() => {
    throw new Error('The file is not a picture that this browser can show.');
  });
  source = {image, width: image.width, height: image.height};
  await showPicture();
}

/** A model from files that the user chose together: model.json and its weights. */
async function loadFiles(files) {
  const byName = new Map(files.map((file) => [file.name, file]));
  const json = files.find((file) => file.name.endsWith('.json'));
  if (!json) throw new Error('None of the files chosen is a .json file; choose model.json and its weights together.');
  const fetchFunc = async (url) => {
    const name = decodeURIComponent(new URL(url, location.href).pathname.split('/').pop());
    return byName.has(name) ? new Response(byName.get(name)) : new Response('', {status: 404});
  };
  await load(new URL(encodeURIComponent(json.name), location.href).href, {scale: 1 / 255, draw: drawMask}, {fetchFunc});
}

const choice = byId('choice');
const kFromFiles = models.length;
for (const title of [...models.map((model) => model.title), 'A model from files']) choice.add(new Option(title));
choice.addEventListener('change', () => {
  if (choice.selectedIndex === kFromFiles) byId('files').click();
  else guarded(() => loadChoice());
});
const loadChoice = () => load(urlOf(models[choice.selectedIndex], parameters.get('packages')), models[choice.selectedIndex]);
byId('files').addEventListener('change', ({target}) => guarded(() => loadFiles([...target.files])));
byId('picture').addEventListener('change', ({target}) => target.files[0] && guarded(() => choosePicture(target.files[0])));
byId('camera').addEventListener('click', () => guarded(() => (stream ? stopCamera() : startCamera())));

setReady(false);
guarded(async () => {
  const picture = parameters.get('picture');
  if (picture) {
    const response = await fetch(picture);
    if (!response.ok) throw new Error(`Fetching ${picture} failed with HTTP status ${response.status}.`);
    await choosePicture(await response.blob());
  }
  choice.selectedIndex = Math.min(Math.max(0, Number(parameters.get('choice') ?? 0) || 0), models.length - 1);
  if (parameters.has('model')) await load(new URL(parameters.get('model'), location.href).href, {scale: 1 / 255, draw: drawMask});
  else await loadChoice();
});
