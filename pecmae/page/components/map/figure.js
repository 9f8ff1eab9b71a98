// The map as Plotly traces: training points and prototypes by class, the clip, its segments, and lines to prototypes.

import { clock } from "../../static/dom.js";
import { colourOf, shapeOf } from "../../static/palette.js";
import { byDistance, voting } from "../../static/reading.js";
import { nearestTo, segmentOf } from "../../static/segments.js";
import { t } from "../../static/texts.js";
import { pointName } from "../sound/soundcard.js";
import { isInside, outline } from "./region.js";

/**
 * @import {Dash, Data, Datum, Image, Layout, PlotData, PlotMarker} from "plotly.js-dist-min"
 * @import {Explanation, SegmentExplanation} from "../../types/api.js"
 * @import {Bundle, PointItem} from "../../static/bundle.js"
 * @import {PageState, Selection} from "../../static/store.js"
 * @import {Region} from "./region.js"
 *
 * @typedef {"prototype" | "point" | "segment" | "clip"} Kind
 * @typedef {{kind: Kind, id: string}} Place - what a symbol stands for; the id of a segment is its start in seconds
 * @typedef {Place & {map: [number, number]}} Item
 * @typedef {[low: number, high: number]} Range
 * @typedef {"move" | "box" | "lasso"} Mode - what dragging on the map does
 */

const N_LINES = 3;
const DASHES = /** @type {Dash} */ (/** @type {string} */ ("4px,3px")); // Plotly's types lack lists of lengths
const POINT_SIZE = 6.5;
const PROTOTYPE_SIZE = 15;
const WIDEST_LINE = 2.5;
const OPACITY_OUTSIDE = 0.12; // of symbols outside the region that the visitor has drawn

let nDrawn = 0;

const isTouch = () => window.matchMedia("(pointer: coarse)").matches;

/** @param {string} name */
const style = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

/**
 * @param {Item[]} items
 * @param {Partial<PlotMarker>} marker
 * @param {Partial<PlotData>} rest
 * @returns {Partial<PlotData>}
 */
const scatter = (items, marker, rest) => ({
  type: "scatter",
  mode: "markers",
  x: items.map((item) => item.map[0]),
  y: items.map((item) => item.map[1]),
  customdata: items.map(({ kind, id }) => `${kind}/${id}`),
  hovertemplate: "%{text}<extra></extra>",
  marker,
  ...rest,
});

/**
 * Whether a track has a place on the map. The place is a mean over the nearest training segments, so it says nothing of
 * a track that is unlike all of them.
 * @param {Pick<Explanation, "novelty">} explanation
 */
export const hasPlace = (explanation) => !explanation.novelty.is_novel;

/**
 * The prototype whose symbol covers a position, the nearest one if there are several. Symbols of training segments that
 * lie over or under it don't matter.
 * @template {{map: [number, number]}} T
 * @param {T[]} prototypes
 * @param {[x: number, y: number]} position - in pixels from the upper left corner of the map
 * @param {{ranges: [x: Range, y: Range], width: number, height: number}} view - the ranges shown, and the map's size
 * @returns {T | null}
 */
export function prototypeAt(prototypes, [x, y], { ranges: [[left, right], [bottom, top]], width, height }) {
  let nearest = null;
  let smallest = PROTOTYPE_SIZE / 2 + 2;
  for (const prototype of prototypes) {
    const dx = (width * (prototype.map[0] - left)) / (right - left) - x;
    const dy = (height * (top - prototype.map[1])) / (top - bottom) - y;
    const distance = Math.hypot(dx, dy);
    if (distance > smallest) continue;
    [nearest, smallest] = [prototype, distance];
  }
  return nearest;
}

/**
 * What a symbol stands for, from its `customdata`.
 * @param {Datum} data
 * @returns {Place}
 */
export function placeOf(data) {
  const [kind, ...id] = String(data).split("/");
  return { kind: /** @type {Kind} */ (kind), id: id.join("/") };
}

/**
 * What a trace needs so that its symbols outside the region are pale.
 * @param {Item[]} items
 * @param {Region | null} region
 */
const paleOutside = (items, region) =>
  region && {
    selectedpoints: items.flatMap(({ map }, i) => (isInside(region, map) ? [i] : [])),
    unselected: { marker: { opacity: OPACITY_OUTSIDE } },
  };

/**
 * @param {Bundle} bundle
 * @param {Set<string>} grey - ids of the classes that are switched off in the legend
 * @param {PointItem[]} shown - the training segments that get a symbol
 * @param {Region | null} region
 */
function classTraces(bundle, grey, shown, region) {
  /** @type {Map<string, PointItem[]>} */
  const byClass = new Map(bundle.classes.map(({ id }) => [id, []]));
  for (const point of shown) byClass.get(point.class)?.push(point);
  const traces = bundle.classes.map(({ id, label, index }) => {
    const points = byClass.get(id) ?? [];
    const marker = {
      symbol: shapeOf(index),
      size: POINT_SIZE,
      color: grey.has(id) ? style("--length") : colourOf(index),
      opacity: grey.has(id) ? 0.3 : 0.5,
      line: { width: 0 },
    };
    return scatter(points, marker, {
      name: label,
      text: points.map((point) => `${pointName(point)}<br>${t("training segment, {class}", { class: label })}`),
      ...paleOutside(points, region),
    });
  });
  const prototypes = bundle.classes.map(({ id, label, index }) => {
    const own = bundle.prototypes.filter((prototype) => prototype.class === id);
    const marker = {
      symbol: shapeOf(index),
      size: PROTOTYPE_SIZE,
      color: grey.has(id) ? style("--card") : colourOf(index),
      line: { width: 1.6, color: style(grey.has(id) ? "--length" : "--ink") },
    };
    return scatter(own, marker, {
      name: `${label} prototypes`,
      text: own.map((prototype) => `<b>${prototype.id}</b><br>${t("prototype, {class}", { class: label })}`),
      ...paleOutside(own, region),
    });
  });
  return [...traces, ...prototypes];
}

/**
 * What the lines to the nearest prototypes begin at: the selected segment, or else the track. Null if that has no place.
 * @param {Pick<PageState, "explanation" | "along" | "selectedSegment">} state
 * @returns {{map: [number, number], nearest: {id: string, similarity: number}[], segment: SegmentExplanation | null} | null}
 */
export function placed(state) {
  const { explanation } = state;
  const segment = segmentOf(state);
  if (!explanation || !hasPlace(explanation) || segment?.is_silent) return null;
  const { map } = segment ?? explanation;
  const nearest = segment ? nearestTo(explanation, segment, N_LINES) : byDistance(explanation).slice(0, N_LINES);
  return { map, nearest, segment };
}

/**
 * @param {Bundle} bundle
 * @param {Pick<PageState, "explanation" | "along" | "selectedSegment">} state
 * @returns {Data[]}
 */
function clipTraces(bundle, state) {
  const { explanation } = state;
  if (!explanation || !hasPlace(explanation)) return [];
  const place = placed(state);
  const ink = style("--ink");
  const nearest = place?.nearest ?? [];
  const lines = nearest.map(({ id, similarity }) => {
    const { map } = bundle.prototypeOf(id);
    /** @type {Partial<PlotData>} */
    const line = {
      type: "scatter",
      mode: "lines",
      x: [place?.map[0] ?? null, map[0]],
      y: [place?.map[1] ?? null, map[1]],
      line: { color: ink, width: (WIDEST_LINE * similarity) / nearest[0].similarity, dash: DASHES },
      hoverinfo: "skip",
      name: "nearest prototypes",
    };
    return line;
  });
  const segments = voting(explanation);
  const dots = scatter(
    segments.map(({ map, start_s: startS }) => ({ kind: "segment", id: String(startS), map })),
    { symbol: "circle-open", size: 8, color: ink, opacity: 0.75, line: { width: 1.3 } },
    {
      name: "segments of your track",
      text: segments.map((segment) =>
        t("your track, {start} to {end}", { start: clock(segment.start_s), end: clock(segment.end_s) }),
      ),
    },
  );
  const mean = scatter(
    [{ kind: "clip", id: "clip", map: explanation.map }],
    { symbol: "circle-open-dot", size: 20, color: ink, line: { width: 2.4 } },
    { name: "your track", text: [`<b>${t("your track")}</b>`] },
  );
  if (!place?.segment) return [...lines, dots, mean];
  const span = { start: clock(place.segment.start_s), end: clock(place.segment.end_s) };
  const chosen = scatter(
    [{ kind: "segment", id: String(place.segment.start_s), map: place.map }],
    { symbol: "circle-open-dot", size: 17, color: style("--accent"), line: { width: 3 } },
    { name: "selected segment", text: [t("selected segment, {start} to {end}", span)] },
  );
  return [...lines, dots, mean, chosen];
}

/**
 * @param {Bundle} bundle
 * @param {Selection | null} selected
 * @returns {Data[]}
 */
function selectionTrace(bundle, selected) {
  const item = selected && (bundle.prototypeById.get(selected.id) ?? bundle.pointById.get(selected.id));
  if (!item) return [];
  const marker = {
    symbol: "circle-open",
    size: item.kind === "prototype" ? 27 : 17,
    color: style("--accent"),
    line: { width: 2.2 },
  };
  return [{ ...scatter([item], marker, { name: "selected" }), hoverinfo: "skip", hovertemplate: "" }];
}

/**
 * All traces of the map.
 * @param {Bundle} bundle
 * @param {Pick<PageState, "explanation" | "along" | "selectedSegment" | "selected">} state
 * @param {Set<string>} grey - ids of the classes that are switched off in the legend
 * @param {PointItem[]} shown - the training segments that get a symbol
 * @param {Region | null} region - the region that the visitor has drawn
 */
export const traces = (bundle, state, grey, shown, region) => [
  ...classTraces(bundle, grey, shown, region),
  ...clipTraces(bundle, state),
  ...selectionTrace(bundle, state.selected),
];

/**
 * Range of an axis that contains all values, with a margin.
 * @param {number[]} values
 * @returns {Range}
 */
function range(values) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity); // too many values for arguments
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const margin = 0.05 * (high - low || 1);
  return [low - margin, high + margin];
}

/** @type {WeakMap<object, [x: Range, y: Range]>} */
const wholeMaps = new WeakMap();

/**
 * Ranges of both axes that show the whole map.
 * @param {{points: {map: [number, number]}[], prototypes: {map: [number, number]}[]}} bundle
 * @returns {[x: Range, y: Range]}
 */
export function wholeMap(bundle) {
  const known = wholeMaps.get(bundle);
  if (known) return known;
  const places = [...bundle.points, ...bundle.prototypes].map((item) => item.map);
  /** @type {[x: Range, y: Range]} */
  const ranges = [range(places.map(([x]) => x)), range(places.map(([, y]) => y))];
  wholeMaps.set(bundle, ranges);
  return ranges;
}

/**
 * Ranges of both axes that show the track, its segments and the prototypes nearest to it.
 * @param {Bundle} bundle
 * @param {Explanation} explanation
 * @returns {[x: Range, y: Range]}
 */
export function trackRanges(bundle, explanation) {
  const nearest = byDistance(explanation).slice(0, N_LINES);
  const places = [
    explanation.map,
    ...voting(explanation).map(({ map }) => map),
    ...nearest.map(({ id }) => bundle.prototypeOf(id).map),
  ];
  return [range(places.map(([x]) => x)), range(places.map(([, y]) => y))];
}

/**
 * Plotly's name of what dragging does. On a phone, a finger on the map scrolls the page, unless the visitor wants to
 * draw a region.
 * @param {Mode} mode
 * @returns {Layout["dragmode"]}
 */
export const dragMode = (mode) => (mode === "box" ? "select" : mode === "lasso" ? "lasso" : isTouch() ? false : "pan");

/**
 * Plotly's layout, showing the given ranges of the axes.
 * @param {Bundle} bundle
 * @param {[x: Range, y: Range]} ranges
 * @param {{mode: Mode, region: Region | null, images: Partial<Image>[]}} rest - the images lie behind the symbols
 * @returns {Partial<Layout>}
 */
export function layout(bundle, [x, y], { mode, region, images }) {
  const axis = { visible: false, zeroline: false };
  const [wholeX, wholeY] = wholeMap(bundle); // nobody zooms or pans into the empty outside
  return {
    uirevision: bundle.name,
    xaxis: { ...axis, range: x, minallowed: wholeX[0], maxallowed: wholeX[1] },
    yaxis: { ...axis, range: y, minallowed: wholeY[0], maxallowed: wholeY[1] },
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    dragmode: dragMode(mode),
    selectionrevision: ++nDrawn, // the page says what is selected, not Plotly
    images,
    shapes: region ? [{ type: "path", path: outline(region), line: { color: style("--accent"), width: 1.5 } }] : [],
    hovermode: "closest",
    hoverdistance: 14,
    hoverlabel: {
      bgcolor: style("--card"),
      bordercolor: style("--line"),
      font: { family: "system-ui, sans-serif", size: 13, color: style("--ink") },
      align: "left",
    },
  };
}
