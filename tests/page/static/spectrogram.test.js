import assert from "node:assert/strict";
import { test } from "node:test";
import { mono } from "../../../pecmae/page/static/decoding.js";
import { colour, HEIGHT, pixelsOf, WIDTH } from "../../../pecmae/page/static/spectrogram.js";

const RATE = 24000;
const DARKEST = [14, 21, 33, 255];
const LIGHTEST = [251, 246, 233, 255];

/** @param {number} level */
function colourAt(level) {
  const pixel = new Uint8ClampedArray(4);
  colour(level, pixel, 0);
  return [...pixel];
}

test("levels outside 0 to 1 have the colours of the ends", () => {
  assert.deepEqual([-3, 0].map(colourAt), [DARKEST, DARKEST]);
  assert.deepEqual([1, 2].map(colourAt), [LIGHTEST, LIGHTEST]);
  assert.deepEqual(colourAt(0.2), [32, 49, 74, 255]); // the second of six colours
});

test("higher levels are lighter", () => {
  const lightness = Array.from({ length: 101 }, (_, i) => {
    const [red, green, blue] = colourAt(i / 100);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  assert.ok(lightness.every((value, i) => i === 0 || value >= lightness[i - 1]));
});

/**
 * @param {Uint8ClampedArray} pixels
 * @param {number} row
 * @param {number} column
 */
const pixelAt = (pixels, row, column) => [...pixels.slice(4 * (row * WIDTH + column), 4 * (row * WIDTH + column) + 4)];

test("the loudest point is the lightest, low tones lie at the bottom, and 65 dB below is the darkest", async () => {
  const low = Float32Array.from({ length: 2 * RATE }, (_, i) => Math.sin((2 * Math.PI * 100 * i) / RATE));
  const pixels = await pixelsOf(low, RATE);
  assert.equal(pixels.length, 4 * WIDTH * HEIGHT);
  const column = Array.from({ length: HEIGHT }, (_, row) => pixelAt(pixels, row, 90)[0]);
  assert.ok(column.indexOf(Math.max(...column)) > 0.9 * HEIGHT);
  assert.deepEqual(pixelAt(pixels, 0, 90), DARKEST);
  assert.ok(
    Array.from({ length: WIDTH }, (_, i) => pixelAt(pixels, column.indexOf(Math.max(...column)), i)[0]).includes(251),
  );
});

test("half of the range of 65 dB below the loudest point has the colour in the middle", async () => {
  const level = (/** @type {number} */ i) => (i < RATE ? 1 : 10 ** (-32.5 / 20));
  const sound = Float32Array.from({ length: 2 * RATE }, (_, i) => level(i) * Math.sin((2 * Math.PI * 1000 * i) / RATE));
  const pixels = await pixelsOf(sound, RATE);
  const reds = Array.from({ length: HEIGHT }, (_, row) => pixelAt(pixels, row, 40)[0]);
  const row = reds.indexOf(Math.max(...reds));
  const middle = colourAt(0.5);
  for (const [k, value] of pixelAt(pixels, row, 150).entries()) assert.ok(Math.abs(value - middle[k]) <= 2);
});

test("the picture doesn't depend on the loudness of the sound", async () => {
  const sound = (/** @type {number} */ level) =>
    Float32Array.from({ length: RATE }, (_, i) => level * Math.sin((2 * Math.PI * (200 + i / 20) * i) / RATE));
  const [loud, soft] = [await pixelsOf(sound(1), RATE), await pixelsOf(sound(0.25), RATE)];
  assert.ok(loud.every((value, i) => Math.abs(value - soft[i]) <= 1));
});

test("mono is the mean of the channels", async () => {
  const channels = [Float32Array.of(1, 0, -1), Float32Array.of(0, 0.5, -1)];
  const buffer = (/** @type {number} */ n) => ({
    numberOfChannels: n,
    length: 3,
    getChannelData: (/** @type {number} */ i) => channels[i],
  });
  assert.deepEqual([...(await mono(buffer(2)))], [0.5, 0.25, -1]);
  assert.deepEqual([...(await mono(buffer(1)))], [1, 0, -1]);
});

test("a wide picture shows the whole sound too", async () => {
  const late = new Float32Array(2 * RATE);
  for (let i = 1.5 * RATE; i < late.length; i++) late[i] = Math.sin(i / 3);
  const width = 1000;
  const pixels = await pixelsOf(late, RATE, width);
  assert.equal(pixels.length, 4 * width * HEIGHT);
  const loudest = Array.from({ length: width }, (_, column) =>
    Math.max(...Array.from({ length: HEIGHT }, (_, row) => pixels[4 * (row * width + column)])),
  );
  const first = loudest.findIndex((red) => red > 200);
  assert.ok(Math.abs(first - 750) < 30, String(first));
});
