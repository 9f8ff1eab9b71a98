import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { state, subscribe, update } from "../../../pecmae/page/static/store.js";

beforeEach(() => update({ busy: null, error: null, chosenClass: null }));

const BUSY = { message: "Sending", fraction: 0.5 };

test("a subscriber is called once at first, then only for changes of its parts", () => {
  /** @type {unknown[]} */
  const seen = [];
  subscribe(["busy", "chosenClass"], ({ busy, chosenClass }) => seen.push([busy, chosenClass]));
  update({ error: { code: "a", message: "b" } });
  update({ busy: BUSY });
  update({ busy: BUSY });
  update({ chosenClass: "jazz", busy: null });
  assert.deepEqual(seen, [
    [null, null],
    [BUSY, null],
    [null, "jazz"],
  ]);
});

test("all parts are changed before any subscriber is called", () => {
  /** @type {unknown[]} */
  const seen = [];
  subscribe(["busy"], () => seen.push(state.chosenClass));
  update({ busy: BUSY, chosenClass: "rock" });
  assert.deepEqual(seen, [null, "rock"]);
});

test("a subscriber may change another part", () => {
  subscribe(["busy"], ({ busy }) => update({ chosenClass: busy ? "jazz" : null }));
  /** @type {unknown[]} */
  const seen = [];
  subscribe(["chosenClass"], ({ chosenClass }) => seen.push(chosenClass));
  update({ busy: BUSY });
  assert.equal(seen.at(-1), "jazz");
});
