#!/usr/bin/env node
// demo_test.mjs DEMO headless|window: runs the desktop sample. Ends with 77 where it cannot be run.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {inflateSync} from 'node:zlib';

import {findProgram, startDisplay} from '../../web/tests/browsers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const packages = join(root, '.cache', 'models', 'node_modules', '@vladmandic');
const model = join(packages, 'human-models', 'models', 'selfie.json');
const picture = join(packages, 'human', 'assets', 'screenshot-facedetect.jpg');
const [demo, mode] = process.argv.slice(2);

function skip(reason) {
  console.log(`Skipped: ${reason}.`);
  process.exit(77);
}

/** → {width, height, pixels} of an 8-bit RGB PNG. */
function readPng(file) {
  const bytes = readFileSync(file);
  const width = bytes.readUInt32BE(16), height = bytes.readUInt32BE(20);
  assert.deepEqual([bytes[24], bytes[25]], [8, 2], 'eight bits, RGB');
  const parts = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  const filtered = inflateSync(Buffer.concat(parts));
  const line = 3 * width;
  const pixels = new Uint8Array(line * height);
  for (let y = 0; y < height; ++y) {
    const filter = filtered[y * (line + 1)];
    for (let i = 0; i < line; ++i) {
      const left = i >= 3 ? pixels[y * line + i - 3] : 0;
      const up = y > 0 ? pixels[(y - 1) * line + i] : 0;
      const corner = i >= 3 && y > 0 ? pixels[(y - 1) * line + i - 3] : 0;
      const [dLeft, dUp, dCorner] = [left, up, corner].map((v) => Math.abs(left + up - corner - v));
      const paeth = dLeft <= dUp && dLeft <= dCorner ? left : dUp <= dCorner ? up : corner;
      pixels[y * line + i] = filtered[y * (line + 1) + 1 + i] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  return {width, height, pixels};
}

function run(args, env = process.env) {
  const {status, stdout, stderr} = spawnSync(demo, args, {encoding: 'utf8', env});
  assert.equal(status, 0, `the demo ended with ${status}: ${stderr}`);
  for (const text of ['prepare', 'first run', 'steady run', 'programs', 'draws']) assert.ok(stdout.includes(text), `no '${text}'`);
}

if (!existsSync(model) || !existsSync(picture)) skip('the demo\'s model and picture have not been fetched');
if (mode === 'headless') {
  const folder = mkdtempSync(join(tmpdir(), 'texflow-demo-'));
  try {
    run([model, picture, '--headless', join(folder, 'out.png')]);
    const {width, height, pixels} = readPng(join(folder, 'out.png'));
    assert.ok(width > 100 && height > 100, `the picture is ${width}x${height}`);
    // People keep their colours, the rest turns blue.
    let warm = 0, blue = 0;
    for (let i = 0; i < pixels.length; i += 3) {
      warm += pixels[i] > pixels[i + 2] + 30 ? 1 : 0;
      blue += pixels[i + 2] > pixels[i] + 20 ? 1 : 0;
    }
    const share = (count) => count / (width * height);
    assert.ok(share(warm) > 0.03, `${warm} pixels of people`);
    assert.ok(share(blue) > 0.3, `${blue} pixels of background`);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
} else {
  if (!process.env.DISPLAY && !findProgram(['Xvfb'])) skip('there is no display and no Xvfb');
  const screen = process.env.DISPLAY ? null : await startDisplay();
  try {
    run([model, picture, '--frames', '6'], {...process.env, DISPLAY: screen?.display ?? process.env.DISPLAY});
  } finally {
    screen?.stop();
  }
}
