// What an explanation says, as sentences and sorted rows. Pure functions: no page, no state.

import { fixed } from "./dom.js";

const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/** Class indices, highest score first. */
export const ranking = (explanation) =>
  explanation.classes.map((_, i) => i).sort((a, b) => explanation.scores[b] - explanation.scores[a]);

/** All prototypes, nearest first. */
export const byDistance = (explanation) => [...explanation.prototypes].sort((a, b) => a.distance - b.distance);

/** The segments that count for the clip: those that aren't silent. */
export const voting = (explanation) => explanation.segments.filter((segment) => !segment.is_silent);

/** How many of the voting segments, taken alone, have the clip's class as their highest score. */
export function agreement(explanation) {
  const winner = argmax(explanation.scores);
  return voting(explanation).filter((segment) => argmax(segment.scores) === winner).length;
}

/** "closer to jazz than 62 % of the jazz that the model learned from", from the percentile of nearer training segments. */
export function novelty({ percentile }, label) {
  if (percentile >= 99.5) return `farther from ${label} than all the ${label} that the model learned from`;
  if (percentile <= 0.5) return `closer to ${label} than all the ${label} that the model learned from`;
  if (percentile > 50)
    return `farther from ${label} than ${Math.round(percentile)} % of the ${label} that the model learned from`;
  return `closer to ${label} than ${Math.round(100 - percentile)} % of the ${label} that the model learned from`;
}

/** The line beneath the verdict. */
export function evidence(explanation, labelOf) {
  const nearest = byDistance(explanation)[0];
  const count = voting(explanation).length;
  const agreeing = agreement(explanation);
  const agree =
    count === 1 ? "" : ` ${agreeing === count ? `All ${count} segments` : `${agreeing} of ${count} segments`} agree.`;
  const label = labelOf(explanation.novelty.class_id);
  return `Nearest prototype: ${nearest.id}, at distance ${fixed(nearest.distance)}. The track lies ${novelty(explanation.novelty, label)}.${agree}`;
}

/** Prototypes grouped by class: the class with the nearest prototype first, nearest first in each. */
export function distancesByClass(explanation) {
  const groups = new Map();
  for (const prototype of byDistance(explanation)) {
    if (!groups.has(prototype.class_id)) groups.set(prototype.class_id, []);
    groups.get(prototype.class_id).push(prototype);
  }
  return [...groups].map(([classId, prototypes]) => ({ classId, prototypes }));
}

/**
 * The sum behind a class's logit: similarity x weight = contribution, largest contributions first.
 * @param {Object} explanation
 * @param {string} classId
 * @param {Map<string, {weights: number[]}>} prototypeById - the bundle's prototypes, which hold the weights
 * @returns {{rows: Object[], bias: number, logit: number}}
 */
export function ledger(explanation, classId, prototypeById) {
  const c = explanation.classes.indexOf(classId);
  const rows = explanation.prototypes.map(({ id, class_id: own, distance, similarity, contributions }) => {
    const weight = prototypeById.get(id).weights[c];
    return { id, classId: own, distance, similarity, weight, contribution: contributions[c] };
  });
  rows.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return { rows, bias: explanation.bias[c], logit: explanation.logits[c] };
}

/** The segment that a second falls in, or null after the last. */
export const segmentAt = (explanation, second) =>
  explanation.segments.find((segment) => second >= segment.start_s && second < segment.end_s) ?? null;
