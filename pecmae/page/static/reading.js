// Sentences and sorted rows from an explanation. Pure functions without page state.

import { fixed } from "./dom.js";
import { t } from "./texts.js";

/** @import {Explanation, PrototypeEvidence} from "../types/api.js" */

/** @param {number[]} values */
const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/**
 * Class indices, highest score first.
 * @param {Pick<Explanation, "classes" | "scores">} explanation
 */
export const ranking = (explanation) =>
  explanation.classes.map((_, i) => i).sort((a, b) => explanation.scores[b] - explanation.scores[a]);

/**
 * All prototypes, nearest first.
 * @param {Pick<Explanation, "prototypes">} explanation
 */
export const byDistance = (explanation) => [...explanation.prototypes].sort((a, b) => a.distance - b.distance);

/**
 * The segments that count for the clip: those that aren't silent.
 * @param {Pick<Explanation, "segments">} explanation
 */
export const voting = (explanation) => explanation.segments.filter((segment) => !segment.is_silent);

/**
 * Number of voting segments whose highest score is that of the clip's predicted class.
 * @param {Pick<Explanation, "scores" | "segments">} explanation
 */
export function agreement(explanation) {
  const winner = argmax(explanation.scores);
  return voting(explanation).filter((segment) => argmax(segment.scores) === winner).length;
}

/**
 * Whether the track's segments are near their nearest prototypes, compared with training segments: a sentence, from the
 * percentage of segments that are nearer than the track's segments are on average.
 * @param {{percentile: number}} novelty
 * @param {string} label
 */
export function novelty({ percentile }, label) {
  const isFarther = percentile > 50;
  const percentage = isFarther ? percentile : 100 - percentile;
  const values = { class: label, percentage: Math.round(percentage) };
  if (percentage >= 99.5) {
    return isFarther
      ? t(
          "On average, the track's segments are farther from their nearest {class} prototype than all {class} training segments are from theirs.",
          values,
        )
      : t(
          "On average, the track's segments are nearer to their nearest {class} prototype than all {class} training segments are to theirs.",
          values,
        );
  }
  return isFarther
    ? t(
        "On average, the track's segments are farther from their nearest {class} prototype than {percentage} % of the {class} training segments are from theirs.",
        values,
      )
    : t(
        "On average, the track's segments are nearer to their nearest {class} prototype than {percentage} % of the {class} training segments are to theirs.",
        values,
      );
}

/**
 * The line below the verdict.
 * @param {Explanation} explanation
 * @param {(classId: string) => string} labelOf
 */
export function evidence(explanation, labelOf) {
  const nearest = byDistance(explanation)[0];
  const count = voting(explanation).length;
  const agreeing = agreement(explanation);
  const values = { agreeing, count, class: labelOf(explanation.classes[argmax(explanation.scores)]) };
  const sentences = [
    t("Nearest prototype: {id}, at distance {distance}.", { id: nearest.id, distance: fixed(nearest.distance) }),
    novelty(explanation.novelty, labelOf(explanation.novelty.class_id)),
  ];
  if (count > 1)
    sentences.push(
      agreeing === count
        ? t("In all {count} segments, {class} has the highest score.", values)
        : t("In {agreeing} of {count} segments, {class} has the highest score.", values),
    );
  return sentences.join(" ");
}

/**
 * Prototypes grouped by class, nearest first; the class with the nearest prototype comes first.
 * @param {Pick<Explanation, "prototypes">} explanation
 */
export function distancesByClass(explanation) {
  /** @type {Map<string, PrototypeEvidence[]>} */
  const groups = new Map();
  for (const prototype of byDistance(explanation)) {
    const group = groups.get(prototype.class_id);
    if (group) group.push(prototype);
    else groups.set(prototype.class_id, [prototype]);
  }
  return [...groups].map(([classId, prototypes]) => ({ classId, prototypes }));
}

/**
 * The terms of a class's logit: similarity x weight = contribution, largest contributions first.
 * @param {Pick<Explanation, "classes" | "prototypes" | "bias" | "logits">} explanation
 * @param {string} classId
 * @param {(id: string) => {weights: number[]}} prototypeOf - the bundle's prototype with its weights
 */
export function ledger(explanation, classId, prototypeOf) {
  const c = explanation.classes.indexOf(classId);
  const rows = explanation.prototypes.map(({ id, class_id: own, distance, similarity, contributions }) => {
    const weight = prototypeOf(id).weights[c];
    return { id, classId: own, distance, similarity, weight, contribution: contributions[c] };
  });
  rows.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return { rows, bias: explanation.bias[c], logit: explanation.logits[c] };
}

/**
 * The terms of the difference between two classes' logits: the ledger of `winner` minus the ledger of `other`.
 * @param {Pick<Explanation, "classes" | "prototypes" | "bias" | "logits">} explanation
 * @param {string} winner
 * @param {string} other
 * @param {(id: string) => {weights: number[]}} prototypeOf
 * @returns {ReturnType<typeof ledger>} the weights, contributions, bias and logit are differences
 */
export function ledgerDifference(explanation, winner, other, prototypeOf) {
  const minuend = ledger(explanation, winner, prototypeOf);
  const subtrahend = ledger(explanation, other, prototypeOf);
  const otherRows = new Map(subtrahend.rows.map((row) => [row.id, row]));
  const rows = minuend.rows.map((row) => ({
    ...row,
    weight: row.weight - (otherRows.get(row.id)?.weight ?? 0),
    contribution: row.contribution - (otherRows.get(row.id)?.contribution ?? 0),
  }));
  rows.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return { rows, bias: minuend.bias - subtrahend.bias, logit: minuend.logit - subtrahend.logit };
}

const LOWEST_NAMED_SCORE = 0.05;

/**
 * The classes that the verdict names: the one with the highest score and all others above 5 %.
 * @param {Pick<Explanation, "classes" | "scores">} explanation
 * @returns {number[]} indices, highest score first
 */
export const namedClasses = (explanation) =>
  ranking(explanation).filter((c, place) => place === 0 || explanation.scores[c] > LOWEST_NAMED_SCORE);

/**
 * The prototypes that give a class its score: the largest positive contributions to its logit, at most three, each at
 * least half as large as the largest.
 * @param {Pick<Explanation, "prototypes">} explanation
 * @param {number} c - index of the class
 */
export function reasons({ prototypes }, c) {
  const sorted = [...prototypes].sort((a, b) => b.contributions[c] - a.contributions[c]);
  const least = sorted[0].contributions[c] / 2;
  return sorted.slice(0, 3).filter(({ contributions }) => contributions[c] > 0 && contributions[c] >= least);
}
