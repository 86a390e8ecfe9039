// Tests of convert, wizard and check-ops on the models of tests/data.
import {deepStrictEqual, ok, strictEqual} from 'node:assert';
import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {expectOutputs, inputArgs} from './suite.mjs';

const jsonOf = (folder) => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));

export const convertTests = {
  'convert gives models with the same outputs': ({folder, model, models, recorded, run}) => {
    for (const id of models) {
      const {inputs, outputs} = recorded(id), out = join(folder, id);
      run(['convert', '--quiet', model(id), out]);
      run(['run', out, ...inputArgs(folder, inputs), '--backend', 'host', '--output-dir', `${out}-values`]);
      expectOutputs(`${out}-values`, outputs);
    }
  },

  'convert says the format, the files and the nodes': ({folder, model, run}) => {
    const {stdout} = run(['convert', model('sharded'), join(folder, 'out')]);
    ok(/: tfjs_graph_model to tfjs_graph_model$/m.test(stdout), stdout);
    ok(/^model\.json +[\d.]+ (B|kB)$/m.test(stdout) && /nodes became \d+\.$/m.test(stdout), stdout);
  },

  'convert cuts shards, quantizes and adds metadata': ({folder, model, run}) => {
    const out = join(folder, 'out'), extra = join(folder, 'labels.json');
    writeFileSync(extra, '{"labels": ["a", "b"]}');
    run(['convert', '--quiet', '--weight_shard_size_bytes', '16', '--quantize_float16', '--metadata', `info:${extra}`, model('sharded'), out]);
    const {weightsManifest: [{paths, weights}], userDefinedMetadata} = jsonOf(out);
    ok(paths.length > 1 && paths[0] === `group1-shard1of${paths.length}.bin`, paths.join());
    ok(weights.filter(({dtype}) => dtype === 'float32').every(({quantization}) => quantization.dtype === 'float16'));
    deepStrictEqual(userDefinedMetadata, {info: {labels: ['a', 'b']}});
    deepStrictEqual(readdirSync(out).sort(), ['model.json', ...paths].sort());
  },

  'convert replaces an old output and leaves nothing of a failure': ({folder, model, refuse, run}) => {
    const out = join(folder, 'a folder');
    mkdirSync(out);
    writeFileSync(join(out, 'old.bin'), 'old');
    refuse(['convert', join(folder, 'nothing'), out], 'nothing');
    deepStrictEqual(readdirSync(out), ['old.bin']);
    run(['convert', '--quiet', `${model('sharded')}/model.json`, `${out}/`]);
    ok(!existsSync(join(out, 'old.bin')) && existsSync(join(out, 'model.json')));
    deepStrictEqual(readdirSync(folder), ['a folder']);
  },

  'convert verifies, reports as JSON and lists its passes': ({folder, model, run}) => {
    const {stdout} = run(['convert', '--verify', '--json', '-', model('sharded'), join(folder, 'out')]);
    const report = JSON.parse(stdout.slice(stdout.indexOf('{')));
    ok(report.verified.length > 0 && report.verified.every(({ok: good}) => good), stdout);
    ok(report.passes.some(({name}) => name === 'fold_constants') && report.files.length > 1);
    ok(run(['convert', '--print_passes']).stdout.split('\n').includes('batch_norm'));
    strictEqual(run(['convert', '--quiet', '--verify', '--tolerance', '0', '--quantize_uint8', model('sharded'), join(folder, 'out')], 2).stdout, '');
  },

  'convert refuses what it cannot do': ({folder, model, refuse}) => {
    const out = join(folder, 'out');
    refuse(['convert', '--no_such_flag', model('sharded'), out], '--no_such_flag');
    refuse(['convert', '--output_format=keras', model('sharded'), out], 'tfjs_graph_model', 'keras');
    refuse(['convert', '--passes=nonsense', model('sharded'), out], 'nonsense');
    refuse(['convert', 'https://tfhub.dev/model', out], 'download');
    const broken = join(folder, 'broken');
    cpSync(model('sharded'), broken, {recursive: true});
    const text = readFileSync(join(broken, 'model.json'), 'utf8');
    writeFileSync(join(broken, 'model.json'), text.replace('"MatMul"', '"MatMull"'));
    refuse(['convert', broken, out], 'MatMull (1 node', 'nearest name is MatMul');
    refuse(['check-ops', broken], 'MatMull');
    // What the loader does not read must not get lost.
    writeFileSync(join(broken, 'model.json'), JSON.stringify({...JSON.parse(text), modelInitializer: {node: []}}));
    refuse(['convert', broken, out], 'hash tables');
    ok(!existsSync(out));
  },

  'wizard asks, shows the command and runs it': ({folder, model, run}) => {
    const out = join(folder, 'out'), answers = `${model('sharded')}\nuint8\n\n\n\n\n${out}\n`;
    const {stdout} = run(['wizard'], 0, answers);
    ok(stdout.includes('texflow convert --input_format=tfjs_graph_model') && stdout.includes("'--quantize_uint8=*'"), stdout);
    strictEqual(jsonOf(out).format, 'graph-model');
    run(['wizard', '--dryrun', model('sharded')], 1, '');
  },
};
