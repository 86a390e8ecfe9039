// What the comparisons share on the side of Node.js.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';

/** Environment of a browser whose driver keeps no compiled shaders from earlier runs. */
export const coldEnvironment = {MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0'};

/** The path of TensorFlow.js's browser bundle below `folder`; npm brings version 4.22.0 there if it is missing. */
export function findTensorFlowJs(folder) {
  const home = join('node_modules', '@tensorflow', 'tfjs');
  const bundle = join(home, 'dist', 'tf.min.js');
  if (existsSync(join(folder, bundle))) return bundle;
  const target = join(folder, home);
  mkdirSync(target, {recursive: true});
  execFileSync('npm', ['pack', '--silent', '@tensorflow/tfjs@4.22.0'], {cwd: target, stdio: ['ignore', 'ignore', 'inherit']});
  const tarball = readdirSync(target).find((file) => file.endsWith('.tgz'));
  execFileSync('tar', ['xzf', tarball, '--strip-components=1'], {cwd: target});
  rmSync(join(target, tarball));
  return bundle;
}
