// Draws the charts of the report; inlined into it after Chart.js and `data`.
/* global Chart, data */

const kColors = {texflow: '#0a7d5a', 'tfjs-webgl': '#d1495b', 'tfjs-wasm': '#3d5a98', native: '#8a6d1d'};
const kPhaseColors = {start: '#9aa5b1', load: '#52606d', prepare: '#0a7d5a', first: '#d1495b'};
const kNames = {texflow: 'TexFlow', 'tfjs-webgl': 'TensorFlow.js webgl', 'tfjs-wasm': 'TensorFlow.js wasm', native: 'TexFlow, native'};
const charts = {};

Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.font.family = 'system-ui, sans-serif';
Chart.defaults.color = getComputedStyle(document.body).color;

function draw(id, configuration) {
  charts[id]?.destroy();
  charts[id] = new Chart(document.getElementById(id), configuration);
}

const title = (text) => ({display: true, text});

/** Run time against run number: the curve that starts high. */
function drawCurve(place, model) {
  const row = data.places[place].find(({id}) => id === model);
  const lines = Object.entries(row.engines).map(([engine, {curve}]) => [engine, curve]);
  const native = data.places.native?.find(({id}) => id === model)?.engines.texflow;
  if (native && place !== 'native') lines.push(['native', native.curve]);
  draw('curve', {
    type: 'line',
    data: {
      datasets: lines.filter(([, curve]) => curve.length > 0).map(([engine, curve]) => ({
        label: kNames[engine],
        data: curve.map((ms, i) => ({x: i + 1, y: ms})),
        borderColor: kColors[engine],
        backgroundColor: kColors[engine],
        borderWidth: 1.5,
        pointRadius: 2,
      })),
    },
    options: {
      scales: {
        x: {type: 'logarithmic', min: 1, title: title('run number'), ticks: {callback: (v) => (Number.isInteger(Math.log10(v)) || v === 2 || v === 5 || v === 20 || v === 50 ? v : '')}},
        y: {type: 'logarithmic', title: title('ms')},
      },
    },
  });
}

/** Phases from the engine's URL to the first result, one bar for each engine. */
function drawTimeline(place, model) {
  const row = data.places[place].find(({id}) => id === model);
  const engines = Object.keys(row.engines);
  const labels = {start: 'engine: code, device', load: 'model: files, weights', prepare: 'prepare', first: 'first run'};
  draw('timeline', {
    type: 'bar',
    data: {
      labels: engines.map((engine) => kNames[engine]),
      datasets: Object.keys(labels).map((phase) => ({
        label: labels[phase],
        data: engines.map((engine) => row.engines[engine].phases[phase]),
        backgroundColor: kPhaseColors[phase],
      })),
    },
    options: {indexAxis: 'y', scales: {x: {stacked: true, title: title('ms from the URL')}, y: {stacked: true}}},
  });
  const detail = Object.entries(row.engines.texflow.phasesMs ?? {}).filter(([, ms]) => ms >= 0);
  document.getElementById('detail').textContent =
      `Within TexFlow: ${detail.map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`).join(', ')}.`;
}

function drawBars(id, place, pick, label, type) {
  const rows = data.places[place];
  const engines = ['texflow', 'tfjs-webgl', 'tfjs-wasm'].filter((engine) => rows.some((row) => pick(row.engines[engine]) > 0));
  draw(id, {
    type: 'bar',
    data: {
      labels: rows.map((row) => row.id),
      datasets: engines.map((engine) => ({
        label: kNames[engine],
        data: rows.map((row) => pick(row.engines[engine])),
        backgroundColor: kColors[engine],
        maxBarThickness: 24,
      })),
    },
    options: {scales: {y: {type, title: title(label)}, x: {ticks: {autoSkip: false, maxRotation: 60, minRotation: 40}}}},
  });
}

const choose = {place: document.getElementById('place'), model: document.getElementById('model')};

function redraw() {
  const place = choose.place.value;
  const ids = data.places[place].map(({id}) => id);
  const wanted = ids.includes(choose.model.value) ? choose.model.value : ids[0];
  choose.model.replaceChildren(...ids.map((id) => new Option(id, id, false, id === wanted)));
  drawCurve(place, wanted);
  drawTimeline(place, wanted);
  drawBars('ready', place, (engine) => engine?.ready, 'ms until the first result of a loaded model', 'logarithmic');
  drawBars('programs', place, (engine) => engine?.programs, 'programs', 'linear');
}

for (const place of Object.keys(data.places)) choose.place.add(new Option(place, place));
for (const select of Object.values(choose)) select.addEventListener('change', redraw);
redraw();
