import assert from "node:assert/strict";
import { test } from "node:test";
import { countCells, distanceCells } from "../../../../pecmae/page/components/prototypes/matrix.js";

test("counts are shaded by their ratio of the row", () => {
  const cell = countCells([
    [3, 1],
    [0, 0],
  ]);
  assert.equal(cell(0, 0).level, 0.75);
  assert.equal(String(cell(0, 1).shown), "1");
  assert.equal(cell(1, 0).level, 0); // a class without tracks
});

test("the smallest distance is the darkest", () => {
  const cell = distanceCells([
    [0.1, 0.5],
    [0.3, 0.1],
  ]);
  assert.deepEqual([cell(0, 0).level, cell(0, 1).level], [1, 0]);
  assert.equal(cell(1, 0).shown, "0.30");
  assert.equal(distanceCells([[0.2]])(0, 0).level, 0);
});
