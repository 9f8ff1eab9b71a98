import assert from "node:assert/strict";
import { test } from "node:test";
import { analysedPeaks } from "../../../../pecmae/page/components/timeline/lanes.js";

test("only the peaks of the analysed part are shown", () => {
  const peaks = Float32Array.of(1, 2, 3, 4);
  assert.deepEqual([...analysedPeaks(peaks, 5, 10)], [1, 2]);
  assert.deepEqual([...analysedPeaks(peaks, 10, 10)], [1, 2, 3, 4]);
  assert.deepEqual([...analysedPeaks(peaks, 10.01, 10)], [1, 2, 3, 4]);
  assert.deepEqual([...analysedPeaks(peaks, 0.1, 10)], [1]);
});
