import assert from "node:assert/strict";
import { test } from "node:test";
import { densityPixels, MOST_SYMBOLS, withSymbol } from "../../../../pecmae/page/components/map/density.js";

/** @type {[[number, number], [number, number]]} */
const UNIT = [
  [0, 1],
  [0, 1],
];

/** @param {number} n */
const line = (n) =>
  Array.from({ length: n }, (_, i) => ({ map: /** @type {[number, number]} */ ([(i + 0.5) / n, 0.5]) }));

test("a map of few segments has a symbol for each, whatever part is shown", () => {
  const points = line(MOST_SYMBOLS);
  assert.equal(
    withSymbol(points, [
      [5, 6],
      [5, 6],
    ]).length,
    MOST_SYMBOLS,
  );
});

test("a large map has symbols only in and around the shown part, and none where they are too many", () => {
  const points = line(10 * MOST_SYMBOLS);
  assert.deepEqual(withSymbol(points, UNIT), []);
  /** @type {[[number, number], [number, number]]} */
  const part = [[0.5, 0.54], UNIT[1]];
  const found = withSymbol(points, part).map(({ map }) => map[0]);
  assert.equal(found.length, 0.06 * 10 * MOST_SYMBOLS); // a quarter of the part more on each side
  assert.ok(found.every((x) => x > 0.49 && x < 0.55));
});

test("a cell has the mean colour of its points, and is the more opaque the more it has", () => {
  const n = 30;
  const columns = [2, 6, 10, 14, 18, 22, 26];
  const at = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ red) => ({
    map: /** @type {[number, number]} */ ([(column + 0.5) / n, 1 - (row + 0.5) / n]),
    red,
  });
  const points = columns.flatMap((column) => [at(5, column, 200), at(5, column, 100), at(20, column, 60)]);
  const pixels = densityPixels(points, ({ red }) => [red, 0, 0], UNIT, n);
  for (const column of columns) {
    const [two, one, none] = [5, 20, 12].map((row) => pixels.slice(4 * (row * n + column), 4 * (row * n + column) + 4));
    assert.deepEqual([two[0], one[0]], [150, 60]);
    assert.equal(two[3], 255);
    assert.ok(0 < one[3] && one[3] < two[3]);
    assert.equal(none[3], 0);
  }
});
