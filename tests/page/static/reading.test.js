import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  agreement,
  byDistance,
  distancesByClass,
  evidence,
  ledger,
  ledgerDifference,
  namedClasses,
  novelty,
  ranking,
  reasons,
  voting,
} from "../../../pecmae/page/static/reading.js";
import { prototype, readExample, segment } from "./explanations.js";

const EXAMPLES = ["gtzan/blues-0001", "gtzan/jazz-0007"].map(readExample);
const prototypes = [
  prototype("jazz-0", "jazz", 2, [1, -3]),
  prototype("rock-0", "rock", 0.5, [-1, 0.25]),
  prototype("jazz-1", "jazz", 1, [2, 0]),
];

test("classes are ranked by score, prototypes by distance", () => {
  assert.deepEqual(ranking({ classes: ["a", "b", "c"], scores: [0.2, 0.7, 0.1] }), [1, 0, 2]);
  assert.deepEqual(
    byDistance({ prototypes }).map(({ id }) => id),
    ["rock-0", "jazz-1", "jazz-0"],
  );
  assert.equal(prototypes[0].id, "jazz-0"); // the explanation isn't sorted itself
});

test("distances are grouped by class, the class of the nearest prototype first", () => {
  const groups = distancesByClass({ prototypes });
  assert.deepEqual(
    groups.map(({ classId, prototypes: own }) => [classId, own.map(({ id }) => id)]),
    [
      ["rock", ["rock-0"]],
      ["jazz", ["jazz-1", "jazz-0"]],
    ],
  );
});

test("each prototype is in one group, and distances grow within groups and between their firsts", () => {
  const evidences = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.double({ min: 0, max: 9, noNaN: true })));
  fc.assert(
    fc.property(evidences, (pairs) => {
      const all = pairs.map(([classId, distance], i) => prototype(`${classId}-${i}`, classId, distance, [1]));
      const groups = distancesByClass({ prototypes: all });
      const grows = (/** @type {number[]} */ values) => values.every((value, i) => i === 0 || value >= values[i - 1]);
      assert.equal(groups.flatMap((group) => group.prototypes).length, all.length);
      assert.ok(groups.every((group) => grows(group.prototypes.map(({ distance }) => distance))));
      assert.ok(groups.every((group) => group.prototypes.every((item) => item.class_id === group.classId)));
      assert.ok(grows(groups.map((group) => group.prototypes[0].distance)));
    }),
    { seed: 1 },
  );
});

test("the ledger lists the largest contributions first, with the weights of the class", () => {
  const weights = { "jazz-0": [1, -3], "jazz-1": [2, 0], "rock-0": [-1, 0.25] };
  const weightsOf = new Map(Object.entries(weights));
  const explanation = { classes: ["jazz", "rock"], prototypes, bias: [0.1, -0.2], logits: [0.2, -0.4] };
  const { rows, bias, logit } = ledger(explanation, "rock", (id) => ({ weights: weightsOf.get(id) ?? [] }));
  assert.deepEqual([bias, logit], [-0.2, -0.4]);
  assert.deepEqual(
    rows.map(({ id, classId, weight }) => [id, classId, weight]),
    [
      ["jazz-0", "jazz", -3],
      ["rock-0", "rock", 0.25],
      ["jazz-1", "jazz", 0],
    ],
  );
  for (const row of rows) assert.ok(Math.abs(row.similarity * row.weight - row.contribution) < 1e-12);
});

test("for every class of the examples, the ledger adds up to the logit", () => {
  for (const explanation of EXAMPLES) {
    for (const classId of explanation.classes) {
      const { rows, bias, logit } = ledger(explanation, classId, () => ({ weights: [] }));
      const sum = rows.reduce((total, { contribution }) => total + contribution, bias);
      assert.ok(Math.abs(sum - logit) < 1e-4, `${sum} isn't ${logit}`);
      const sizes = rows.map(({ contribution }) => Math.abs(contribution));
      assert.ok(sizes.every((size, i) => i === 0 || size <= sizes[i - 1]));
    }
  }
});

test("the difference of two ledgers adds up to the difference of the logits, row by row", () => {
  for (const explanation of EXAMPLES) {
    const [winner] = ranking(explanation).map((c) => explanation.classes[c]);
    for (const other of explanation.classes) {
      const weightsOf = () => ({ weights: explanation.classes.map((_, c) => c) });
      const { rows, bias, logit } = ledgerDifference(explanation, winner, other, weightsOf);
      const [w, o] = [winner, other].map((id) => explanation.classes.indexOf(id));
      assert.equal(logit, explanation.logits[w] - explanation.logits[o]);
      const sum = rows.reduce((total, { contribution }) => total + contribution, bias);
      assert.ok(Math.abs(sum - logit) < 2e-4, `${sum} isn't ${logit}`);
      for (const { id, weight, contribution } of rows) {
        const { contributions } = explanation.prototypes.find((item) => item.id === id) ?? { contributions: [] };
        assert.equal(contribution, contributions[w] - contributions[o]);
        assert.equal(weight, w - o);
      }
      const sizes = rows.map(({ contribution }) => Math.abs(contribution));
      assert.ok(sizes.every((size, i) => i === 0 || size <= sizes[i - 1]));
    }
  }
});

test("the verdict names the first class and those above 5 %", () => {
  const classes = ["a", "b", "c", "d"];
  assert.deepEqual(namedClasses({ classes, scores: [0.05, 0.3, 0.6, 0.05] }), [2, 1]);
  assert.deepEqual(namedClasses({ classes, scores: [0.998, 0.001, 0.001, 0] }), [0]);
  assert.deepEqual(namedClasses({ classes, scores: [0.01, 0.04, 0.03, 0.02] }), [1]); // the first in any case
});

test("the reasons for a class are its largest positive contributions, not the nearest prototypes", () => {
  const ids = (/** @type {number} */ c) => reasons({ prototypes }, c).map(({ id }) => id);
  assert.deepEqual(ids(0), ["jazz-1"]); // rock-0 is nearer, but speaks against jazz; jazz-0 adds less than half
  assert.deepEqual(ids(1), ["rock-0"]);
  assert.deepEqual(reasons({ prototypes: [prototype("a-0", "a", 1, [-1])] }, 0), []);
  const even = [1, 2, 3, 4].map((number) => prototype(`a-${number}`, "a", 1, [1]));
  assert.equal(reasons({ prototypes: even }, 0).length, 3);
});

test("silent segments don't vote", () => {
  const segments = [segment(0, [0.9, 0.1]), segment(4, [0.1, 0.9], true), segment(8, [0.2, 0.8])];
  assert.equal(voting({ segments }).length, 2);
  assert.equal(agreement({ scores: [0.6, 0.4], segments }), 1);
  assert.equal(agreement({ scores: [0.4, 0.6], segments }), 1);
});

test("novelty names the larger side, rounded", () => {
  const [nearer, farther] = ["nearer to", "farther from"].map(
    (word) => `On average, the track's segments are ${word} their nearest jazz prototype than`,
  );
  const tail = "jazz training segments are";
  assert.equal(novelty({ percentile: 38 }, "jazz"), `${nearer} 62 % of the ${tail} to theirs.`);
  assert.equal(novelty({ percentile: 50 }, "jazz"), `${nearer} 50 % of the ${tail} to theirs.`);
  assert.equal(novelty({ percentile: 50.6 }, "jazz"), `${farther} 51 % of the ${tail} from theirs.`);
  assert.equal(novelty({ percentile: 99.5 }, "jazz"), `${farther} all ${tail} from theirs.`);
  assert.equal(novelty({ percentile: 0.4 }, "jazz"), `${nearer} all ${tail} to theirs.`);
});

test("the evidence counts the segments that agree, if there are several", () => {
  const [example] = EXAMPLES;
  const one = { ...example, segments: example.segments.slice(0, 1) };
  assert.doesNotMatch(evidence(one, String), / In /);
  assert.match(evidence(example, String), new RegExp(`^Nearest prototype: ${byDistance(example)[0].id}, at distance `));
  const same = { ...example, segments: [segment(0, example.scores), segment(4, example.scores)] };
  assert.match(evidence(same, String), / In all 2 segments, \w+ has the highest score\.$/);
  const wrong = segment(
    8,
    example.scores.map((score) => 1 - score),
  );
  assert.match(evidence({ ...same, segments: [...same.segments, wrong] }, String), / In 2 of 3 segments, /);
});
