// What the comparisons share on the side of Node.js: packages of npm, the environment of a cold driver.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** Environment of a browser or program whose driver keeps no compiled shaders from earlier runs. */
export const coldEnvironment = {MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0'};

/** The path below `folder` of a file of an npm package; npm brings the package there if the file is missing. */
export function findPackageFile(folder, name, version, file) {
  const home = join('node_modules', ...name.split('/'));
  const target = join(folder, home);
  if (!existsSync(join(target, file))) {
    mkdirSync(dirname(target), {recursive: true});
    const work = mkdtempSync(join(folder, 'fetch-'));
    try {
      execFileSync('npm', ['pack', '--silent', `${name}@${version}`], {cwd: work, stdio: ['ignore', 'ignore', 'inherit']});
      execFileSync('tar', ['xzf', readdirSync(work).find((entry) => entry.endsWith('.tgz'))], {cwd: work});
      rmSync(target, {recursive: true, force: true});
      renameSync(join(work, 'package'), target);
    } finally {
      rmSync(work, {recursive: true, force: true});
    }
  }
  return join(home, file);
}

/** The path of TensorFlow.js's browser bundle below `folder`. */
export function findTensorFlowJs(folder) {
  return findPackageFile(folder, '@tensorflow/tfjs', '4.22.0', join('dist', 'tf.min.js'));
}

/** The folder of TensorFlow.js's WebAssembly backend below `folder`, with a slash at its end. */
export function findTensorFlowWasm(folder) {
  return `${dirname(findPackageFile(folder, '@tensorflow/tfjs-backend-wasm', '4.22.0', join('dist', 'tf-backend-wasm.min.js')))}/`;
}
