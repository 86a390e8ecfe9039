// The side of the worker: answers one job.
import {configure, loadGraphModel, prepareFromManifest, tensor} from '../dist/texflow.mjs';

import {countObjects} from './gl_calls.mjs';
import {makeModel, serve} from './small_model.mjs';
import {input, kUrl} from './small_run.mjs';

const jobs = {
  async run({canvas}) {
    if (canvas) configure({canvas});
    const model = await loadGraphModel(kUrl, serve(makeModel()));
    const fractions = [];
    await model.prepare({onProgress: ({fraction}) => fractions.push(fraction)});
    const y = await model.predictAsync(input());
    return {values: y.dataSync(), shape: y.shape, fractions, compiled: model.report().programs.compiled};
  },

  async manifest({manifest}) {
    const fetchFunc = async () => new Response(JSON.stringify(manifest));
    const ahead = await countObjects(() => prepareFromManifest('https://models.test/manifest.json', {fetchFunc}));
    let values;
    const later = await countObjects(async () => {
      const model = await loadGraphModel(kUrl, {...serve(makeModel()), prepare: true});
      values = (await model.predictAsync(input())).dataSync();
    });
    return {ahead, later, values};
  },

  async picture({bitmap}) {
    const t = tensor(bitmap);
    return {values: t.dataSync(), shape: t.shape};
  },
};

self.onmessage = async ({data}) => {
  try {
    self.postMessage(await jobs[data.what](data));
  } catch (error) {
    self.postMessage({error: error?.message ?? String(error)});
  }
};
