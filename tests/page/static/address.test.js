import assert from "node:assert/strict";
import { test } from "node:test";
import { readView, viewOf, withView } from "../../../pecmae/page/static/address.js";
import { readExample } from "./explanations.js";

const explanation = readExample("gtzan/metal-0003");
const winner = explanation.classes[explanation.scores.indexOf(Math.max(...explanation.scores))];
const nearest = explanation.prototypes.reduce((best, item) => (item.distance < best.distance ? item : best)).id;
const EXAMPLE = /** @type {any} */ ({ example: "metal-0003" });
const OWN_FILE = /** @type {any} */ ({ example: null });
const opening = /** @type {any} */ ({ name: "gtzan" });
const usual = {
  opening,
  clip: EXAMPLE,
  explanation,
  chosenClass: winner,
  selected: /** @type {const} */ ({ kind: "prototype", id: nearest }),
  tab: "explore",
};
const NOTHING = { bundle: null, example: null, class: null, prototype: null, tab: null };

test("the view of an example names only what isn't shown anyway", () => {
  assert.deepEqual(viewOf(usual), { ...NOTHING, bundle: "gtzan", example: "metal-0003" });
  const chosen = { kind: /** @type {const} */ ("prototype"), id: "jazz-1" };
  const view = viewOf({ ...usual, chosenClass: "jazz", selected: chosen, tab: "about" });
  assert.deepEqual(view, {
    bundle: "gtzan",
    example: "metal-0003",
    class: "jazz",
    prototype: "jazz-1",
    tab: "about",
  });
});

test("the view of a visitor's own file names neither the file nor its state", () => {
  const view = viewOf({ ...usual, clip: OWN_FILE, chosenClass: "jazz" });
  assert.deepEqual(view, { ...NOTHING, bundle: "gtzan" });
});

test("an address is read as it was written, and other parameters stay", () => {
  const view = { ...NOTHING, bundle: "gtzan", class: "hip & hop", tab: "about" };
  const address = withView(new URL("http://localhost/?lang=es&example=old"), view);
  assert.equal(address.search, "?lang=es&bundle=gtzan&class=hip+%26+hop&tab=about");
  assert.deepEqual(readView(address), view);
});
