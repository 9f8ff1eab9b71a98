import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placeOf, prototypeAt, wholeMap } from "../../../../pecmae/page/components/map/figure.js";

const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const places = fc.array(fc.record({ map: fc.tuple(numbers, numbers) }), { minLength: 1 });

test("the whole map contains every point and prototype, with a margin", () => {
  fc.assert(
    fc.property(places, places, (points, prototypes) => {
      const [x, y] = wholeMap({ points, prototypes });
      for (const { map } of [...points, ...prototypes]) {
        assert.ok(x[0] < map[0] && map[0] < x[1]);
        assert.ok(y[0] < map[1] && map[1] < y[1]);
      }
    }),
    { seed: 1 },
  );
  const corners = /** @type {[number, number][]} */ ([
    [0, -10],
    [1, 30],
  ]);
  const [x, y] = wholeMap({ points: corners.map((map) => ({ map })), prototypes: [] });
  assert.deepEqual(
    [x, y],
    [
      [-0.05, 1.05],
      [-12, 32],
    ],
  );
});

test("a map of 200,000 points has ranges too", () => {
  const points = Array.from({ length: 200_000 }, (_, i) => ({ map: /** @type {[number, number]} */ ([i, -i]) }));
  const [x] = wholeMap({ points, prototypes: [] });
  assert.ok(x[0] < 0 && x[1] > 199_999);
});

test("a symbol's data name what it stands for", () => {
  assert.deepEqual(placeOf("point/track-1/3"), { kind: "point", id: "track-1/3" });
  assert.deepEqual(placeOf("segment/5.5"), { kind: "segment", id: "5.5" });
});

test("a press within a prototype's symbol means the nearest prototype", () => {
  const prototypes = [
    { id: "a", map: /** @type {[number, number]} */ ([0, 0]) },
    { id: "b", map: /** @type {[number, number]} */ ([0.1, 0]) },
  ];
  /** @type {{ranges: [[number, number], [number, number]], width: number, height: number}} */
  const view = {
    ranges: [
      [-1, 1],
      [-1, 1],
    ],
    width: 200,
    height: 200,
  };
  const at = (/** @type {number} */ x, /** @type {number} */ y) => prototypeAt(prototypes, [x, y], view)?.id ?? null;
  assert.deepEqual([at(100, 100), at(104, 100), at(106, 100), at(118, 100)], ["a", "a", "b", "b"]);
  assert.deepEqual([at(100, 109), at(100, 110), at(130, 100)], ["a", null, null]);
});
