// Explanations for tests.

import { readFileSync } from "node:fs";

/**
 * @import {Explanation, PrototypeEvidence, SegmentExplanation} from "../../../pecmae/page/types/api.js"
 */

/**
 * A precomputed explanation of the page's examples.
 * @param {string} name - such as "gtzan/blues-0001"
 * @returns {Explanation}
 */
export const readExample = (name) =>
  JSON.parse(readFileSync(new URL(`../../../assets/examples/${name}.json`, import.meta.url), "utf-8"));

/**
 * @param {string} id
 * @param {string} classId
 * @param {number} distance
 * @param {number[]} weights - of the similarity, for each class
 * @returns {PrototypeEvidence}
 */
export function prototype(id, classId, distance, weights) {
  const similarity = Math.exp(-distance);
  const contributions = weights.map((weight) => weight * similarity);
  return { id, class_id: classId, index: 0, distance, similarity, contributions };
}

/**
 * @param {number} startS
 * @param {number[]} scores
 * @returns {SegmentExplanation}
 */
export const segment = (startS, scores, isSilent = false) => ({
  start_s: startS,
  end_s: startS + 4,
  is_silent: isSilent,
  logits: scores.map(Math.log),
  scores,
  distances: [1],
  nearest: "jazz-0",
  map: [0, 0],
});
