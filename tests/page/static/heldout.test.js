import assert from "node:assert/strict";
import { test } from "node:test";
import { testSentences } from "../../../pecmae/page/static/heldout.js";

/**
 * A bundle of two classes that was tested with this confusion matrix.
 * @param {number[][]} confusion
 */
function tested(confusion) {
  const n = confusion.flat().reduce((sum, count) => sum + count, 0);
  const test = {
    balanced_accuracy: 0,
    balanced_accuracy_low: null,
    balanced_accuracy_high: null,
    segment_balanced_accuracy: 0,
    recall: {},
    confusion,
    n_tracks: n,
    n_segments: n,
  };
  return { ...untested, metrics: { ...untested.metrics, evaluations: { test: { pecmae: test } } } };
}
const untested = {
  classes: ["a", "b"].map((id) => ({ id, label: id })),
  metrics: {
    balanced_accuracy: {},
    n_neighbours: null,
    evaluations: {},
    cycle_consistency: null,
    listener: null,
    map_trustworthiness: null,
    evaluation: {},
  },
};

test("the test result counts the diagonal of the confusion matrix", () => {
  const [result, precision] = testSentences(
    tested([
      [3, 1],
      [0, 2],
    ]),
  );
  assert.match(result, /tested on 6 clips .* 5 of 6 were classified correctly; .* about 1 in 2\./);
  assert.match(precision, /only 6 test clips, this is a rough estimate/);
});

test("a percentage is given from 50 clips on", () => {
  const [, precision] = testSentences(
    tested([
      [30, 10],
      [0, 10],
    ]),
  );
  assert.equal(precision, "That is 80 %.");
});

test("a cross-validated bundle says how it was tested", () => {
  const { metrics, ...bundle } = tested([
    [3, 1],
    [0, 2],
  ]);
  const [result] = testSentences({
    ...bundle,
    metrics: { ...metrics, evaluations: { blocks: metrics.evaluations.test } },
  });
  assert.match(result, /by cross-validation: each of 6 clips .* 5 of 6 were classified correctly; .* about 1 in 2\./);
});

test("a bundle without a test, or without test clips, says so", () => {
  for (const bundle of [
    untested,
    tested([
      [0, 0],
      [0, 0],
    ]),
  ]) {
    assert.deepEqual(testSentences(bundle), ["The model wasn't tested on held-out clips.", ""]);
  }
});
