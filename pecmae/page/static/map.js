// The map card: the Plotly figure of figure.js, zoom buttons and a legend. A press on a symbol plays its sound.

import { className, html, render } from "./dom.js";
import { layout, traces, wholeMap } from "./figure.js";
import { onThemeChange } from "./palette.js";
import { play } from "./player.js";
import { state, subscribe, update } from "./store.js";

const SCRIPT = "/vendor/plotly.min.js";
const MAP_LABEL =
  "Map of the training segments, the prototypes and your track. The tab Prototypes lists every prototype with its sound.";
const FACTORS = { in: 0.7, out: 1 / 0.7 };
const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  scrollZoom: true,
  doubleClick: "reset",
  showTips: false,
  responsive: false,
};

function loadPlotly() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The map couldn't be loaded. Reload the page."));
    document.head.append(script);
  });
}

function onPress({ points: [point] }) {
  const { kind, id, startS } = point?.customdata ?? {};
  if (kind === "segment" || kind === "clip") {
    if (state.clip?.playable) play(state.clip.url, startS ?? 0);
    return;
  }
  const sound = kind === "prototype" ? state.bundle.prototypeById.get(id) : state.bundle.pointById.get(id);
  if (!sound) return;
  if (sound.audio) play(sound.audio);
  update({ selected: { kind, id } });
}

const zoomed = ([low, high], factor) => {
  const middle = (low + high) / 2;
  return [middle - ((high - low) / 2) * factor, middle + ((high - low) / 2) * factor];
};

/** The ranges currently shown. */
const shownRanges = (plot) => [plot.layout.xaxis.range, plot.layout.yaxis.range];

function onZoomButton(plotly, plot, action) {
  const [x, y] =
    action === "reset" ? wholeMap(state.bundle) : shownRanges(plot).map((range) => zoomed(range, FACTORS[action]));
  plotly.relayout(plot, { "xaxis.range": x, "yaxis.range": y });
}

function drawLegend(root, { bundle, explanation }, hidden) {
  if (!bundle) return;
  const ring = html`<svg class="marker ring" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true"><circle r="0.95"/><circle class="dot" r="0.3"/></svg>`;
  render(
    root,
    html`${bundle.classes.map(
      (item) => html`<button type="button" data-legend="${item.id}" aria-pressed="${!hidden.has(item.id)}"
          title="Show or hide ${item.label}">${className(item)}</button>`,
    )}
      ${explanation && html`<span class="class">${ring}your track</span>`}`,
  );
}

const zoomButton = (action, sign, name) =>
  html`<button type="button" data-zoom="${action}" aria-label="${name}" title="${name}">${sign}</button>`;

const CARD = html`<h2>Map of the training segments, the prototypes and your track</h2>
  <div class="plot-frame">
    <div id="map" role="img" aria-label="${MAP_LABEL}"><p class="mute waiting">Loading the map…</p></div>
    <div class="zoom">${zoomButton("in", "+", "Zoom in")}${zoomButton("out", "−", "Zoom out")}${zoomButton("reset", "⤢", "Whole map")}</div>
  </div>
  <div class="legend"></div>
  <p class="small mute">Press a symbol to play its sound. Large outlined symbols are prototypes, small symbols are training segments. Dashed
    lines lead to the three nearest prototypes. The map flattens the model's space, so distances on it are only approximate.</p>`;

/** Draw the map into `root` and keep it up to date. */
export async function mountMap(root) {
  render(root, CARD);
  const plot = root.querySelector("#map");
  const legend = root.querySelector(".legend");
  const hidden = new Set();
  subscribe(["bundle"], ({ bundle }) => (root.hidden = !bundle));
  subscribe(["bundle", "explanation"], (now) => drawLegend(legend, now, hidden));

  // The wheel zooms the map only with Ctrl, which a pinch on a touchpad also sets; otherwise it scrolls the page.
  root.addEventListener("wheel", (event) => event.ctrlKey || event.metaKey || event.stopPropagation(), {
    capture: true,
    passive: true,
  });

  let plotly;
  try {
    plotly = await loadPlotly();
  } catch (reason) {
    plot.querySelector(".waiting").textContent = reason.message;
    return;
  }
  let drawing = Promise.resolve();
  const redraw = () => {
    if (!state.bundle) return;
    drawing = drawing.then(() => {
      const same = plot.layout?.uirevision === state.bundle.name; // keep the visitor's zoom
      const ranges = same ? shownRanges(plot) : wholeMap(state.bundle);
      return plotly.react(plot, traces(state, hidden), layout(state.bundle, ranges), CONFIG);
    });
  };
  subscribe(["bundle", "explanation", "selected"], () => {
    if (state.bundle) plot.querySelector(".waiting")?.remove();
    const first = !plot.on && state.bundle;
    redraw();
    if (first) drawing.then(() => plot.on("plotly_click", onPress));
  });
  legend.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-legend]");
    if (!button) return;
    const { legend: id } = button.dataset;
    if (!hidden.delete(id)) hidden.add(id);
    button.setAttribute("aria-pressed", String(!hidden.has(id)));
    redraw();
  });
  root
    .querySelector(".zoom")
    .addEventListener(
      "click",
      ({ target }) => target.dataset.zoom && plot.on && onZoomButton(plotly, plot, target.dataset.zoom),
    );
  onThemeChange(redraw);
  new ResizeObserver(() => plot.on && plot.clientWidth > 0 && plotly.Plots.resize(plot)).observe(plot);
}
