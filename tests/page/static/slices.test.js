import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices } from "../../../pecmae/page/static/slices.js";

/** @param {number} ms */
function work(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("every step is done once, in order", async () => {
  /** @type {number[]} */
  const done = [];
  await inSlices(5, (i) => done.push(i));
  assert.deepEqual(done, [0, 1, 2, 3, 4]);
});

test("other work gets its turn during a long computation", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await inSlices(40, () => work(5));
  clearInterval(timer);
  assert.ok(turns >= 8, String(turns));
});
