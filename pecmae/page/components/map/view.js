// The part of the map that is shown: zooming, moving to a selected sound, and what a press means.

import { state } from "../../static/store.js";
import { hasPlace, prototypeAt, trackRanges, wholeMap } from "./figure.js";

/**
 * @import {LayoutAxis, PlotlyHTMLElement} from "plotly.js-dist-min"
 * @import {Place, Range} from "./figure.js"
 * @typedef {typeof import("plotly.js-dist-min")} Plotly
 * @typedef {keyof typeof FACTORS | "reset" | "track"} Action
 */

const FACTORS = { in: 0.7, out: 1 / 0.7 };

/**
 * @param {Range} range
 * @param {number} factor
 * @returns {Range}
 */
const zoomed = ([low, high], factor) => {
  const middle = (low + high) / 2;
  return [middle - ((high - low) / 2) * factor, middle + ((high - low) / 2) * factor];
};

/**
 * The part of a range that is inside another.
 * @param {Range} range
 * @param {Range} whole
 * @returns {Range}
 */
const within = ([low, high], whole) => [Math.max(low, whole[0]), Math.min(high, whole[1])];

/**
 * Whether Plotly has taken over an element.
 * @param {HTMLElement} element
 * @returns {element is PlotlyHTMLElement}
 */
export const isPlot = (element) => "on" in element;

/**
 * @param {Partial<LayoutAxis>} axis
 * @returns {Range}
 */
const rangeOf = ({ range: [low, high] = [] }) => [Number(low), Number(high)];

/**
 * The ranges currently shown.
 * @param {PlotlyHTMLElement} plot
 * @returns {[x: Range, y: Range]}
 */
export const shownRanges = (plot) => [rangeOf(plot.layout.xaxis), rangeOf(plot.layout.yaxis)];

/**
 * @param {Plotly} plotly
 * @param {PlotlyHTMLElement} plot
 * @param {Action} action
 */
export function onZoomButton(plotly, plot, action) {
  const { bundle, explanation } = state;
  if (!bundle) return;
  const ranges = () => {
    if (action === "reset") return wholeMap(bundle);
    if (action === "track")
      return explanation && hasPlace(explanation) ? trackRanges(bundle, explanation) : wholeMap(bundle);
    const [wholeX, wholeY] = wholeMap(bundle);
    const [shownX, shownY] = shownRanges(plot);
    return [within(zoomed(shownX, FACTORS[action]), wholeX), within(zoomed(shownY, FACTORS[action]), wholeY)];
  };
  const [x, y] = ranges();
  plotly.relayout(plot, { "xaxis.range": x, "yaxis.range": y });
}

/**
 * What a press on the map means: a prototype if its symbol covers the position, else what Plotly found.
 * @param {PlotlyHTMLElement} plot
 * @param {{clientX: number, clientY: number}} event
 * @param {Place} found
 * @returns {Place}
 */
export function pressed(plot, { clientX, clientY }, found) {
  const { left, top, width, height } = plot.getBoundingClientRect();
  const view = { ranges: shownRanges(plot), width, height };
  return prototypeAt(state.bundle?.prototypes ?? [], [clientX - left, clientY - top], view) ?? found;
}

/**
 * If the selected sound is out of view, move the map so that it is in the middle.
 * @param {Plotly} plotly
 * @param {PlotlyHTMLElement} plot
 */
export function bringIntoView(plotly, plot) {
  const { bundle, selected } = state;
  const item = selected && (bundle?.prototypeById.get(selected.id) ?? bundle?.pointById.get(selected.id));
  if (!item) return;
  const ranges = shownRanges(plot);
  if (ranges.every(([low, high], axis) => low <= item.map[axis] && item.map[axis] <= high)) return;
  const [x, y] = ranges.map(([low, high], axis) => {
    const half = (high - low) / 2;
    return /** @type {Range} */ ([item.map[axis] - half, item.map[axis] + half]);
  });
  plotly.relayout(plot, { "xaxis.range": x, "yaxis.range": y });
}
