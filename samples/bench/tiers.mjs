// One engine and one model in a fresh page: the first result after loading, then runs one after the other. TexFlow with two
// tiers goes on until the GPU has computed for a while.
import {makeInput} from '../../web/tests/model_case.mjs';

import {makeEngines} from './engines.mjs';

const kRunsAfter = 12;  // Of the tier that computes last.

function isOver(runs, tiers, endMs) {
  if (performance.now() > endMs) return true;
  if (tiers === null) return runs.length > kRunsAfter;
  const last = tiers.at(-1);
  const switched = tiers.includes('gl');
  return switched && tiers.length > kRunsAfter && tiers.slice(-kRunsAfter).every((tier) => tier === last);
}

async function visit(job) {
  const input = {...job.input, values: makeInput(job.input)};
  const engine = makeEngines({...job, input})[job.engine];
  await engine.start();
  const model = await engine.load();
  const begin = performance.now();
  const outputs = await model.run();
  const firstMs = performance.now() - begin;
  const runs = [firstMs];
  const tiers = job.engine === 'texflow-tiered' ? [model.report().lastTier] : null;
  let worstDifference = 0;
  const endMs = performance.now() + job.budgetMs;
  while (!isOver(runs, tiers, endMs)) {
    // The page draws its frames in between, and prepares in them.
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const start = performance.now();
    const again = await model.run();
    runs.push(performance.now() - start);
    tiers?.push(model.report().lastTier);
    for (const [i, values] of again.entries()) {
      let error = 0, size = 0;
      for (let k = 0; k < values.length; ++k) {
        error += (values[k] - outputs[i][k]) ** 2;
        size += outputs[i][k] ** 2;
      }
      worstDifference = Math.max(worstDifference, Math.sqrt(error / Math.max(size, 1e-30)));
    }
  }
  return {firstMs, runs, tiers, worstDifference, prepareError: model.report?.().prepareError};
}

const job = await (await fetch('/next-job')).json();
let answer;
try {
  answer = {id: job.id, ok: true, ...(await visit(job))};
} catch (error) {
  answer = {id: job.id, ok: false, note: error?.message ?? String(error)};
}
await fetch('/result', {method: 'POST', body: JSON.stringify(answer)});
