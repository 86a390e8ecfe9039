// Tests of the folder of linked programs, end to end. Like those of suite.mjs.
import {deepStrictEqual, ok, strictEqual} from 'node:assert';
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {npy} from './npy.mjs';

const kProcesses = 8, kLaunches = 13;  // Of each process: 104 in all.

/** Arguments of a run of a small convolutional model with a cache folder, without the folder of outputs. */
function runArgs(folder, model, cache) {
  const image = join(folder, 'image.npy');
  writeFileSync(image, npy(Array.from({length: 192}, (_, i) => (i % 37) / 37), [1, 8, 8, 3], '<f4'));
  return ['run', model('picture'), '--input', `image=${image}`, '--cache-dir', cache, '--json'];
}

const programFiles = (cache) => readdirSync(cache).filter((name) => name.endsWith('.txp')).map((name) => join(cache, name));

export const cacheTests = {
  'a second launch compiles nothing; cache shows, prunes, clears and warms': ({backend, folder, model, run, refuse}) => {
    if (backend === 'host') return 'skip';
    const cache = join(folder, 'deep', 'cache'), args = runArgs(folder, model, cache);
    const first = JSON.parse(run(args).stdout), {used} = first.report.programs;
    strictEqual(first.report.programs.compiled, used);
    if (programFiles(cache).length === 0) return 'skip';  // This driver gives no binaries.
    const second = JSON.parse(run(args).stdout);
    deepStrictEqual([second.report.programs.compiled, second.report.programs.fromCache], [0, used]);
    deepStrictEqual(second.outputs, first.outputs);
    strictEqual(JSON.parse(run([...args, '--no-cache']).stdout).report.programs.compiled, used);

    const info = run(['cache', 'info', '--dir', cache]).stdout;
    ok(info.includes(cache) && info.includes(`programs: ${used},`) && info.includes(first.report.device.renderer), info);
    ok(run(['cache', 'prune', '--max-bytes', '64MB', '--older-than', '1d', '--dir', cache]).stdout.startsWith('0 '));
    ok(run(['cache', 'prune', '--max-bytes', '0', '--dir', cache]).stdout.startsWith(`${used} `));
    ok(run(['cache', 'warm', model('picture'), '--dir', cache]).stdout.includes(`${used} compiled`));
    strictEqual(JSON.parse(run(args).stdout).report.programs.compiled, 0);
    writeFileSync(join(cache, 'letter.txt'), 'not ours');
    run(['cache', 'clear', '--dir', cache]);
    deepStrictEqual(readdirSync(cache), ['letter.txt']);
    refuse(['cache', 'warm', model('picture'), '--dir', join(cache, 'letter.txt')], 'letter.txt', 'is not a folder');
    refuse(['cache', 'warm', model('picture'), '--dir', cache, '--shape', 'image=1,x'], '--shape');
    refuse(['cache'], 'subcommand');
    return undefined;
  },

  'damaged, foreign and unwritable cache entries change no result': ({backend, folder, model, run}) => {
    if (backend === 'host') return 'skip';
    const cache = join(folder, 'cache'), args = runArgs(folder, model, cache);
    const {outputs} = JSON.parse(run(args).stdout), files = programFiles(cache);
    if (files.length < 2) return 'skip';
    const good = files.map((file) => readFileSync(file));
    const flip = (at) => (bytes) => {
      bytes[at < 0 ? bytes.length + at : at] ^= 0x10;
      return bytes;
    };
    const binaryAt = 40 + good[0].readUInt32LE(12) + good[0].readUInt32LE(16) + good[0].readUInt32LE(20);
    const damages = {
      magic: flip(3), format: flip(8), length: flip(24), hash: flip(35), key: flip(60), payload: flip(binaryAt + 50), tail: flip(-1),
      empty: () => Buffer.alloc(0), shorter: (bytes) => bytes.subarray(0, bytes.length - 1), longer: (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
      another: () => good[1],
    };
    for (const [name, damage] of Object.entries(damages)) {
      writeFileSync(files[0], damage(Buffer.from(good[0])));
      const {outputs: now, report} = JSON.parse(run(args).stdout);
      deepStrictEqual(now, outputs, `results after: ${name}`);
      strictEqual(report.programs.compiled, 1, `compiled after: ${name}`);
      strictEqual(readFileSync(files[0]).length, good[0].length, `repaired after: ${name}`);
    }
    // A folder in the place of an entry, and one that cannot be written to.
    rmSync(files[0]);
    mkdirSync(files[0]);
    chmodSync(cache, 0o500);
    deepStrictEqual(JSON.parse(run(args).stdout).outputs, outputs);
    chmodSync(cache, 0o700);
    return undefined;
  },

  'eight processes share one cache folder and lose nothing': ({backend, folder, model, program, run}) => {
    if (backend === 'host') return 'skip';
    const cache = join(folder, 'cache'), args = runArgs(folder, model, cache);
    const launch = `"$0" "$@" > ${folder}/$process-$launch.json || touch ${folder}/failed`;
    const chain = `for launch in $(seq ${kLaunches}); do ${launch}; done`;
    const {status, stderr} = spawnSync('sh', ['-c', `for process in $(seq ${kProcesses}); do (${chain}) & done; wait`, program, ...args], {encoding: 'utf8'});
    ok(status === 0 && !existsSync(join(folder, 'failed')), stderr);
    const {outputs, report} = JSON.parse(readFileSync(join(folder, '1-1.json'), 'utf8'));
    const files = programFiles(cache);
    if (files.length === 0) return 'skip';
    strictEqual(files.length, report.programs.used);
    for (let process = 1; process <= kProcesses; ++process) {
      for (let launch = 1; launch <= kLaunches; ++launch) {
        const other = JSON.parse(readFileSync(join(folder, `${process}-${launch}.json`), 'utf8'));
        deepStrictEqual(other.outputs, outputs);
        if (launch > 1) strictEqual(other.report.programs.compiled, 0, `launch ${launch} of process ${process} compiled`);
      }
    }
    ok(!run(['cache', 'info', '--dir', cache]).stdout.includes('damaged'));
    ok(!readdirSync(cache).some((name) => name.endsWith('.tmp')), 'a temporary file was left');
    return undefined;
  },

  'bench --cold starts processes of its own and writes medians and a page': ({backend, folder, model, run, refuse}) => {
    const json = join(folder, 'cold.json'), html = join(folder, 'page.html');
    const args = ['bench', model('picture'), '--cold', '3', '--runs', '6', '--backend', backend, '--json', json, '--html', html];
    ok(run(args).stdout.includes('medians of 3 launches'));
    const {launches, medianMs, reports} = JSON.parse(readFileSync(json, 'utf8'));
    strictEqual(launches, 3);
    strictEqual(reports.length, 3);
    for (const name of ['read', 'parse', 'plan', 'prepare', 'firstRun', 'steady', 'worstOfRuns2To100', 'firstResult'])
      ok(medianMs[name] >= 0, `the median of ${name} is missing`);
    ok(medianMs.firstResult > medianMs.prepare && reports.every(({runsMs}) => runsMs.length === 6));
    const page = readFileSync(html, 'utf8');
    ok(page.includes('<svg') && page.includes('run 6') && !/src=|href=|@import/.test(page), 'the page needs other files or has no plot');
    refuse(['bench', join(folder, 'absent'), '--cold', '2'], 'absent');
  },
};
