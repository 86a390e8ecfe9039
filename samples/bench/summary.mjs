// Figures out of visits: every word of docs/benchmarks/README.md in one place.
import {geometricMean, median} from './stats.mjs';

export const kEngines = ['texflow', 'tfjs-webgl', 'tfjs-wasm'];
const middle = (values) => (values.length > 0 ? median(values) : null);

/** One engine in one place with one state of the caches; null where it has not been measured. */
export function summarize(visits, engine) {
  const led = visits.filter(({lead, phases}) => lead === engine && phases);
  if (led.length === 0) return null;
  // From the URL on, TexFlow is used as its guide says: load and prepare in one call.
  const fromUrl = visits.filter(({lead, phases}) => lead === `${engine}-together` && phases);
  const whole = (pick) => middle((fromUrl.length > 0 ? fromUrl : led).map(pick).filter(Number.isFinite));
  const of = (pick) => middle(led.map(pick).filter((value) => value !== null && value !== undefined));
  const phase = (name) => of(({phases}) => phases[name] ?? 0);
  const curveOf = ({runs, report, lead}) => runs?.[engine] ?? (lead === engine ? report?.runsMs : null);
  const curves = visits.map(curveOf).filter(Boolean);
  const steady = middle(curves.flatMap((runs) => runs.slice(2)));
  // Each within one visit: between visits the machine changes its speed.
  const overSteady = (from, pick) => from.filter((runs) => runs?.length > 2).map((runs) => pick(runs) / median(runs.slice(2)));
  const worst = overSteady(curves, (runs) => Math.max(...runs.slice(1, 100)));
  const newShape = led.map((visit) => visit.newShape).filter(Boolean);
  return {
    visits: led.length,
    start: phase('start'),
    load: phase('load'),
    prepare: phase('prepare'),
    first: phase('first'),
    ready: of(({phases}) => phases.prepare + phases.first),
    toFirstResult: whole(({phases}) => Object.values(phases).reduce((sum, ms) => sum + ms, 0)),
    steady,
    firstOverSteady: middle(overSteady(led.map(curveOf), ([first]) => first)),
    worstOverSteady: worst.length > 0 ? Math.max(...worst) : null,
    rested: engine === 'texflow' ? middle(visits.flatMap((visit) => visit.rested ?? [])) : null,
    newShape: newShape.length === 0 ? null : {
      first: middle(newShape.map(({first}) => first)),
      later: middle(newShape.flatMap(({later}) => later)),
      programs: Math.max(...newShape.map(({programs}) => programs)),
    },
    longestTask: whole(({mainThread}) => mainThread?.longestTaskMs),
    framesDropped: whole(({mainThread}) => mainThread?.framesDropped),
    programs: of(({programs, report}) => programs ?? report?.programs.used),
    draws: of(({drawsPerRun, report}) => drawsPerRun ?? report?.drawsPerRun),
    difference: of((visit) => visit.difference),
    phasesMs: led.at(-1).phasesMs ?? led.at(-1).report?.phasesMs ?? null,
    curve: (led.find(({runs}) => runs) ?? led[0]).runs?.[engine] ?? led[0].report?.runsMs ?? [],
    load1: of(({load}) => load),
  };
}

/** All models of one place: [{id, texflow, 'tfjs-webgl', 'tfjs-wasm'}], without those that TexFlow has not run there. */
export function summarizePlace(results, place, cache) {
  return Object.entries(results.models).map(([id, {places}]) => {
    const visits = places[place]?.[cache] ?? [];
    return {id, problem: visits.find(({problem}) => problem)?.problem,
            ...Object.fromEntries(kEngines.map((engine) => [engine, summarize(visits, engine)]))};
  }).filter((row) => row.texflow || row.problem);
}

/** The geometric mean of pick(row) over the rows that have it; null without any. */
export function meanOf(rows, pick) {
  const values = rows.map(pick).filter((value) => Number.isFinite(value) && value > 0);
  return values.length > 0 ? geometricMean(values) : null;
}

/** numerator / denominator where both are there. */
export const ratio = (numerator, denominator) => (numerator != null && denominator > 0 ? numerator / denominator : null);
