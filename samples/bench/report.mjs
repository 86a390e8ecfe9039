#!/usr/bin/env node
// results.json → one HTML file that opens without a network, with Chart.js inside; and its tables as Markdown.
//   report.mjs RESULTS.json REPORT.html [REPORT.md] [--models DIR]
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';

import {browserTables, cells, nativeTable, warmTable} from './report/tables.mjs';
import {kEngines, summarizePlace} from './summary.mjs';
import {findPackageFile} from './tensorflowjs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function placesOf(results) {
  const names = Object.values(results.models).flatMap(({places}) => Object.keys(places));
  return [...new Set(names)].sort();
}

/** The sections: a heading and tables of cells. */
function sections(results) {
  const list = [];
  for (const place of placesOf(results)) {
    const cold = summarizePlace(results, place, 'cold');
    const byId = new Map(cold.map((row) => [row.id, row]));
    const warm = summarizePlace(results, place, 'warm').map((row) => ({...row, cold: byId.get(row.id)}));
    const isNative = place === 'native';
    const both = cold.map((row) => ({...(warm.find(({id}) => id === row.id) ?? {id: row.id, texflow: {}}), cold: row}));
    const tables = isNative ? [[nativeTable, both]] : [...browserTables.map((table) => [table, cold]), [warmTable, warm]];
    list.push({
      title: isNative ? 'Native, OpenGL ES 3' : place,
      device: deviceOf(results, place),
      tables: tables.map(([table, rows]) => ({...table, cells: cells(table, rows)})).filter((table) => table.cells),
      problems: cold.filter(({problem}) => problem).map(({id, problem}) => `${id}: ${problem}`),
    });
  }
  return list;
}

function deviceOf(results, place) {
  const devices = Object.values(results.models).flatMap(({places}) => places[place]?.cold ?? [])
    .map((visit) => visit.device ?? visit.report?.device).filter(Boolean);
  if (devices.length === 0) return '';
  const stripes = [...new Set(devices.map((device) => device.stripes))].sort((a, b) => a - b);
  return `${devices[0].renderer}; ${devices[0].storage} textures, ${stripes.join(' or ')} stripes`;
}

function machineText(results) {
  const {processor, cores, memoryGB, platform} = results.machine;
  const loads = Object.values(results.models).flatMap(({places}) => Object.values(places).flatMap((caches) =>
    Object.values(caches).flat().map(({load}) => load).filter(Number.isFinite)));
  const range = loads.length > 0 ? ` Load average while it was measured: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.` : '';
  return `${processor}, ${cores} cores, ${memoryGB} GB, ${platform}.${range}`;
}

/** What the charts need, by place. */
function chartData(results) {
  const rounded = (value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
  const places = {};
  for (const place of placesOf(results)) {
    const rows = summarizePlace(results, place, 'cold').filter(({texflow}) => texflow).map((row) => ({
      id: row.id,
      engines: Object.fromEntries(kEngines.filter((engine) => row[engine]).map((engine) => {
        const {start, load, prepare, first, ready, programs, phasesMs, curve} = row[engine];
        return [engine, {phases: {start, load, prepare, first}, ready, programs, phasesMs, curve}];
      })),
    }));
    if (rows.length > 0) places[place] = rows;
  }
  return JSON.stringify({places}, (_, value) => rounded(value)).replaceAll('<', '\\u003c');
}

const kCharts = `<h2>Charts</h2>
<p><label>Where <select id="place"></select></label><label>Model <select id="model"></select></label></p>
<h3>Run time against run number</h3><div class="chart"><canvas id="curve"></canvas></div>
<h3>From the URL to the first result</h3><div class="chart short"><canvas id="timeline"></canvas></div><p class="note" id="detail"></p>
<h3>Until the first result of a loaded model, all models</h3><div class="chart"><canvas id="ready"></canvas></div>
<h3>Programs per model</h3><div class="chart"><canvas id="programs"></canvas></div>`;

function htmlTable({title, note, cells: [head, ...rows]}) {
  const line = (row, tag) => `<tr${row[0].startsWith('geometric') ? ' class="mean"' : ''}>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<h3>${escaped(title)}</h3><p class="note">${escaped(note)} Times in ms.</p><div class="scroll"><table>` +
         `${line(head, 'th')}\n${rows.map((row) => line(row, 'td')).join('\n')}</table></div>`;
}

/** Writes the report; `models` is the folder into which npm brings Chart.js. */
export function writeReport(results, file, models) {
  const read = (path) => readFileSync(path, 'utf8');
  const chart = read(join(models, findPackageFile(models, 'chart.js', '4.4.4', join('dist', 'chart.umd.js'))));
  const body = sections(results).map(({title, device, tables, problems}) =>
    `<h2>${escaped(title)}</h2><p>${escaped(device)}</p>${tables.map(htmlTable).join('\n')}` +
    problems.map((problem) => `<p>Not measured: ${escaped(problem)}</p>`).join(''));
  const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>TexFlow: the first inference beside the hundredth</title>
<style>${read(join(here, 'report', 'style.css'))}</style>
<h1>TexFlow: the first inference beside the hundredth</h1>
<p>Measured on ${escaped(machineText(results))} Repeat it with <code>make bench</code>.</p>
${kCharts}
${body.join('\n')}
<script>${chart.replace(/\/\/# sourceMappingURL=.*/, '').replaceAll('</script', '<\\/script')}</script>
<script>const data = ${chartData(results)};</script>
<script type="module">${read(join(here, 'report', 'page.mjs'))}</script>
</html>
`;
  mkdirSync(dirname(resolve(file)), {recursive: true});
  writeFileSync(file, html);
}

/** The tables for a README. */
export function writeMarkdown(results, file) {
  const table = ({title, note, cells: [head, ...rows]}) => {
    const line = (row) => `| ${row.map((cell) => String(cell).replaceAll('|', '/')).join(' | ')} |`;
    return `### ${title}\n\n${note} Times in ms.\n\n${[line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')}\n`;
  };
  const text = sections(results).map(({title, device, tables, problems}) =>
    `## ${title}\n\n${device}\n\n${tables.map(table).join('\n')}${problems.map((problem) => `\nNot measured: ${problem}\n`).join('')}`);
  writeFileSync(file, `Measured on ${machineText(results)}\n\n${text.join('\n')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const {values: {models}, positionals: [from, html, markdown]} = parseArgs({
    allowPositionals: true,
    options: {models: {type: 'string', default: resolve(here, '..', '..', '.cache', 'models')}},
  });
  const results = JSON.parse(readFileSync(from, 'utf8'));
  writeReport(results, html, models);
  if (markdown) writeMarkdown(results, markdown);
}
