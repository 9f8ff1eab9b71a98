// Along the track, on one axis of time: waveform, spectrogram, class scores and similarity to prototypes. A press plays
// from there and selects the segment; a playhead runs over all lanes.

import { className, closest, find, html, render } from "../../static/dom.js";
import { bodyStyle, onThemeChange } from "../../static/palette.js";
import { currentUrl, isPlaying, onPlayer, pause, play, positionS } from "../../static/player.js";
import { ranking } from "../../static/reading.js";
import { columnAt, columnEdges, lengthOf, segmentOf, shownSegments } from "../../static/segments.js";
import { state, subscribe, update } from "../../static/store.js";
import { t, tn } from "../../static/texts.js";
import { showEverySecond, showWholeSegments } from "../along/along.js";
import { placed } from "../map/figure.js";
import { heatLane, heatLegend, heatRows, N_ROWS, paintRow, scaleOf } from "./heat.js";
import { drawSound, scoreColumns, ticks } from "./lanes.js";
import { columnsHint, describeSegment, everySecond, selectedSegment } from "./selection.js";

/** @import {SegmentExplanation} from "../../types/api.js" */

const card =
  () => html`<h2>${t("Along the track")}<span class="hint end">${t("press anywhere to play from there")}</span></h2>
  <div class="every small"></div>
  <div class="along">
    <div class="sound-lanes"></div>
    <div class="lane"><span class="lane-name">${t("Class scores")}</span><div class="strip columns"></div></div>
    <div class="heat-lanes" role="group" aria-label="${t("Similarity to prototypes along the track")}"></div>
    <div class="over" role="slider" tabindex="0" aria-label="${t("Position in the track")}" aria-valuemin="0" aria-valuenow="0">
      <i class="chosen" hidden></i><i class="playhead" hidden></i></div>
  </div>
  <div class="ticks" aria-hidden="true"></div>
  <p class="small mute readout" aria-live="off"></p>
  <div class="selection" hidden></div>
  <p class="legend colours"></p>
  <div class="heat-foot"><p class="heat-legend"></p><button type="button" class="link" data-all></button></div>`;

/**
 * Draw the card into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountTimeline(root) {
  render(root, card());
  const part = (/** @type {string} */ selector) => find(root, selector);
  const [slider, playhead, chosen] = [part(".over"), part(".playhead"), part(".chosen")];
  let all = false;
  /** @type {SegmentExplanation[]} */
  let segments = []; // that are shown
  let edges = [0, 1]; // of their columns, in seconds
  let atS = 0; // where the playhead is
  const totalS = () => edges[edges.length - 1];

  const drawHeat = () => {
    const { bundle, explanation } = state;
    if (!bundle || !explanation) return;
    const rows = heatRows(explanation, segments, all);
    const scale = scaleOf(segments);
    render(part(".heat-lanes"), html`${rows.map((row) => heatLane(bundle, row, segments))}`);
    const colour = bodyStyle("--accent");
    for (const [i, canvas] of root.querySelectorAll(".heat-lanes canvas").entries())
      if (canvas instanceof HTMLCanvasElement) paintRow(canvas, rows[i], edges, scale, colour);
    render(part(".heat-legend"), heatLegend(scale));
    const n = explanation.prototypes.length;
    const button = part("[data-all]");
    button.hidden = n <= N_ROWS;
    button.setAttribute("aria-expanded", String(all));
    button.textContent = all
      ? t("Show the {n} most similar prototypes", { n: N_ROWS })
      : tn("Show {n} prototype", "Show all {n} prototypes", n);
  };
  /**
   * What a segment says, unless that stands below already.
   * @param {number} index
   */
  const showReading = (index) => {
    const readout = part(".readout");
    readout.hidden = index === state.selectedSegment;
    if (segments[index] && state.bundle) readout.textContent = describeSegment(state.bundle, segments[index]);
  };
  /** @param {number} second */
  const point = (second) => {
    const { bundle } = state;
    const index = columnAt(edges, second);
    const segment = segments[index];
    if (!bundle || !segment) return;
    atS = Math.min(second, totalS());
    playhead.hidden = false;
    playhead.style.left = `${(100 * atS) / totalS()}%`;
    if (slider.getAttribute("aria-valuenow") === String(segment.start_s)) return;
    slider.setAttribute("aria-valuenow", String(segment.start_s));
    slider.setAttribute("aria-valuetext", describeSegment(bundle, segment));
    showReading(index);
  };
  const drawSegments = () => {
    const { bundle, explanation } = state;
    root.hidden = !explanation;
    if (!bundle || !explanation) return;
    segments = shownSegments(state);
    edges = columnEdges(segments);
    atS = 0;
    playhead.hidden = true;
    render(part(".columns"), scoreColumns(explanation, segments));
    render(part(".ticks"), html`${ticks(lengthOf(segments))}`);
    render(part(".legend.colours"), html`${ranking(explanation).map((i) => className(bundle.classes[i]))}`);
    slider.setAttribute("aria-valuemax", String(totalS()));
    slider.setAttribute("aria-valuenow", "0");
    slider.setAttribute("aria-valuetext", describeSegment(bundle, segments[0]));
    part(".readout").textContent = columnsHint(bundle, segments, state.along !== null);
    drawHeat();
  };
  const drawSelection = () => {
    const { bundle, explanation } = state;
    const segment = segmentOf(state);
    chosen.hidden = part(".selection").hidden = !segment;
    part(".readout").hidden = segment !== null;
    if (!bundle || !explanation || !segment) return;
    chosen.style.left = `${(100 * segment.start_s) / totalS()}%`;
    chosen.style.width = `${(100 * (segment.end_s - segment.start_s)) / totalS()}%`;
    render(part(".selection"), selectedSegment(bundle, explanation, segment, placed(state) !== null));
  };

  /**
   * The second under the pointer.
   * @param {MouseEvent} event
   */
  const secondUnder = ({ clientX }) => {
    const { left, width } = slider.getBoundingClientRect();
    return Math.min(Math.max((clientX - left) / width, 0), 0.9999) * totalS();
  };
  /**
   * Select a segment and go to a second of it.
   * @param {number} index
   * @param {number} second
   * @param {boolean} plays
   */
  const select = (index, second, plays) => {
    if (plays && state.clip?.playable) play(state.clip.url, second);
    point(second);
    update({ selectedSegment: index });
  };
  slider.addEventListener("click", (event) => {
    const second = secondUnder(event);
    select(columnAt(edges, second), second, true);
  });
  slider.addEventListener("pointermove", (event) => showReading(columnAt(edges, secondUnder(event))));
  slider.addEventListener("keydown", (event) => {
    const url = state.clip?.url ?? "";
    const now = columnAt(edges, atS);
    const last = segments.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: Math.min(now + 1, last), ArrowLeft: Math.max(now - 1, 0), Home: 0, End: last };
    if (event.key === "Enter" || event.key === " ") {
      if (isPlaying(url)) pause();
      else select(now, atS, true);
    } else if (event.key in moves) {
      const index = moves[event.key];
      select(index, index ? edges[index] : 0, isPlaying(url));
    } else return;
    event.preventDefault();
  });
  root.addEventListener("click", (event) => {
    if (closest(event, "[data-whole]")) {
      update({ selectedSegment: null });
      slider.focus({ preventScroll: true });
    }
    if (closest(event, "[data-every]")) {
      if (state.along && !state.along.error) showWholeSegments();
      else showEverySecond();
    }
    if (closest(event, "[data-cancel]")) showWholeSegments();
    if (closest(event, "[data-all]")) {
      all = !all;
      drawHeat();
    }
    const id = closest(event, "[data-prototype]")?.dataset.prototype;
    if (id) update({ selected: { kind: "prototype", id } });
  });
  subscribe(["bundle", "explanation", "along"], (now) => {
    render(part(".every"), everySecond(now.along));
    if (!now.explanation || segments !== shownSegments(now)) drawSegments();
  });
  subscribe(["bundle", "explanation", "selectedSegment"], drawSelection);
  subscribe(["clip", "explanation"], ({ clip, explanation }) => {
    if (clip && explanation) drawSound(part(".sound-lanes"), clip, explanation);
  });
  onThemeChange(drawHeat);
  onPlayer(() => {
    if (state.explanation && state.clip && currentUrl() === state.clip.url) point(positionS());
  });
}
