// The map card: the Plotly figure of figure.js, zoom buttons and a legend. A press on a symbol plays its sound.

import { closest, find, findAs, fixed, html, render } from "../../static/dom.js";
import { onThemeChange } from "../../static/palette.js";
import { play } from "../../static/player.js";
import { messageOf } from "../../static/server.js";
import { state, subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";
import { densityImages, MOST_SYMBOLS, withSymbol } from "./density.js";
import { dragMode, hasPlace, layout, placeOf, traces, wholeMap } from "./figure.js";
import { mountLegend } from "./legend.js";
import { mountMapList } from "./maplist.js";
import { regionOf } from "./region.js";
import { mountSelectionList } from "./selectionlist.js";
import { bringIntoView, isPlot, onZoomButton, pressed, shownRanges } from "./view.js";

/**
 * @import {Config} from "plotly.js-dist-min"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Mode, Place} from "./figure.js"
 * @import {Region} from "./region.js"
 * @import {Action, Plotly} from "./view.js"
 */

const SCRIPT = "/vendor/plotly.min.js";
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
    script.onerror = () => reject(new Error(t("The map couldn't be loaded. Reload the page.")));
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
 * @param {Action} action
 * @param {string} sign
 * @param {string} name
 */
const zoomButton = (action, sign, name) =>
  html`<button type="button" data-zoom="${action}" aria-label="${name}" title="${name}">${sign}</button>`;

/**
 * @param {Mode} mode
 * @param {string} name
 * @param {string} title
 */
const modeButton = (mode, name, title) =>
  html`<button type="button" data-mode="${mode}" aria-pressed="${mode === "move"}" title="${title}">${name}</button>`;

const card = () => html`<h2>${t("Map of the prototypes, the training segments and your track")}</h2>
  <div class="map-tools">
    <div class="modes" role="group" aria-label="${t("Dragging on the map")}">${[
      modeButton("move", t("Move"), t("Drag to move the map")),
      modeButton("box", t("Box"), t("Drag a box around sounds to list them")),
      modeButton("lasso", t("Lasso"), t("Draw a line around sounds to list them")),
    ]}</div>
    <div class="zoom">${zoomButton("in", "+", t("Zoom in"))}${zoomButton("out", "−", t("Zoom out"))}${zoomButton("reset", "⤢", t("Whole map"))}${zoomButton("track", "◎", t("Zoom to your track"))}</div>
  </div>
  <div class="plot-frame">
    <div id="map" role="img" aria-label="${t("Map of the prototypes, the training segments and your track. The list below it names every symbol.")}"><p class="mute waiting">${t("Loading the map…")}</p></div>
  </div>
  <p class="small note no-place" hidden>${t("Your track is unlike the training music, so it has no place on this map. The distances above are still the model's own.")}</p>
  <p class="small density" role="status" hidden>${t("Here the map shows how dense the training segments are, because they are too many for a symbol each. Zoom in to see and play them.")}</p>
  <div class="legend"></div>
  <section class="selection small" aria-label="${t("Selected on the map")}" hidden></section>
  <details class="map-list small"></details>
  <p class="small mute">${t("Press a symbol to play its sound. Large outlined symbols are prototypes; small filled symbols are training segments; the large ring is your whole track, and the open circles are its segments. Dashed lines lead from the ring to the three nearest prototypes; the wider a line, the more similar its prototype.")}</p>
  <p class="small mute trust"></p>`;

/**
 * What distances on the map mean, and how far its neighbourhoods can be trusted.
 * @param {Bundle} bundle
 */
function trust({ metrics: { map_trustworthiness: found } }) {
  const distances = t(
    "The map reduces the model's space to two dimensions, so distances on it are not the model's distances. The list of distances has those.",
  );
  if (!found) return distances;
  const measured = t(
    "The map's trustworthiness is {value}. It would be 1 if the {k} nearest neighbours of every training segment on the map were its nearest in the model's space too; on a map drawn at random, it is about 0.5. It was measured among {n} training segments.",
    { value: fixed(found.value), k: found.n_neighbours, n: found.n_segments },
  );
  return html`${distances} ${measured}`;
}

/**
 * Draw the map into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export async function mountMap(root) {
  render(root, card());
  const plot = find(root, "#map");
  const modes = find(root, ".modes");
  /** @type {Set<string>} */
  const grey = new Set();
  /** @type {Mode} */
  let mode = "move";
  /** @type {Region | null} */
  let region = null;
  let redraw = () => {};
  mountLegend(find(root, ".legend"), grey, () => redraw());
  mountMapList(findAs(root, ".map-list", HTMLDetailsElement));
  const list = mountSelectionList(find(root, ".selection"), () => {
    select(null);
    find(modes, `[data-mode=${mode}]`).focus();
  });
  const select = (/** @type {Region | null} */ next) => {
    region = next;
    list(region);
    redraw();
  };
  subscribe(["bundle"], ({ bundle }) => {
    root.hidden = !bundle;
    if (region) select(null);
    if (bundle) render(find(root, ".trust"), html`${trust(bundle)}`);
  });
  subscribe(["bundle", "explanation"], ({ explanation }) => {
    const isPlaced = explanation !== null && hasPlace(explanation);
    find(root, ".no-place").hidden = isPlaced || !explanation;
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
    const whole = wholeMap(bundle);
    const ranges = same ? shownRanges(plot) : whole;
    const shown = withSymbol(bundle.points, ranges);
    const images = densityImages(bundle, grey, whole, shown.length > 0);
    find(root, ".density").hidden = images.length === 0 || shown.length > 0;
    const figure = layout(bundle, ranges, { mode, region, images });
    const drawn = await plotly.react(plot, traces(bundle, state, grey, shown, region), figure, CONFIG);
    if (listens) return;
    listens = true;
    drawn.on("plotly_click", ({ event, points: [point] }) => {
      if (point) onPress(pressed(drawn, event, placeOf(point.customdata)));
    });
    drawn.on("plotly_selected", (event) => {
      const next = regionOf(event);
      if (!next) return;
      if (!dragMode("move")) setMode("move"); // so that a finger scrolls the page again
      select(next);
    });
    drawn.on("plotly_deselect", () => select(null));
    drawn.on("plotly_relayout", () => {
      if ((state.bundle?.points.length ?? 0) <= MOST_SYMBOLS) return;
      requestAnimationFrame(() => setTimeout(redraw)); // other symbols are in view; first, show the moved map
    });
  };
  redraw = () => {
    drawing = drawing.then(draw);
  };
  const setMode = (/** @type {Mode} */ next) => {
    mode = next;
    for (const button of modes.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    redraw();
  };
  subscribe(["bundle", "explanation", "selectedSegment", "selected"], ({ bundle }) => {
    if (bundle) plot.querySelector(".waiting")?.remove();
    redraw();
  });
  subscribe(["selected"], () => {
    drawing = drawing.then(() => isPlot(plot) && bringIntoView(plotly, plot));
  });
  modes.addEventListener("click", (event) => {
    const next = closest(event, "[data-mode]")?.dataset.mode;
    if (next) setMode(/** @type {Mode} */ (next));
  });
  find(root, ".zoom").addEventListener("click", (event) => {
    const action = closest(event, "[data-zoom]")?.dataset.zoom;
    if (action && isPlot(plot)) onZoomButton(plotly, plot, /** @type {Action} */ (action));
  });
  onThemeChange(redraw);
  new ResizeObserver(() => isPlot(plot) && plot.clientWidth > 0 && plotly.Plots.resize(plot)).observe(plot);
}
