// What is checked of the package without a browser. Every check gives {state: 'passed' | 'failed' | 'skipped', note}.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';

const kMostBytes = 450000;
const kTypeScript = 'typescript@5.6.3';

// What one page loads: of the two builds of the engine it takes the larger.
function packageSize(root) {
  const dist = join(root, 'web', 'dist');
  const bytes = readdirSync(dist).filter((file) => !/^texflow\.(js|wasm)$/.test(file)).reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), {level: 9}).length, 0);
  return {state: bytes <= kMostBytes ? 'passed' : 'failed', note: `${bytes} bytes, at most ${kMostBytes}`};
}

/** The folder of TypeScript's compiler, brought by npm the first time; null where that fails. */
function findTypeScript(root) {
  const cache = join(root, '.cache');
  const target = join(cache, 'typescript');
  if (existsSync(join(target, 'bin', 'tsc'))) return target;
  mkdirSync(cache, {recursive: true});
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    execFileSync('npm', ['pack', '--silent', kTypeScript], {cwd: work, stdio: 'ignore', timeout: 120000});
    execFileSync('tar', ['xzf', readdirSync(work).find((file) => file.endsWith('.tgz'))], {cwd: work});
    rmSync(target, {recursive: true, force: true});
    renameSync(join(work, 'package'), target);
    return target;
  } catch {
    return null;
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

function types(root) {
  const home = findTypeScript(root);
  if (!home) return {state: 'skipped', note: `npm could not fetch ${kTypeScript}`};
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext',
    '--lib', 'es2022,dom'];
  // tsc looks for texflow.d.mts beside texflow.mjs.
  const {status, stdout} = spawnSync(process.execPath, [join(home, 'bin', 'tsc'), ...flags, join(root, 'web', 'tests', 'types.ts')],
                                     {encoding: 'utf8'});
  return {state: status === 0 ? 'passed' : 'failed', note: status === 0 ? '' : stdout.trim()};
}

export const packageChecks = {
  [`what a page loads of the package has at most ${kMostBytes} bytes, gzipped`]: packageSize,
  'TypeScript accepts programs that use the package and refuses wrong calls': types,
};
