// A region that a visitor draws on the map with the box or the lasso, and what lies in it.

/**
 * @import {PlotSelectionEvent} from "plotly.js-dist-min"
 * @import {ClassItem} from "../../static/bundle.js"
 *
 * @typedef {{x: number[], y: number[]}} Region - the corners, in the map's coordinates
 */

/**
 * The region that was drawn, or null if there was only a press.
 * @param {Pick<PlotSelectionEvent, "range" | "lassoPoints"> | undefined} event
 * @returns {Region | null}
 */
export function regionOf(event) {
  if (event?.lassoPoints) return { x: event.lassoPoints.x.map(Number), y: event.lassoPoints.y.map(Number) };
  if (!event?.range) return null;
  const [[left, right], [bottom, top]] = [event.range.x.map(Number), event.range.y.map(Number)];
  return { x: [left, right, right, left], y: [bottom, bottom, top, top] };
}

/**
 * Whether a place is inside a region: a ray from it crosses the border an odd number of times.
 * @param {Region} region
 * @param {[x: number, y: number]} place
 */
export function isInside({ x, y }, [px, py]) {
  let inside = false;
  for (let i = 0, j = x.length - 1; i < x.length; j = i++) {
    if (y[i] > py === y[j] > py) continue;
    if (px < x[i] + ((x[j] - x[i]) * (py - y[i])) / (y[j] - y[i])) inside = !inside;
  }
  return inside;
}

/**
 * The items whose place is inside a region.
 * @template {{map: [number, number]}} T
 * @param {T[]} items
 * @param {Region} region
 * @returns {T[]}
 */
export function itemsInside(items, region) {
  return items.filter(({ map }) => isInside(region, map));
}

/**
 * The region's outline, in the language of SVG paths.
 * @param {Region} region
 */
export const outline = ({ x, y }) => `M${x.map((value, i) => `${value},${y[i]}`).join("L")}Z`;

/**
 * How many of the items each class has.
 * @param {{class: string}[]} items
 * @returns {Map<string, number>} by id of the class
 */
export function countByClass(items) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const item of items) counts.set(item.class, (counts.get(item.class) ?? 0) + 1);
  return counts;
}

/**
 * The classes that a count names, in the bundle's order.
 * @param {ClassItem[]} classes
 * @param {Map<string, number>} counts
 */
export const counted = (classes, counts) =>
  classes.flatMap((item) => (counts.has(item.id) ? [{ ...item, n: counts.get(item.id) ?? 0 }] : []));
