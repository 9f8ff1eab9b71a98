// The map card: the Plotly figure of figure.js, zoom buttons and a legend. A press on a symbol plays its sound.

import { className, closest, find, html, render } from "../../static/dom.js";
import { onThemeChange } from "../../static/palette.js";
import { play } from "../../static/player.js";
import { messageOf } from "../../static/server.js";
import { state, subscribe, update } from "../../static/store.js";
import { hasPlace, layout, placeOf, prototypeAt, traces, trackRanges, wholeMap } from "./figure.js";
import { mountMapList } from "./maplist.js";

/**
 * @import {Config, LayoutAxis, PlotlyHTMLElement} from "plotly.js-dist-min"
 * @import {Place, Range} from "./figure.js"
 * @import {PageState} from "../../static/store.js"
 * @typedef {typeof import("plotly.js-dist-min")} Plotly
 * @typedef {keyof typeof FACTORS | "reset" | "track"} Action
 */

const SCRIPT = "/vendor/plotly.min.js";
const MAP_LABEL = "Map of the prototypes, the training segments and your track. The list below it names every symbol.";
const FACTORS = { in: 0.7, out: 1 / 0.7 };
/** @type {Partial<Config>} */
const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  scrollZoom: true,
  doubleClick: "reset",
  showTips: false,
  responsive: false,
};

/** @returns {Promise<Plotly>} */
function loadPlotly() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The map couldn't be loaded. Reload the page."));
    document.head.append(script);
  });
}

/** @param {Place} place - of the symbol that was pressed */
function onPress(place) {
  if (!state.bundle) return;
  const { kind, id } = place;
  if (kind === "segment" || kind === "clip") {
    if (state.clip?.playable) play(state.clip.url, kind === "segment" ? Number(id) : 0);
    return;
  }
  const sound = kind === "prototype" ? state.bundle.prototypeById.get(id) : state.bundle.pointById.get(id);
  if (!sound) return;
  if (sound.audio) play(sound.audio);
  update({ selected: { kind, id } });
}

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
const isPlot = (element) => "on" in element;

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
const shownRanges = (plot) => [rangeOf(plot.layout.xaxis), rangeOf(plot.layout.yaxis)];

/**
 * @param {Plotly} plotly
 * @param {PlotlyHTMLElement} plot
 * @param {Action} action
 */
function onZoomButton(plotly, plot, action) {
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
function pressed(plot, { clientX, clientY }, found) {
  const { left, top, width, height } = plot.getBoundingClientRect();
  const view = { ranges: shownRanges(plot), width, height };
  return prototypeAt(state.bundle?.prototypes ?? [], [clientX - left, clientY - top], view) ?? found;
}

/**
 * If the selected sound is out of view, move the map so that it is in the middle.
 * @param {Plotly} plotly
 * @param {PlotlyHTMLElement} plot
 */
function bringIntoView(plotly, plot) {
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

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {Set<string>} grey - ids of classes
 */
function drawLegend(root, { bundle, explanation }, grey) {
  if (!bundle) return;
  const count = (/** @type {string} */ id) =>
    [...bundle.points, ...bundle.prototypes].filter((item) => item.class === id).length;
  const ring = html`<svg class="marker ring" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true"><circle r="0.95"/><circle class="dot" r="0.3"/></svg>`;
  render(
    root,
    html`${bundle.classes.map(
      (item) => html`<button type="button" data-legend="${item.id}" aria-pressed="${!grey.has(item.id)}"
          title="${item.label}: ${count(item.id)} sounds on the map. Press to grey them out.">${className(item)}
          <span class="mute">${count(item.id)}</span></button>`,
    )}
      ${explanation && hasPlace(explanation) && html`<span class="class">${ring}your track</span>`}`,
  );
}

/**
 * @param {Action} action
 * @param {string} sign
 * @param {string} name
 */
const zoomButton = (action, sign, name) =>
  html`<button type="button" data-zoom="${action}" aria-label="${name}" title="${name}">${sign}</button>`;

const CARD = html`<h2>Map of the prototypes, the training segments and your track</h2>
  <div class="plot-frame">
    <div id="map" role="img" aria-label="${MAP_LABEL}"><p class="mute waiting">Loading the map…</p></div>
    <div class="zoom">${zoomButton("in", "+", "Zoom in")}${zoomButton("out", "−", "Zoom out")}${zoomButton("reset", "⤢", "Whole map")}${zoomButton("track", "◎", "Zoom to your track")}</div>
  </div>
  <p class="small note no-place" hidden>Your track is unlike the training music, so it has no place on this map. The distances above are still the model's own.</p>
  <div class="legend"></div>
  <details class="map-list small"></details>
  <p class="small mute">Press a symbol to play its sound. Large outlined symbols are prototypes; small filled symbols are training segments;
    the large ring is your whole track, and the open circles are its segments. Dashed lines lead from the ring to the three
    nearest prototypes. The map reduces the model's space to two dimensions: neighbours on it are usually similar, but larger
    distances on it mean little. The list of distances has the true ones.</p>`;

/**
 * Draw the map into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export async function mountMap(root) {
  render(root, CARD);
  const plot = find(root, "#map");
  const legend = find(root, ".legend");
  /** @type {Set<string>} */
  const grey = new Set();
  mountMapList(find(root, ".map-list"));
  subscribe(["bundle"], ({ bundle }) => {
    root.hidden = !bundle;
  });
  subscribe(["bundle", "explanation"], (now) => {
    drawLegend(legend, now, grey);
    const isPlaced = now.explanation !== null && hasPlace(now.explanation);
    find(root, ".no-place").hidden = isPlaced || !now.explanation;
    find(root, "[data-zoom=track]").hidden = !isPlaced;
  });

  // The wheel zooms the map only with Ctrl, which a pinch on a touchpad also sets; otherwise it scrolls the page.
  root.addEventListener("wheel", (event) => event.ctrlKey || event.metaKey || event.stopPropagation(), {
    capture: true,
    passive: true,
  });

  /** @type {Plotly} */
  let plotly;
  try {
    plotly = await loadPlotly();
  } catch (reason) {
    find(plot, ".waiting").textContent = messageOf(reason);
    return;
  }
  /** @type {Promise<unknown>} */
  let drawing = Promise.resolve();
  let listens = false;
  const draw = async () => {
    const { bundle } = state;
    if (!bundle) return;
    const same = isPlot(plot) && plot.layout.uirevision === bundle.name; // keep the visitor's zoom
    const ranges = same ? shownRanges(plot) : wholeMap(bundle);
    const drawn = await plotly.react(plot, traces(bundle, state, grey), layout(bundle, ranges), CONFIG);
    if (listens) return;
    listens = true;
    drawn.on("plotly_click", ({ event, points: [point] }) => {
      if (point) onPress(pressed(drawn, event, placeOf(point.customdata)));
    });
  };
  const redraw = () => {
    drawing = drawing.then(draw);
  };
  subscribe(["bundle", "explanation", "selectedSegment", "selected"], ({ bundle }) => {
    if (bundle) plot.querySelector(".waiting")?.remove();
    redraw();
  });
  subscribe(["selected"], () => {
    drawing = drawing.then(() => isPlot(plot) && bringIntoView(plotly, plot));
  });
  legend.addEventListener("click", (event) => {
    const button = closest(event, "[data-legend]");
    const id = button?.dataset.legend;
    if (!id) return;
    if (!grey.delete(id)) grey.add(id);
    button.setAttribute("aria-pressed", String(!grey.has(id)));
    redraw();
  });
  find(root, ".zoom").addEventListener("click", (event) => {
    const action = closest(event, "[data-zoom]")?.dataset.zoom;
    if (action && isPlot(plot)) onZoomButton(plotly, plot, /** @type {Action} */ (action));
  });
  onThemeChange(redraw);
  new ResizeObserver(() => isPlot(plot) && plot.clientWidth > 0 && plotly.Plots.resize(plot)).observe(plot);
}
