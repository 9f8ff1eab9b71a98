// The map as Plotly traces: training points and prototypes by class, the clip, its segments, and lines to prototypes.

import { clock } from "./dom.js";
import { colourOf, shapeOf } from "./palette.js";
import { byDistance, voting } from "./reading.js";
import { pointName } from "./soundcard.js";

const N_LINES = 3;
const POINT_SIZE = 6.5;
const PROTOTYPE_SIZE = 15;

const style = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

const scatter = (items, marker, rest) => ({
  type: "scatter",
  mode: "markers",
  x: items.map((item) => item.map[0]),
  y: items.map((item) => item.map[1]),
  customdata: items.map(({ kind, id, start_s: startS }) => ({ kind, id, startS })),
  hovertemplate: "%{text}<extra></extra>",
  marker,
  ...rest,
});

function classTraces(bundle, hidden) {
  const traces = bundle.classes.map(({ id, label, index }) => {
    const points = bundle.points.filter((point) => point.class === id);
    const marker = {
      symbol: shapeOf(index),
      size: POINT_SIZE,
      color: colourOf(index),
      opacity: 0.5,
      line: { width: 0 },
    };
    return scatter(points, marker, {
      name: label,
      visible: !hidden.has(id),
      text: points.map((point) => `${pointName(point)}<br>${label}, training segment`),
    });
  });
  const prototypes = bundle.classes.map(({ id, label, index }) => {
    const own = bundle.prototypes.filter((prototype) => prototype.class === id);
    const marker = {
      symbol: shapeOf(index),
      size: PROTOTYPE_SIZE,
      color: colourOf(index),
      line: { width: 1.6, color: style("--ink") },
    };
    return scatter(own, marker, {
      name: `${label} prototypes`,
      visible: !hidden.has(id),
      text: own.map((prototype) => `<b>${prototype.id}</b><br>prototype of the class ${label}`),
    });
  });
  return [...traces, ...prototypes];
}

function clipTraces(bundle, explanation) {
  if (!explanation) return [];
  const ink = style("--ink");
  const x = [];
  const y = [];
  for (const { id } of byDistance(explanation).slice(0, N_LINES)) {
    const { map } = bundle.prototypeById.get(id);
    x.push(explanation.map[0], map[0], null);
    y.push(explanation.map[1], map[1], null);
  }
  const lines = {
    type: "scatter",
    mode: "lines",
    x,
    y,
    line: { color: ink, width: 1, dash: "4px,3px" },
    hoverinfo: "skip",
    name: "nearest prototypes",
  };
  const segments = voting(explanation).map((segment) => ({
    ...segment,
    kind: "segment",
    id: String(segment.start_s),
  }));
  const dots = scatter(
    segments,
    { symbol: "circle-open", size: 8, color: ink, opacity: 0.75, line: { width: 1.3 } },
    {
      name: "segments of your track",
      text: segments.map((segment) => `your track, ${clock(segment.start_s)} to ${clock(segment.end_s)}`),
    },
  );
  const centre = { kind: "clip", id: "clip", map: explanation.map };
  const mean = scatter(
    [centre],
    { symbol: "circle-open-dot", size: 20, color: ink, line: { width: 2.4 } },
    { name: "your track", text: ["<b>your track</b>"] },
  );
  return [lines, dots, mean];
}

function selectionTrace(bundle, selected) {
  const item = selected && (bundle.prototypeById.get(selected.id) ?? bundle.pointById.get(selected.id));
  if (!item) return [];
  const marker = {
    symbol: "circle-open",
    size: item.kind === "prototype" ? 27 : 17,
    color: style("--accent"),
    line: { width: 2.2 },
  };
  return [{ ...scatter([item], marker, { name: "chosen" }), hoverinfo: "skip", hovertemplate: null }];
}

/** All traces of the map. `hidden` holds the ids of the classes that are switched off in the legend. */
export const traces = ({ bundle, explanation, selected }, hidden) => [
  ...classTraces(bundle, hidden),
  ...clipTraces(bundle, explanation),
  ...selectionTrace(bundle, selected),
];

/** Range of an axis that contains all values, with a margin. */
function range(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = 0.05 * (high - low || 1);
  return [low - margin, high + margin];
}

/** Ranges of both axes that show the whole map. */
export function wholeMap(bundle) {
  const everything = [...bundle.points, ...bundle.prototypes];
  return [0, 1].map((k) => range(everything.map((item) => item.map[k])));
}

/** Plotly's layout, showing the given ranges of the axes. */
export function layout(bundle, [x, y]) {
  const axis = { visible: false, zeroline: false };
  return {
    uirevision: bundle.name,
    xaxis: { ...axis, range: x },
    yaxis: { ...axis, range: y },
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    dragmode: "pan",
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
