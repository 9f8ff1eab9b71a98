import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ledger, ledgerDifference } from "../../../pecmae/page/static/reading.js";
import {
  columnAt,
  columnEdges,
  evidenceOf,
  nearestTo,
  segmentOf,
  shownSegments,
} from "../../../pecmae/page/static/segments.js";
import { readExample, segment } from "./explanations.js";

const EXAMPLES = ["gtzan/blues-0001", "rendered-genres/jazz-0007"].map(readExample);

/** @param {{start_s: number, end_s: number}[]} segments */
const widths = (segments) => {
  const edges = columnEdges(segments);
  return edges.slice(1).map((edge, i) => edge - edges[i]);
};

test("columns of segments that follow each other are the segments", () => {
  assert.deepEqual(columnEdges([0, 4, 8].map((startS) => segment(startS, [1]))), [0, 4, 8, 12]);
});

test("columns of overlapping segments lie around their middles and cover the track", () => {
  assert.deepEqual(columnEdges([0, 4, 7].map((startS) => segment(startS, [1]))), [0, 4, 7.5, 11]);
  const every = [0, 1, 2, 3, 3.5].map((startS) => segment(startS, [1]));
  assert.deepEqual(columnEdges(every), [0, 2.5, 3.5, 4.5, 5.25, 7.5]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.1, max: 4, noNaN: true }), { maxLength: 50 }), (hops) => {
      let startS = 0;
      const segments = [0, ...hops].map((hop) => {
        startS += hop;
        return segment(startS, [1]);
      });
      assert.ok(widths(segments).every((width) => width > 0));
    }),
    { seed: 1 },
  );
});

test("a second lies in the column around it, and outside the track in the nearest one", () => {
  const edges = [0, 4, 7.5, 11];
  assert.deepEqual(
    [-1, 0, 3.9, 4, 7.4, 7.5, 10.9, 11, 12].map((second) => columnAt(edges, second)),
    [0, 0, 0, 1, 1, 2, 2, 2, 2],
  );
});

test("segments that start every second are shown in place of the explanation's", () => {
  const [explanation] = EXAMPLES;
  const segments = [segment(0, [1]), segment(1, [1])];
  const along = { number: 1, fraction: 1, error: null, segments };
  assert.equal(shownSegments({ explanation, along: null }), explanation.segments);
  assert.equal(shownSegments({ explanation, along: { ...along, segments: null } }), explanation.segments);
  assert.equal(shownSegments({ explanation, along }), segments);
  assert.equal(segmentOf({ explanation, along, selectedSegment: 1 }), segments[1]);
  assert.equal(segmentOf({ explanation, along, selectedSegment: null }), null);
  assert.equal(segmentOf({ explanation: null, along: null, selectedSegment: 1 }), null);
});

test("a segment's contributions and the bias add up to its logits, and to the difference of two of them", () => {
  for (const explanation of EXAMPLES) {
    const weights = new Map(
      explanation.prototypes.map(({ id, contributions, similarity }) => [id, contributions.map((c) => c / similarity)]),
    );
    const prototypeOf = (/** @type {string} */ id) => ({ weights: weights.get(id) ?? [] });
    for (const item of explanation.segments) {
      const evidence = evidenceOf(explanation, item, prototypeOf);
      for (const [c, classId] of explanation.classes.entries()) {
        const { rows, bias, logit } = ledger(evidence, classId, prototypeOf);
        const sum = rows.reduce((all, row) => all + row.contribution, bias);
        assert.equal(logit, item.logits[c]);
        assert.ok(Math.abs(sum - logit) < 1e-4, `${classId}: ${sum} isn't ${logit}`);
        const other = ledgerDifference(evidence, explanation.classes[0], classId, prototypeOf);
        const difference = other.rows.reduce((all, row) => all + row.contribution, other.bias);
        assert.ok(Math.abs(difference - (item.logits[0] - item.logits[c])) < 1e-4);
      }
    }
  }
});

test("the nearest prototypes of a segment are sorted, and the first is the one that it names", () => {
  for (const explanation of EXAMPLES) {
    for (const item of explanation.segments) {
      const nearest = nearestTo(explanation, item, 3);
      assert.equal(nearest[0].id, item.nearest);
      assert.ok(nearest[0].similarity >= nearest[1].similarity && nearest[1].similarity >= nearest[2].similarity);
      assert.equal(nearest[2].similarity, Math.exp(-nearest[2].distance));
    }
  }
});
