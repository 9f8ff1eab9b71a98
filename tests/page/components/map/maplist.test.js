import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "../../../../pecmae/page/components/map/maplist.js";

/** @type {import("../../../../pecmae/page/components/map/maplist.js").Entry[]} */
const ALL = [
  { kind: "prototype", id: "jazz-0", name: "jazz-0", index: 0, what: "prototype, jazz", audio: null },
  { kind: "point", id: "1", name: "Blue Étude, 0:08", index: 0, what: "training segment, jazz", audio: null },
  { kind: "point", id: "2", name: "Blue Waltz, 0:00", index: 1, what: "training segment, blues", audio: null },
];

test("a search finds what contains every word, in any order and case", () => {
  const ids = (/** @type {string} */ search) => matching(ALL, search).map(({ id }) => id);
  assert.deepEqual(ids(""), ["jazz-0", "1", "2"]);
  assert.deepEqual(ids("JAZZ blue"), ["1"]);
  assert.deepEqual(ids(" étude "), ["1"]);
  assert.deepEqual(ids("prototype blues"), []);
});
