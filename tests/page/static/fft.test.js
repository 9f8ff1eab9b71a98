import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fft, melSpectrogram } from "../../../pecmae/page/static/fft.js";

const numbers = (/** @type {number} */ n) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n });
const sizes = fc.constantFrom(1, 2, 4, 8, 16, 32, 64);

/**
 * The transform by its definition.
 * @param {number[]} x
 */
const definition = (x) =>
  x.map((_, k) => {
    const angles = x.map((_, i) => (-2 * Math.PI * k * i) / x.length);
    return {
      re: x.reduce((sum, value, i) => sum + value * Math.cos(angles[i]), 0),
      im: x.reduce((sum, value, i) => sum + value * Math.sin(angles[i]), 0),
    };
  });

/** @param {number[]} x */
function transform(x) {
  const re = Float64Array.from(x);
  const im = new Float64Array(x.length);
  fft(re, im);
  return { re, im };
}

const near = (/** @type {number} */ a, /** @type {number} */ b, tolerance = 1e-9) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} isn't ${b}`);

test("the FFT is the discrete Fourier transform", () => {
  fc.assert(
    fc.property(sizes.chain(numbers), (x) => {
      const { re, im } = transform(x);
      for (const [k, expected] of definition(x).entries()) {
        near(re[k], expected.re);
        near(im[k], expected.im);
      }
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("known transforms: an impulse is flat, a constant has one line, a cosine has two", () => {
  const n = 8;
  const impulse = transform([1, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...impulse.re], Array(n).fill(1));
  assert.deepEqual([...transform(Array(n).fill(1)).re], [n, 0, 0, 0, 0, 0, 0, 0]);
  const cosine = transform(Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * 3 * i) / n)));
  for (const [k, value] of cosine.re.entries()) near(value, k === 3 || k === 5 ? n / 2 : 0);
  for (const value of cosine.im) near(value, 0);
});

test("the energy is kept (Parseval)", () => {
  fc.assert(
    fc.property(sizes.chain(numbers), (x) => {
      const { re, im } = transform(x);
      const energy = re.reduce((sum, value, k) => sum + value ** 2 + im[k] ** 2, 0) / x.length;
      near(
        energy,
        x.reduce((sum, value) => sum + value ** 2, 0),
      );
    }),
    { seed: 2, numRuns: 50 },
  );
});

const SHAPE = { nColumns: 5, nBands: 16, size: 512, lowHz: 30, highHz: 11000 };
const RATE = 24000;

/**
 * @param {number} hz
 * @param {number} level
 */
const tone = (hz, level = 1) =>
  Float32Array.from({ length: RATE / 4 }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / RATE));

test("a tone ten times as loud is 20 dB louder in its band", async () => {
  const loud = await melSpectrogram(tone(1000), RATE, SHAPE);
  const soft = await melSpectrogram(tone(1000, 0.1), RATE, SHAPE);
  near(Math.max(...loud) - Math.max(...soft), 20, 1e-3);
});

test("a higher tone lies in a higher band", async () => {
  const pictures = await Promise.all([100, 400, 1600, 6400].map((hz) => melSpectrogram(tone(hz), RATE, SHAPE)));
  const bands = pictures.map((decibels) => {
    const column = [...decibels.slice(0, SHAPE.nBands)];
    return column.indexOf(Math.max(...column));
  });
  for (const [i, band] of bands.entries()) assert.ok(i === 0 || band > bands[i - 1], String(bands));
});

test("a click is as loud in every band, whatever the band's width", async () => {
  const click = new Float32Array(SHAPE.size);
  click[SHAPE.size / 2] = 1;
  const decibels = await melSpectrogram(click, RATE, { ...SHAPE, nColumns: 1 });
  for (const value of decibels) near(value, 0, 1e-3);
});

test("silence and sounds shorter than a window give finite decibels", async () => {
  for (const samples of [new Float32Array(RATE), new Float32Array(0), tone(440).slice(0, 100)]) {
    const decibels = await melSpectrogram(samples, RATE, SHAPE);
    assert.equal(decibels.length, SHAPE.nColumns * SHAPE.nBands);
    assert.ok(decibels.every(Number.isFinite));
  }
  const silence = await melSpectrogram(new Float32Array(RATE), RATE, SHAPE);
  assert.ok(silence.every((value) => value === -100));
});

test("columns that are far apart are means over the time between them", async () => {
  const beats = Float32Array.from({ length: 4 * RATE }, (_, i) => (i % 12000 < 6000 ? 1 : 0) * Math.sin(i / 3));
  const decibels = await melSpectrogram(beats, RATE, { ...SHAPE, nColumns: 8 }); // one column for half a second
  const loudest = Array.from({ length: 7 }, (_, i) =>
    Math.max(...decibels.slice(i * SHAPE.nBands, (i + 1) * SHAPE.nBands)),
  );
  assert.ok(Math.max(...loudest) - Math.min(...loudest) < 6, String(loudest)); // none of them falls between the beats
});
