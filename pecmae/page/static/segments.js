// The segments along the track: which ones are shown, where each is drawn, and what one of them says by itself.

/**
 * @import {Explanation, SegmentExplanation} from "../types/api.js"
 * @import {PageState} from "./store.js"
 * @typedef {Pick<Explanation, "classes" | "scores" | "prototypes" | "bias" | "logits">} Evidence
 */

/**
 * The segments that are shown: those of the explanation, or those that start every second.
 * @param {Pick<PageState, "explanation" | "along">} state
 * @returns {SegmentExplanation[]}
 */
export const shownSegments = ({ explanation, along }) => along?.segments ?? explanation?.segments ?? [];

/**
 * The selected segment, or null if the page shows the whole track.
 * @param {Pick<PageState, "explanation" | "along" | "selectedSegment">} state
 */
export const segmentOf = (state) =>
  state.selectedSegment === null ? null : (shownSegments(state)[state.selectedSegment] ?? null);

/**
 * The end of the last segment.
 * @param {{end_s: number}[]} segments
 */
export const lengthOf = (segments) => segments[segments.length - 1].end_s;

/**
 * Where the columns of segments begin and end: halfway between the middles of two segments. For segments that follow
 * each other, that is where they meet.
 * @param {{start_s: number, end_s: number}[]} segments
 * @returns {number[]} seconds, one more than there are segments
 */
export function columnEdges(segments) {
  const middle = (/** @type {number} */ i) => (segments[i].start_s + segments[i].end_s) / 2;
  const inner = segments.slice(1).map((_, i) => (middle(i) + middle(i + 1)) / 2);
  return [0, ...inner, lengthOf(segments)];
}

/**
 * The column that contains a second; the first or the last one for seconds outside the track.
 * @param {number[]} edges
 * @param {number} second
 */
export function columnAt(edges, second) {
  const next = edges.findIndex((edge) => edge > second);
  return Math.max(0, (next < 0 ? edges.length - 1 : next) - 1);
}

/**
 * What an explanation says of a single segment: similarity is exp(-distance), the contributions are similarity x weight,
 * and they and the bias add up to the segment's logits.
 * @param {Pick<Explanation, "classes" | "prototypes" | "bias">} explanation
 * @param {SegmentExplanation} segment
 * @param {(id: string) => {weights: number[]}} prototypeOf - the bundle's prototype with its weights
 * @returns {Evidence}
 */
export function evidenceOf({ classes, prototypes, bias }, { distances, logits, scores }, prototypeOf) {
  return {
    classes,
    scores,
    bias,
    logits,
    prototypes: prototypes.map((prototype, i) => {
      const similarity = Math.exp(-distances[i]);
      const contributions = prototypeOf(prototype.id).weights.map((weight) => similarity * weight);
      return { ...prototype, distance: distances[i], similarity, contributions };
    }),
  };
}

/**
 * The prototypes that are nearest to a segment, nearest first.
 * @param {Pick<Explanation, "prototypes">} explanation
 * @param {Pick<SegmentExplanation, "distances">} segment
 * @param {number} n
 */
export const nearestTo = ({ prototypes }, { distances }, n) =>
  prototypes
    .map(({ id }, i) => ({ id, distance: distances[i], similarity: Math.exp(-distances[i]) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, n);
