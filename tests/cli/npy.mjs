// NumPy's .npy files and plain PNGs, written and read without the code under test.
import {deflateSync} from 'node:zlib';

// Debian's Node.js has none in zlib.
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}

const kTypes = {'<f4': Float32Array, '<i4': Int32Array, '|u1': Uint8Array, '|b1': Uint8Array, '<f8': Float64Array};

/** The bytes of a .npy file of format `version` 1, 2 or 3; `data` are values, or the bytes of values of other types. */
export function npy(data, shape, type = '<f4', version = 1) {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const prefix = version === 1 ? 10 : 12;
  let header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  header += `${' '.repeat(63 - ((prefix + header.length) % 64))}\n`;
  const head = Buffer.alloc(prefix);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(header.length, 8);
  else head.writeUInt32LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header), Buffer.isBuffer(data) ? data : Buffer.from(kTypes[type].from(data).buffer)]);
}

/** {type, shape, data} of the bytes of a .npy file. */
export function parseNpy(bytes) {
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('no .npy file');
  const begin = bytes[6] === 1 ? 10 : 12, length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const header = bytes.toString('latin1', begin, begin + length);
  if ((begin + length) % 64 !== 0) throw new Error('the values are not aligned');
  const type = /'descr': '([^']+)'/.exec(header)[1];
  const shape = /'shape': \(([^)]*)\)/.exec(header)[1].split(',').map((part) => part.trim()).filter(Boolean).map(Number);
  const body = bytes.subarray(begin + length);
  if (type.startsWith('|S')) {
    const width = Number(type.slice(2));
    return {type, shape, data: Array.from({length: body.length / width}, (_, i) => body.toString('utf8', i * width, (i + 1) * width).replace(/\0+$/, ''))};
  }
  return {type, shape, data: [...new kTypes[type](body.buffer.slice(body.byteOffset, body.byteOffset + body.length))]};
}

/** A PNG of one RGB color. */
export function png(width, height, rgb) {
  const chunk = (name, body) => {
    const typed = Buffer.concat([Buffer.from(name), body]), framed = Buffer.alloc(typed.length + 8);
    framed.writeUInt32BE(body.length, 0);
    typed.copy(framed, 4);
    framed.writeUInt32BE(crc32(typed), typed.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.concat([Buffer.of(0), ...Array(width).fill(Buffer.from(rgb))]);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header),
                        chunk('IDAT', deflateSync(Buffer.concat(Array(height).fill(line)))), chunk('IEND', Buffer.alloc(0))]);
}

/** An 8x8 JPEG of the color (200, 100, 50). */
export const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIU' +
  'FRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIAAgDASIAAhEB' +
  'AxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABwj/xAAUEQEAAAAAAAAAAAAA' +
  'AAAAAAAA/9oADAMBAAIRAxEAPwCQAHqQf//Z', 'base64');
