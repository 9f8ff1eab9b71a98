// Rows of similarity along the track, one for each prototype. The stronger the blue, the more similar.

import { className, clock, fixed, html, playName } from "../../static/dom.js";
import { byDistance, distancesByClass } from "../../static/reading.js";
import { t } from "../../static/texts.js";

/**
 * @import {Explanation, SegmentExplanation} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @typedef {{id: string, classId: string, similarities: (number | null)[]}} HeatRow - null where a segment is silent
 * @typedef {[lowest: number, highest: number]} Scale
 */

export const N_ROWS = 5;
const WIDTH = 1200; // pixels of a row
const PALEST = 0.06;
const N_SWATCHES = 6;

/**
 * The rows of all prototypes or of the five nearest ones, grouped by class, nearest first.
 * @param {Pick<Explanation, "prototypes">} explanation
 * @param {Pick<SegmentExplanation, "distances" | "is_silent">[]} segments
 * @param {boolean} all
 * @returns {HeatRow[]}
 */
export function heatRows(explanation, segments, all) {
  const shown = new Set(
    byDistance(explanation)
      .slice(0, all ? undefined : N_ROWS)
      .map(({ id }) => id),
  );
  const positions = new Map(explanation.prototypes.map(({ id }, i) => [id, i]));
  return distancesByClass(explanation)
    .flatMap(({ prototypes }) => prototypes.filter(({ id }) => shown.has(id)))
    .map(({ id, class_id: classId }) => {
      const position = positions.get(id) ?? 0;
      const similarities = segments.map(({ distances, is_silent: silent }) =>
        silent ? null : Math.exp(-distances[position]),
      );
      return { id, classId, similarities };
    });
}

/**
 * The smallest and the largest similarity of any segment to any prototype.
 * @param {Pick<SegmentExplanation, "distances" | "is_silent">[]} segments
 * @returns {Scale}
 */
export function scaleOf(segments) {
  const voting = segments.filter((segment) => !segment.is_silent);
  const distances = voting.flatMap((segment) => segment.distances);
  const nearest = distances.reduce((a, b) => Math.min(a, b), Infinity);
  const farthest = distances.reduce((a, b) => Math.max(a, b), 0);
  return [Math.exp(-farthest), Math.exp(-nearest)];
}

/**
 * How strong the colour of a similarity is, from almost 0 to 1.
 * @param {number} similarity
 * @param {Scale} scale
 */
export const strength = (similarity, [lowest, highest]) =>
  PALEST + (1 - PALEST) * ((similarity - lowest) / (highest - lowest || 1));

/**
 * The row as a sentence: mean, and where the prototype is most and least similar.
 * @param {HeatRow} row
 * @param {Pick<SegmentExplanation, "start_s">[]} segments
 */
export function describeRow({ id, similarities }, segments) {
  const voting = similarities.flatMap((value, i) => (value === null ? [] : [{ value, at: segments[i].start_s }]));
  const sorted = voting.sort((a, b) => b.value - a.value);
  const [most, least] = [sorted[0], sorted[sorted.length - 1]];
  return t(
    "Similarity to prototype {prototype} along the track: {mean} on average, highest at {highestAt} ({highest}), lowest at {lowestAt} ({lowest}).",
    {
      prototype: id,
      mean: fixed(sorted.reduce((sum, { value }) => sum + value, 0) / sorted.length),
      highestAt: clock(most.at),
      highest: fixed(most.value),
      lowestAt: clock(least.at),
      lowest: fixed(least.value),
    },
  );
}

/**
 * @param {Bundle} bundle
 * @param {HeatRow} row
 * @param {SegmentExplanation[]} segments
 */
export function heatLane(bundle, row, segments) {
  const shown = className({ ...bundle.classOf(row.classId), label: row.id });
  const name = playName(bundle.prototypeOf(row.id).audio, t("prototype {id}", { id: row.id }), shown);
  return html`<div class="lane heat-lane"><span class="lane-name" data-prototype="${row.id}">${name}</span>
    <canvas class="strip" role="img" width="${WIDTH}" height="1" aria-label="${describeRow(row, segments)}"></canvas></div>`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HeatRow} row
 * @param {number[]} edges - of the columns, in seconds
 * @param {Scale} scale
 * @param {string} colour
 */
export function paintRow(canvas, { similarities }, edges, scale, colour) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixel = (/** @type {number} */ second) => Math.round((WIDTH * second) / edges[edges.length - 1]);
  context.clearRect(0, 0, WIDTH, 1);
  context.fillStyle = colour;
  for (const [i, similarity] of similarities.entries()) {
    if (similarity === null) continue;
    const left = pixel(edges[i]);
    context.globalAlpha = strength(similarity, scale);
    context.fillRect(left, 0, Math.max(pixel(edges[i + 1]) - left, 1), 1);
  }
}

/** @param {Scale} scale */
export const heatLegend = ([lowest, highest]) =>
  html`<span>${t("Similarity to prototypes: the stronger the blue, the more similar.")}</span>
    <span class="swatches"><span class="number">${fixed(lowest)}</span>${Array.from({ length: N_SWATCHES }, (_, i) => html`<i style="opacity:${PALEST + ((1 - PALEST) * i) / (N_SWATCHES - 1)}"></i>`)}<span class="number">${fixed(highest)}</span></span>`;
