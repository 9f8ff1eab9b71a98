import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  countByClass,
  counted,
  isInside,
  itemsInside,
  outline,
  regionOf,
} from "../../../../pecmae/page/components/map/region.js";

const numbers = fc.double({ min: -10, max: 10, noNaN: true });

test("a box contains the places between its sides, in whichever direction it was drawn", () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, numbers, numbers, numbers, (x0, x1, y0, y1, x, y) => {
      fc.pre(![x0, x1].includes(x) && ![y0, y1].includes(y)); // on a side, either answer is right
      const region = regionOf({ range: { x: [x0, x1], y: [y0, y1] } });
      assert.ok(region);
      const between = Math.min(x0, x1) < x && x < Math.max(x0, x1) && Math.min(y0, y1) < y && y < Math.max(y0, y1);
      assert.equal(isInside(region, [x, y]), between);
    }),
    { seed: 1 },
  );
});

test("a lasso contains what it surrounds, and not what lies in its bay", () => {
  const region = regionOf({ lassoPoints: { x: [0, 4, 4, 3, 3, 1, 1, 0], y: [0, 0, 4, 4, 1, 1, 4, 4] } }); // a U
  assert.ok(region);
  const items = [
    { id: "left arm", map: /** @type {[number, number]} */ ([0.5, 3]) },
    { id: "bay", map: /** @type {[number, number]} */ ([2, 3]) },
    { id: "bottom", map: /** @type {[number, number]} */ ([2, 0.5]) },
    { id: "outside", map: /** @type {[number, number]} */ ([5, 3]) },
  ];
  assert.deepEqual(
    itemsInside(items, region).map(({ id }) => id),
    ["left arm", "bottom"],
  );
  assert.equal(outline({ x: [0, 4, 4], y: [0, 0, 4] }), "M0,0L4,0L4,4Z");
});

test("a press draws no region", () => {
  assert.equal(regionOf(undefined), null);
  assert.equal(regionOf({}), null);
});

test("classes are counted in the bundle's order; those without an item are left out", () => {
  const counts = countByClass([{ class: "rock" }, { class: "blues" }, { class: "rock" }]);
  const classes = ["blues", "jazz", "rock"].map((id, index) => ({ id, label: id, index }));
  assert.deepEqual(
    counted(classes, counts).map(({ id, n }) => [id, n]),
    [
      ["blues", 1],
      ["rock", 2],
    ],
  );
});
