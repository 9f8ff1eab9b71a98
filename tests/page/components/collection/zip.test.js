import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { crc32, listZip, makeZip } from "../../../../pecmae/page/components/collection/zip.js";

const READ = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([[name, archive.read(name).hex()] for name in archive.namelist()]))
`;
const WRITE = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.mkdir("jazz")
    archive.writestr("jazz/α.wav", b"a" * 1000)
    archive.writestr("rock\\\\b.wav", b"")
    archive.comment = b"a comment" * 100
`;

/**
 * Run Python on a path in a temporary folder.
 * @param {string} script
 * @param {Uint8Array} [content] - of the file at the path
 */
function python(script, content) {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  const path = join(folder, "a.zip");
  try {
    if (content) writeFileSync(path, content);
    const output = execFileSync("python3", ["-c", script, path], { encoding: "utf-8" });
    return { output, path };
  } finally {
    if (content) rmSync(folder, { recursive: true });
  }
}

const bytesOf = async (/** @type {Blob} */ blob) => new Uint8Array(await blob.arrayBuffer());
const entry = (/** @type {string} */ path, /** @type {number[]} */ bytes) => ({
  path,
  file: new Blob([Uint8Array.from(bytes)]),
});

test("CRC-32 of the standard check value", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test("Python reads back names, contents and checksums", async () => {
  const everyByte = Array.from({ length: 256 }, (_, i) => i);
  const zip = await makeZip([entry("jazz/étude 1.wav", everyByte), entry("rock/empty.wav", []), entry("ü.txt", [7])]);
  const { output } = python(READ, await bytesOf(zip));
  assert.deepEqual(JSON.parse(output), [
    ["jazz/étude 1.wav", Buffer.from(everyByte).toString("hex")],
    ["rock/empty.wav", ""],
    ["ü.txt", "07"],
  ]);
});

test("the paths of a zip are listed in order", async () => {
  const path = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\\/]$|\\|\uFEFF/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.array(path, { maxLength: 6 }), async (paths) => {
      const zip = await makeZip(paths.map((name) => entry(name, [1, 2, 3])));
      assert.deepEqual(await listZip(zip), paths);
    }),
    { seed: 3, numRuns: 50 },
  );
});

test("zips of other programs are listed: compressed, with folders and a comment", async () => {
  const { path } = python(WRITE);
  try {
    const { openAsBlob } = await import("node:fs");
    assert.deepEqual(await listZip(await openAsBlob(path)), ["jazz/α.wav", "rock/b.wav"]);
  } finally {
    rmSync(path);
  }
});

test("what isn't a zip, or is damaged, can't be listed", async () => {
  assert.equal(await listZip(new Blob([])), null);
  assert.equal(await listZip(new Blob(["no zip".repeat(100)])), null);
  const bytes = await bytesOf(await makeZip([entry("a.wav", [1])]));
  const nameLength = bytes.length - 22 - 46 - 5 + 28; // in the only record of the directory
  bytes[nameLength] = 255;
  assert.equal(await listZip(new Blob([bytes])), null);
});
