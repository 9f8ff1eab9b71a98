import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, colourVariable, isDark, markerSvg, shapeOf } from "../../../pecmae/page/static/palette.js";

const N_COLOURS = 10;
/** @type {Record<string, string>} */
const style = { "--n-class-colours": ` ${N_COLOURS}`, "--class-3": " #aa4499" };
const classes = new Set();
Object.assign(globalThis, {
  document: { body: { classList: { contains: (/** @type {string} */ name) => classes.has(name) } } },
  getComputedStyle: () => ({ getPropertyValue: (/** @type {string} */ name) => style[name] ?? "" }),
});

test("colours repeat after the last one", () => {
  assert.equal(colourVariable(0), "var(--class-0)");
  assert.equal(colourVariable(9), "var(--class-9)");
  assert.equal(colourVariable(10), "var(--class-0)");
});

test("no two of the first hundred classes have the same colour and shape", () => {
  const looks = Array.from({ length: 100 }, (_, i) => `${colourVariable(i)} ${shapeOf(i)}`);
  assert.equal(new Set(looks).size, looks.length);
});

test("the colour of a class is the theme's", () => {
  assert.equal(colourOf(3), "#aa4499");
  assert.equal(colourOf(13), "#aa4499");
  assert.equal(isDark(), false);
  classes.add("dark");
  assert.equal(isDark(), true);
});

test("markers are drawn inside their box", () => {
  for (let i = 0; i < N_COLOURS; i++) {
    const corners = markerSvg(i).match(/points="([^"]+)"/)?.[1];
    if (!corners) {
      assert.match(markerSvg(i), /<circle r="0.9"/);
      continue;
    }
    const places = corners.split(" ").map((corner) => corner.split(",").map(Number));
    assert.ok(places.length >= 3 && places.every(([x, y]) => Math.abs(x) <= 1.2 && Math.abs(y) <= 1.2));
  }
});
