// Headless browsers and the local server that feeds their pages with files and jobs.
import {spawn} from 'node:child_process';
import {createReadStream, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {delimiter, extname, join, normalize, sep} from 'node:path';

const kTypes = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const kChromiumArgs = ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--mute-audio', '--disable-dev-shm-usage'];

// Firefox without calls home, with WebGL on software drivers.
const kFirefoxPrefs = {
  'webgl.force-enabled': true,
  'webgl.disabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'extensions.getAddons.cache.enabled': false,
  'dom.max_script_run_time': 0,
};

/** Browser configurations by name; the Chromium ones name what they rasterize with. */
export const browsers = {
  'chromium-llvmpipe': {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    args: (profile) => [...kChromiumArgs, '--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist', `--user-data-dir=${profile}`],
  },
  'chromium-swiftshader': {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    args: (profile) => [...kChromiumArgs, '--use-angle=swiftshader', '--enable-unsafe-swiftshader', `--user-data-dir=${profile}`],
  },
  firefox: {
    programs: ['firefox-esr', 'firefox'],
    needsDisplay: true,  // Without an X server it finds no GL, even headless.
    args: (profile) => {
      const lines = Object.entries(kFirefoxPrefs).map(([key, value]) => `user_pref(${JSON.stringify(key)}, ${JSON.stringify(value)});`);
      writeFileSync(join(profile, 'user.js'), lines.join('\n'));
      return ['--headless', '--no-remote', '--profile', profile];
    },
  },
};

/** The path of the first of these programs that is installed, or null. */
export function findProgram(names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  return null;
}

/** Starts an X server on a free display. → its DISPLAY and a function that ends it. */
export async function startDisplay() {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
                      {stdio: ['ignore', 'ignore', 'ignore', 'pipe']});
  const number = await new Promise((resolve, reject) => {
    child.stdio[3].once('data', (data) => resolve(String(data).trim()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb ended with code ${code}.`)));
  });
  return {display: `:${number}`, stop: () => child.kill('SIGTERM')};
}

/** What a browser needs and this machine lacks, or null. */
export function missingProgram(name) {
  const {programs, needsDisplay} = browsers[name];
  if (!findProgram(programs)) return programs[0];
  return needsDisplay && !process.env.DISPLAY && !findProgram(['Xvfb']) ? 'Xvfb' : null;
}

/** Processor seconds that the processes of a group have used so far, by Linux's /proc. */
function processorSeconds(group) {
  let ticks = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks / 100;
}

const kPatienceMs = 10000;  // For a browser that is asked to end.

/**
 * Opens a page in a fresh browser with more flags and environment variables. → a function that ends it.
 * With `profile`, a folder, the browser is asked to end and leaves there what it remembers; without, it remembers nothing.
 */
export async function openBrowser(name, url, {flags = [], env: more = {}, profile: kept, onExit = () => {}, state = {}} = {}) {
  const {programs, args, needsDisplay} = browsers[name];
  const screen = needsDisplay && !process.env.DISPLAY ? await startDisplay() : null;
  const profile = kept ?? mkdtempSync(join(tmpdir(), 'texflow-browser-'));
  const env = {...process.env, ...more, ...(screen ? {DISPLAY: screen.display} : {})};
  const child = spawn(findProgram(programs), [...args(profile), ...flags, url], {stdio: 'ignore', detached: true, env});
  child.once('exit', onExit);
  state.processorSeconds = () => processorSeconds(child.pid);
  return async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      if (kept) {
        child.kill('SIGTERM');
        let timer;
        await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, kPatienceMs)))]);
        clearTimeout(timer);
      }
      try {
        process.kill(-child.pid, 'SIGKILL');  // The group: the browser's helper processes with it.
      } catch {
        child.kill('SIGKILL');
      }
      await ended;
    }
    screen?.stop();
    if (!kept) rmSync(profile, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  };
}

function sendFile(response, path) {
  if (!existsSync(path) || !statSync(path).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': kTypes[extname(path)] ?? 'application/octet-stream',
    'content-length': statSync(path).size,
    'cache-control': 'no-store',
  });
  createReadStream(path).pipe(response);
}

/**
 * Serves folders ({'/prefix/': folder}, the longest prefix first) and hands out jobs: a page fetches /next-job (null at the
 * end) and posts what came of it to /result. /processor-seconds is what the browser has used.
 */
export async function startServer(folders) {
  const state = {jobs: [], onJob: () => {}, onResult: () => {}};
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    if (path === '/next-job') {
      const job = state.jobs.shift() ?? null;
      state.onJob(job);
      response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(job));
      return;
    }
    if (path === '/processor-seconds') {
      response.writeHead(200, {'content-type': 'application/json'}).end(String(state.processorSeconds?.() ?? 0));
      return;
    }
    if (path === '/result') {
      const parts = [];
      for await (const part of request) parts.push(part);
      response.writeHead(204).end();
      state.onResult(JSON.parse(Buffer.concat(parts)));
      return;
    }
    const prefix = Object.keys(folders).find((key) => path.startsWith(key));
    const file = prefix && normalize(join(folders[prefix], path.slice(prefix.length)));
    if (!file || !file.startsWith(normalize(folders[prefix] + sep))) {
      response.writeHead(404).end();
      return;
    }
    sendFile(response, file);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {state, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close()};
}

/**
 * Runs jobs in a browser, which is started again after a job that ended it or took longer than `timeoutMs`.
 * @param {(job: object, result: {ok: boolean, note: string}) => void} onResult
 */
export async function runJobs({server, browser, page, jobs, timeoutMs, onResult, flags, env, profile}) {
  let left = [...jobs];
  while (left.length > 0) {
    let close = null;
    await new Promise((resolve) => {
      let current = left[0];
      let timer;
      const giveUp = (note) => {
        clearTimeout(timer);
        if (left.includes(current)) onResult(current, {ok: false, note});
        left = left.slice(left.indexOf(current) + 1);
        resolve();
      };
      const expire = () => giveUp(`no answer within ${timeoutMs / 1000} s`);
      const restartTimer = () => {
        clearTimeout(timer);
        timer = setTimeout(expire, timeoutMs);
      };
      server.state.jobs = [...left];
      server.state.onJob = (job) => {
        if (job === null) {
          clearTimeout(timer);
          left = [];
          resolve();
          return;
        }
        current = left.find(({id}) => id === job.id);
        restartTimer();
      };
      server.state.onResult = (result) => {
        clearTimeout(timer);
        onResult(current, result);
        // Until the page asks again the job after this one counts as running, so that a crash there cannot end in silence.
        left = left.slice(left.indexOf(current) + 1);
        if (left.length === 0) {
          resolve();
          return;
        }
        current = left[0];
        restartTimer();
      };
      restartTimer();
      const onExit = () => giveUp('the browser ended');
      openBrowser(browser, server.url + page, {flags, env, profile, onExit, state: server.state}).then((stop) => (close = stop));
    });
    server.state.jobs = [];
    await close?.();
  }
}
