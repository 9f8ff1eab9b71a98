// Zip files in the browser: list the paths of one, or make a new one. Files are stored without compression, because
// compression hardly makes audio smaller.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65535;
const UTF8_FLAG = 0x800;
const VERSION = 20;
const NEW_YEAR_1980 = 0x21;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * The CRC-32 checksum of zip files.
 * @param {Uint8Array} bytes
 */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ CRC_TABLE[(value ^ byte) & 0xff];
  return (value ^ 0xffffffff) >>> 0;
}

/**
 * Little-endian bytes of the fields, which are pairs of a width in bytes and a value.
 * @param {[width: number, value: number][]} fields
 */
function record(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    for (let i = 0; i < width; i++) bytes[at + i] = Math.floor(value / 256 ** i) & 0xff;
    at += width;
  }
  return bytes;
}

/**
 * Pack files as a zip.
 * @param {{path: string, file: Blob}[]} entries
 * @returns {Promise<Blob>}
 */
export async function makeZip(entries) {
  const encoder = new TextEncoder();
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let offset = 0;
  for (const { path, file } of entries) {
    const name = encoder.encode(path);
    const checksum = crc32(new Uint8Array(await file.arrayBuffer()));
    /** @type {[number, number][]} */
    const shared = [
      [2, VERSION],
      [2, UTF8_FLAG],
      [2, 0],
      [2, 0],
      [2, NEW_YEAR_1980],
      [4, checksum],
      [4, file.size],
      [4, file.size],
      [2, name.length],
      [2, 0],
    ];
    const head = record([4, LOCAL], ...shared);
    parts.push(head, name, file);
    directory.push(record([4, CENTRAL], [2, VERSION], ...shared, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name);
    offset += head.length + name.length + file.size;
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0);
  /** @type {[number, number][]} */
  const counts = [
    [2, entries.length],
    [2, entries.length],
  ];
  const end = record([4, END], [2, 0], [2, 0], ...counts, [4, directoryBytes], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/**
 * The paths of the files in a zip; null if it can't be read here.
 * @param {Blob} file
 * @returns {Promise<string[]|null>}
 */
export async function listZip(file) {
  const tailStart = Math.max(0, file.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = new DataView(await file.slice(tailStart).arrayBuffer());
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) return null;
  const [size, start] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const view = new DataView(await file.slice(start, start + size).arrayBuffer());
  const decoder = new TextDecoder();
  const paths = [];
  for (let i = 0; i + 46 <= view.byteLength && view.getUint32(i, true) === CENTRAL; ) {
    const nameLength = view.getUint16(i + 28, true);
    if (i + 46 + nameLength > view.byteLength) return null;
    const name = decoder.decode(new Uint8Array(view.buffer, i + 46, nameLength)).replaceAll("\\", "/");
    if (!name.endsWith("/")) paths.push(name);
    i += 46 + nameLength + view.getUint16(i + 30, true) + view.getUint16(i + 32, true);
  }
  return paths;
}
