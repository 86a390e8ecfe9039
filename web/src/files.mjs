// Brings a model's files to the loader: model.json, then its shards in manifest order.

const kParallelFetches = 6;

/** A sentence out of a browser's message, which may lack its full stop. */
function sentence(start, error) {
  return new Error(`${start}: ${String(error?.message ?? error).replace(/\.?$/, '.')}`);
}

async function checkedFetch(fetchFunc, url, requestInit) {
  let response;
  try {
    response = await fetchFunc(url, requestInit);
  } catch (error) {
    throw sentence(`Fetching ${url} failed`, error);
  }
  if (!response.ok) throw new Error(`Fetching ${url} failed with HTTP status ${response.status}.`);
  return response;
}

/** The object in the JSON file at a URL. */
export async function fetchJson(url, {fetchFunc = (...args) => fetch(...args), requestInit}) {
  return parseModel(await readText(await checkedFetch(fetchFunc, url, requestInit), url), url);
}

function readText(response, url) {
  return response.text().catch((error) => {
    throw sentence(`Reading ${url} failed`, error);
  });
}

/** The bytes of a response; `onFraction` is told how much of it has arrived. */
async function readBody(response, onFraction) {
  const total = Number(response.headers?.get('content-length') ?? 0);
  if (!response.body?.getReader || !(total > 0)) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    onFraction(Math.min(1, length / total));
  }
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** "https://host/dir/model.json?key" → its folder "https://host/dir/" and its query "?key". */
function splitUrl(url) {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return {folder: path.slice(0, path.lastIndexOf('/') + 1), query: query < 0 ? '' : url.slice(query)};
}

/** The shards in manifest order: {path, endsGroup}, where the last of a group has its index; path is null in a group without. */
function manifestShards(json) {
  const groups = Array.isArray(json.weightsManifest) ? json.weightsManifest : [];
  return groups.flatMap((group, index) => {
    const paths = Array.isArray(group?.paths) ? group.paths.map(String) : [];
    if (paths.length === 0) return [{path: null, endsGroup: index}];
    return paths.map((path, i) => ({path, endsGroup: i === paths.length - 1 ? index : null}));
  });
}

/** Opens the model at a URL: its JSON text and a generator of its shards. */
async function openUrl(url, options) {
  const fetchFunc = options.fetchFunc ?? ((...args) => fetch(...args));
  const location = options.fromTFHub ? `${url.endsWith('/') ? url : url + '/'}model.json?tfjs-format=file` : url;
  const response = await checkedFetch(fetchFunc, location, options.requestInit);
  const text = await readText(response, location);
  const json = parseModel(text, location);
  const list = manifestShards(json);
  const {folder, query} = splitUrl(location);
  const prefix = options.weightPathPrefix ?? folder;
  const urlOf = (path) => (options.weightUrlConverter ? options.weightUrlConverter(path) : prefix + path + query);
  const urls = await Promise.all(list.map(({path}) => (path === null ? null : urlOf(path))));

  const fractions = new Array(urls.length).fill(0);
  const report = () => options.onProgress?.(fractions.reduce((sum, f) => sum + f, 0) / fractions.length);
  const start = async (index) => {
    const url = urls[index];
    if (url === null) return new Uint8Array(0);
    const read = (response) => readBody(response, (fraction) => {
      fractions[index] = fraction;
      report();
    }).catch((error) => {
      throw sentence(`Reading ${url} failed`, error);
    });
    return checkedFetch(fetchFunc, url, options.requestInit).then(read);
  };
  async function* shards() {
    const pending = [];
    let next = 0;
    for (let index = 0; index < urls.length; ++index) {
      while (next < urls.length && next < index + kParallelFetches) {
        const bytes = start(next++);
        bytes.catch(() => {});  // They are awaited in order; an early failure must not count as unhandled.
        pending.push(bytes);
      }
      const bytes = await pending.shift();
      fractions[index] = 1;
      report();
      yield {name: urls[index] ?? location, bytes, endsGroup: list[index].endsGroup};
    }
    if (urls.length === 0) options.onProgress?.(1);
  }
  return {name: location, text, json, shards: shards()};
}

function parseModel(text, name) {
  try {
    const json = JSON.parse(text);
    if (json !== null && typeof json === 'object' && !Array.isArray(json)) return json;
  } catch (error) {
    throw new Error(`The file ${name} is not JSON (${error.message.replace(/\.$/, '')}).`);
  }
  throw new Error(`The file ${name} does not hold a JSON object.`);
}

/** Opens the model of a TensorFlow.js IOHandler: its artifacts become a model.json with one shard. */
async function openHandler(handler, options) {
  const {weightData, weightSpecs, ...artifacts} = await handler.load();
  const buffers = weightData === undefined ? [] : Array.isArray(weightData) ? weightData : [weightData];
  const paths = buffers.map((_, i) => `weightData-${i}`);
  const json = {...artifacts, weightsManifest: weightSpecs ? [{paths, weights: weightSpecs}] : []};
  async function* shards() {
    for (const [i, buffer] of buffers.entries()) {
      const bytes = ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) :
                                                 new Uint8Array(buffer);
      yield {name: paths[i], bytes, endsGroup: i === buffers.length - 1 ? 0 : null};
    }
    options.onProgress?.(1);
  }
  return {name: 'the model of the IOHandler', text: JSON.stringify(json), json, shards: shards()};
}

/**
 * @param {string|{load: () => Promise<object>}} source
 * @returns {Promise<{text: string, json: object, name: string, shards: AsyncGenerator<{name: string, bytes: Uint8Array, endsGroup: number|null}>}>}
 */
export async function openModel(source, options) {
  if (typeof source === 'string') return openUrl(source, options);
  if (typeof source?.load === 'function') return openHandler(source, options);
  throw new Error(`A model is loaded from a URL or from an object with a load() function; ${String(source)} is neither.`);
}
