import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRow, heatRows, scaleOf, strength } from "../../../../pecmae/page/components/timeline/heat.js";
import { prototype, readExample, segment } from "../../static/explanations.js";

const EXAMPLE = readExample("gtzan/blues-0001");

test("all prototypes have a row, grouped by class, nearest first", () => {
  const rows = heatRows(EXAMPLE, EXAMPLE.segments, true);
  assert.deepEqual(rows.map(({ id }) => id).sort(), EXAMPLE.prototypes.map(({ id }) => id).sort());
  const groups = rows.map(({ classId }) => classId).filter((id, i, all) => id !== all[i - 1]);
  assert.equal(groups.length, EXAMPLE.classes.length);
  const distances = new Map(EXAMPLE.prototypes.map(({ id, distance }) => [id, distance]));
  for (const [i, { id, classId }] of rows.entries())
    if (i && rows[i - 1].classId === classId)
      assert.ok((distances.get(rows[i - 1].id) ?? 0) <= (distances.get(id) ?? 0));
  assert.equal(distances.get(rows[0].id), Math.min(...distances.values()));
});

test("by default there are the rows of the five most similar prototypes", () => {
  const expected = [...EXAMPLE.prototypes].sort((a, b) => b.similarity - a.similarity).slice(0, 5);
  const rows = heatRows(EXAMPLE, EXAMPLE.segments, false);
  assert.deepEqual(rows.map(({ id }) => id).sort(), expected.map(({ id }) => id).sort());
});

test("a row has the similarity of each segment, whose mean is the explanation's; silent segments have none", () => {
  for (const { id, similarities } of heatRows(EXAMPLE, EXAMPLE.segments, true)) {
    const mean = similarities.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) / similarities.length;
    const expected = EXAMPLE.prototypes.find((item) => item.id === id)?.similarity ?? 0;
    assert.ok(Math.abs(mean - expected) < 1e-6, id);
  }
  const silent = heatRows(EXAMPLE, [{ ...EXAMPLE.segments[0], is_silent: true }], true);
  assert.ok(silent.every(({ similarities }) => similarities[0] === null));
});

test("the scale reaches from the smallest to the largest similarity, and the colour grows with it", () => {
  const scale = scaleOf(EXAMPLE.segments);
  const all = EXAMPLE.segments.flatMap(({ distances }) => distances.map((distance) => Math.exp(-distance)));
  assert.deepEqual(scale, [Math.min(...all), Math.max(...all)]);
  const strengths = all.sort((a, b) => a - b).map((similarity) => strength(similarity, scale));
  assert.equal(strengths[strengths.length - 1], 1);
  assert.ok(strengths[0] > 0 && strengths.every((value, i) => !i || value >= strengths[i - 1]));
  assert.ok(Number.isFinite(strength(0.5, [0.5, 0.5])));
});

test("a row's description says where the prototype is most and least similar, without silent segments", () => {
  const explanation = { prototypes: [prototype("jazz-0", "jazz", 1, [1])] };
  const segments = [0.5, 0.25, 1, 0.9].map((similarity, i) => ({
    ...segment(4 * i, [1], i === 3),
    distances: [-Math.log(similarity)],
  }));
  const [row] = heatRows(explanation, segments, true);
  assert.equal(
    describeRow(row, segments),
    "Similarity to prototype jazz-0 along the track: 0.58 on average, highest at 0:08 (1.00), lowest at 0:04 (0.25).",
  );
});
