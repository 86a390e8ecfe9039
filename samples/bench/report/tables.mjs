// The tables of the report: columns as data, cells as text.
import {meanOf, ratio} from '../summary.mjs';

const ms = (value) => (value == null ? '' : value < 10 ? value.toFixed(1) : value.toFixed(0));
const times = (value) => (value == null ? '' : value.toFixed(2));
const whole = (value) => (value == null ? '' : value.toFixed(0));
const one = (name, pick, format = ms) => ({name, pick, format});
const mean = (name, pick) => ({name, pick, format: times, hasMean: true});
const quotient = (name, above, below) => mean(name, (row) => ratio(above(row), below(row)));

const texflow = (key) => (row) => row.texflow?.[key];
const webgl = (key) => (row) => row['tfjs-webgl']?.[key];
const wasm = (key) => (row) => row['tfjs-wasm']?.[key];

/** Tables of one browser with cold caches. */
export const browserTables = [
  {
    title: 'First run',
    note: 'From a loaded model to the first outputs on the host. TexFlow: prepare() and the first run; TensorFlow.js: its first predict.',
    columns: [one('TexFlow prepare', texflow('prepare')), one('+ first', texflow('first')), one('TF.js webgl', webgl('first')),
              quotient('webgl / TexFlow', webgl('first'), texflow('ready')), one('TF.js wasm', wasm('first')),
              quotient('wasm / TexFlow', wasm('first'), texflow('ready'))],
  },
  {
    title: 'Time to first result',
    note: 'From asking for the engine\'s code and the model\'s URL (both on this machine) to the first outputs on the host.',
    columns: [one('TexFlow', texflow('toFirstResult')), one('TF.js webgl', webgl('toFirstResult')), one('TF.js wasm', wasm('toFirstResult')),
              quotient('webgl / TexFlow', webgl('toFirstResult'), texflow('toFirstResult')),
              quotient('wasm / TexFlow', wasm('toFirstResult'), texflow('toFirstResult'))],
  },
  {
    title: 'The page until the first result',
    note: 'Longest task of the main thread (tasks from 50 ms on are seen; 0 means that there was none) and frames of 60 a second that did not come.',
    columns: [one('TexFlow: longest task', texflow('longestTask'), whole), one('webgl', webgl('longestTask'), whole),
              one('wasm', wasm('longestTask'), whole), one('TexFlow: frames dropped', texflow('framesDropped'), whole),
              one('webgl', webgl('framesDropped'), whole), one('wasm', wasm('framesDropped'), whole)],
  },
  {
    title: 'Steady runs',
    note: 'Median from run 3 on, all engines in turn in one page; the first run and the worst of runs 2 to 100 as multiples of it, each within one visit; the first as a multiple of later runs that each follow a rest of 100 ms.',
    columns: [one('TexFlow', texflow('steady')), one('TF.js webgl', webgl('steady')), one('TF.js wasm', wasm('steady')),
              quotient('webgl / TexFlow', webgl('steady'), texflow('steady')), quotient('wasm / TexFlow', wasm('steady'), texflow('steady')),
              mean('TexFlow first / steady', texflow('firstOverSteady')),
              quotient('TexFlow first / rested', texflow('first'), texflow('rested')),
              mean('webgl first / steady', webgl('firstOverSteady')),
              mean('TexFlow worst / steady', texflow('worstOverSteady')),
              mean('webgl worst / steady', webgl('worstOverSteady'))],
  },
  {
    title: 'First run at a new input size',
    note: 'A size that nothing was prepared for, after the runs at the first one. Models that take one size only are left out.',
    only: (row) => row.texflow?.newShape,
    columns: [one('TexFlow: first', (row) => row.texflow.newShape?.first), one('later', (row) => row.texflow.newShape?.later),
              one('programs', (row) => row.texflow.newShape?.programs, whole),
              one('webgl: first', (row) => row['tfjs-webgl']?.newShape?.first), one('later', (row) => row['tfjs-webgl']?.newShape?.later),
              one('programs', (row) => row['tfjs-webgl']?.newShape?.programs, whole),
              quotient('webgl first / TexFlow first', (row) => row['tfjs-webgl']?.newShape?.first, (row) => row.texflow.newShape?.first)],
  },
  {
    title: 'Programs',
    note: 'Shader programs linked until the first result; draws of a TexFlow run; relative difference of its outputs from TensorFlow.js webgl.',
    columns: [one('TexFlow', texflow('programs'), whole), one('TF.js webgl', webgl('programs'), whole),
              quotient('webgl / TexFlow', webgl('programs'), texflow('programs')), one('draws', texflow('draws'), whole),
              one('difference', texflow('difference'), (value) => (value == null ? '' : value.toExponential(0)))],
  },
];

/** One table of the second visit; rows have the cold summaries under `cold`. */
export const warmTable = {
  title: 'Second visit',
  note: 'The same page again with the same profile and the driver\'s own cache on: prepare() and first run, and the first predict.',
  columns: [one('TexFlow cold', (row) => row.cold?.texflow?.ready), one('warm', texflow('ready')),
            quotient('cold / warm', (row) => row.cold?.texflow?.ready, texflow('ready')),
            one('webgl cold', (row) => row.cold?.['tfjs-webgl']?.first), one('warm', webgl('first')),
            quotient('webgl warm / TexFlow warm', webgl('first'), texflow('ready'))],
};

/** Natively: cold, and the second launch of the program. */
export const nativeTable = {
  title: 'Natively',
  note: 'texflow bench in fresh processes with the driver\'s cache off. Warm is the second launch with the same cache folder.',
  columns: [one('prepare', (row) => row.cold?.texflow?.prepare), one('first', (row) => row.cold?.texflow?.first),
            one('steady', (row) => row.cold?.texflow?.steady),
            mean('first / steady', (row) => row.cold?.texflow?.firstOverSteady),
            mean('worst / steady', (row) => row.cold?.texflow?.worstOverSteady),
            one('programs', (row) => row.cold?.texflow?.programs, whole), one('warm prepare', texflow('prepare')),
            quotient('warm / cold prepare', texflow('prepare'), (row) => row.cold?.texflow?.prepare)],
};

/** A table as lists of cells: [[heading ...], [row ...] ...], geometric means of its ratios last. */
export function cells({columns, only = () => true}, rows) {
  const shown = rows.filter((row) => row.texflow && only(row));
  if (shown.length === 0) return null;
  const rowsOf = shown.map((row) => [row.id, ...columns.map(({pick, format}) => format(pick(row)))]);
  if (!columns.some(({hasMean}) => hasMean)) return [['model', ...columns.map(({name}) => name)], ...rowsOf];
  const means = columns.map(({pick, hasMean}) => times(hasMean ? meanOf(shown, pick) : null));
  return [['model', ...columns.map(({name}) => name)],
          ...rowsOf,
          [`geometric mean of ${shown.length}`, ...means]];
}
