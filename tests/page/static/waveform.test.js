import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { peaksOf, waveformPath } from "../../../pecmae/page/static/waveform.js";

const sounds = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 3000 });

test("peaks are from 0 to 1, and the loudest is 1", async () => {
  await fc.assert(
    fc.asyncProperty(sounds, async (samples) => {
      const peaks = await peaksOf(Float32Array.from(samples));
      assert.equal(peaks.length, 480);
      assert.ok(peaks.every((peak) => peak >= 0 && peak <= 1));
      if (samples.some((sample) => Math.abs(sample) > 1e-4)) assert.equal(Math.max(...peaks), 1);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("a click lies where it is, whatever its sign", async () => {
  for (const sign of [1, -1]) {
    const samples = new Float32Array(4800);
    samples[1234] = sign * 0.3;
    const peaks = await peaksOf(samples);
    assert.deepEqual(
      [...peaks.entries()].filter(([, peak]) => peak > 0),
      [[123, 1]],
    );
  }
});

test("silence isn't amplified", async () => {
  const [silence, faint] = [await peaksOf(new Float32Array(1000)), await peaksOf(new Float32Array(1000).fill(1e-5))];
  assert.ok(silence.every((peak) => peak === 0));
  assert.ok(Math.max(...faint) < 0.11);
});

test("the path has 80 strokes inside 240 by 56 units, centred, at least 2 high", async () => {
  await fc.assert(
    fc.asyncProperty(sounds, async (samples) => {
      const path = waveformPath(await peaksOf(Float32Array.from(samples)));
      const strokes = [...path.matchAll(/M([\d.]+) ([\d.]+)v([\d.]+)/g)].map((match) => match.slice(1).map(Number));
      assert.equal(strokes.length, 80);
      assert.equal(strokes.map(([x, y, height]) => `M${x} ${y}v${height}`).join(""), path);
      for (const [x, y, height] of strokes) {
        assert.ok(x > 0 && x < 240 && height >= 2 && height <= 52);
        assert.ok(Math.abs(y + height / 2 - 28) < 1e-6);
      }
    }),
    { seed: 2, numRuns: 50 },
  );
});

test("the tallest stroke is the loudest part", () => {
  const peaks = new Float32Array(480);
  peaks[6 * 17 + 5] = 1;
  assert.match(waveformPath(peaks), /M52\.5 2v52M/);
  assert.equal(waveformPath(peaks).match(/v2(M|$)/g)?.length, 79);
});
