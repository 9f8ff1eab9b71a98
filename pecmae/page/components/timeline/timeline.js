// The scores of each segment along the track, with a playhead. A press plays the track from there.

import { className, clock, closest, find, fixed, html, render } from "../../static/dom.js";
import { colourVariable } from "../../static/palette.js";
import { currentUrl, onPlayer, play, positionS } from "../../static/player.js";
import { ranking, segmentAt } from "../../static/reading.js";
import { state, subscribe } from "../../static/store.js";

/**
 * @import {Explanation, SegmentExplanation} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 */

const WIDTH = 1000;
const HEIGHT = 120;
const HATCHING = html`<defs><pattern id="hatching" width="8" height="8" patternUnits="userSpaceOnUse">
  <path d="M-2 2 2 -2M0 8 8 0M6 10 10 6"/></pattern></defs>`;
/**
 * The end of the last segment.
 * @param {Explanation} explanation
 */
const lengthOf = ({ segments }) => segments[segments.length - 1].end_s;

const TICK_STEPS_S = [4, 8, 20, 40, 60, 120, 240];

/** @param {Explanation} explanation */
function columns(explanation) {
  const { segments } = explanation;
  const order = ranking(explanation);
  const total = lengthOf(explanation);
  const gap = Math.min(2, (0.12 * WIDTH) / segments.length);
  return segments.map((segment, number) => {
    const endS = segments[number + 1]?.start_s ?? segment.end_s; // the last segment may overlap the one before
    const x = (WIDTH * segment.start_s) / total;
    const width = Math.max((WIDTH * (endS - segment.start_s)) / total - gap, 1);
    if (segment.is_silent)
      return html`<rect class="silent" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="${HEIGHT}"/>`;
    let y = HEIGHT;
    return order.map((i) => {
      const height = HEIGHT * segment.scores[i];
      y -= height;
      return height < 0.3
        ? ""
        : html`<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${width.toFixed(2)}" height="${height.toFixed(2)}" style="fill:${colourVariable(i)}"/>`;
    });
  });
}

/** @param {number} totalS */
function ticks(totalS) {
  const step = TICK_STEPS_S.find((seconds) => totalS / seconds <= 8) ?? 600;
  const count = Math.floor(totalS / step) + 1;
  return Array.from({ length: count }, (_, i) => i * step)
    .filter((second) => second <= 0.94 * totalS)
    .map((second) => html`<span style="left:${(100 * second) / totalS}%">${clock(second)}</span>`);
}

/**
 * @param {Bundle} bundle
 * @param {SegmentExplanation} segment
 */
function describe(bundle, segment) {
  const span = `${clock(segment.start_s)} to ${clock(segment.end_s)}`;
  if (segment.is_silent) return `${span}: silent. This segment isn't used for the scores.`;
  const order = bundle.classes.map((item) => item.index).sort((a, b) => segment.scores[b] - segment.scores[a]);
  const [first, second] = order.map((i) => `${bundle.classes[i].label} ${fixed(segment.scores[i])}`);
  return `${span}: ${[first, second].filter(Boolean).join(", ")}. Nearest prototype: ${segment.nearest}.`;
}

/** @param {HTMLElement} root */
function draw(root) {
  const { bundle, explanation } = state;
  root.hidden = !explanation;
  if (!bundle || !explanation) return;
  const total = lengthOf(explanation);
  const [first] = explanation.segments;
  render(
    root,
    html`<h2>Scores along the track<span class="hint end">press a column to play from it</span></h2>
      <div class="columns" role="slider" tabindex="0" aria-label="Position in the track" aria-valuemin="0" aria-valuemax="${total}"
        aria-valuenow="0" aria-valuetext="${describe(bundle, first)}">
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${HATCHING}${columns(explanation)}</svg>
        <i class="playhead" hidden></i></div>
      <div class="ticks" aria-hidden="true">${ticks(total)}</div>
      <p class="legend colours">${ranking(explanation).map((i) => className(bundle.classes[i]))}</p>
      <p class="small mute readout" aria-live="off">Each column shows the scores of one segment of ${bundle.segmentS} s.${explanation.segments.some((segment) => segment.is_silent) && " Hatched segments are silent and aren't used for the scores."}</p>`,
  );
}

/**
 * Draw the scores along the track into `root` and keep them up to date.
 * @param {HTMLElement} root
 */
export function mountTimeline(root) {
  /** @param {SegmentExplanation | null} segment */
  const showDetails = (segment) => {
    if (segment && state.bundle) find(root, ".readout").textContent = describe(state.bundle, segment);
  };
  /**
   * The segment under the pointer; null outside the columns.
   * @param {MouseEvent} event
   */
  const segmentUnder = (event) => {
    const columns = closest(event, ".columns");
    if (!columns || !state.explanation) return null;
    const { left, width } = columns.getBoundingClientRect();
    const fraction = Math.min(Math.max((event.clientX - left) / width, 0), 0.9999);
    return segmentAt(state.explanation, fraction * lengthOf(state.explanation));
  };
  /**
   * Move the playhead.
   * @param {number} second
   * @param {SegmentExplanation | null} segment
   */
  const point = (second, segment) => {
    if (!state.explanation || !state.bundle) return;
    const total = lengthOf(state.explanation);
    const slider = find(root, ".columns");
    const line = find(root, ".playhead");
    line.hidden = false;
    line.style.left = `${(100 * Math.min(second, total)) / total}%`;
    if (!segment || slider.getAttribute("aria-valuenow") === String(segment.start_s)) return;
    slider.setAttribute("aria-valuenow", String(segment.start_s));
    slider.setAttribute("aria-valuetext", describe(state.bundle, segment));
    showDetails(segment);
  };
  /** @param {SegmentExplanation | null} segment */
  const jump = (segment) => {
    if (!segment) return;
    if (state.clip?.playable) play(state.clip.url, segment.start_s);
    point(segment.start_s, segment);
  };
  root.addEventListener("click", (event) => jump(segmentUnder(event)));
  root.addEventListener("pointermove", (event) => showDetails(segmentUnder(event)));
  root.addEventListener("keydown", (event) => {
    const slider = closest(event, ".columns");
    if (!slider || !state.explanation) return;
    const { segments } = state.explanation;
    const now = Number(slider.getAttribute("aria-valuenow"));
    const number = segments.findIndex((segment) => segment.start_s === now);
    const last = segments.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: Math.min(number + 1, last), ArrowLeft: Math.max(number - 1, 0), Home: 0, End: last };
    if (event.key === "Enter" || event.key === " ") jump(segments[number]);
    else if (event.key in moves) {
      const segment = segments[moves[event.key]];
      point(segment.start_s, segment);
    } else return;
    event.preventDefault();
  });
  subscribe(["bundle", "explanation"], () => draw(root));
  onPlayer(() => {
    const { explanation, clip } = state;
    if (explanation && clip && currentUrl() === clip.url) point(positionS(), segmentAt(explanation, positionS()));
  });
}
