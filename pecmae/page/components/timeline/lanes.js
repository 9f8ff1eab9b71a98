// What the lanes along the track show besides similarity: waveform, spectrogram, class scores, and the axis of time.

import { clock, findAs, html, render } from "../../static/dom.js";
import { colourVariable } from "../../static/palette.js";
import { ranking } from "../../static/reading.js";
import { columnEdges, lengthOf } from "../../static/segments.js";
import { t } from "../../static/texts.js";
import { waveformPath } from "../../static/waveform.js";

/**
 * @import {Explanation, SegmentExplanation} from "../../types/api.js"
 * @import {Clip} from "../../static/store.js"
 */

const WIDTH = 1000;
const HEIGHT = 120;
const MAX_STROKES = 240;
const TICK_STEPS_S = [4, 8, 20, 40, 60, 120, 240];
const HATCHING = html`<defs><pattern id="hatching" width="8" height="8" patternUnits="userSpaceOnUse">
  <path d="M-2 2 2 -2M0 8 8 0M6 10 10 6"/></pattern></defs>`;

/**
 * The peaks of the part that was analysed.
 * @param {Float32Array} peaks - of the whole file
 * @param {number} analysedS
 * @param {number} durationS - of the whole file
 */
export const analysedPeaks = (peaks, analysedS, durationS) =>
  peaks.subarray(0, Math.max(1, Math.round(peaks.length * Math.min(1, analysedS / durationS))));

/**
 * The lanes of the sound itself. They are empty until it is decoded, and absent if the browser can't decode it.
 * @param {HTMLElement} root
 * @param {Clip} clip
 * @param {Explanation} explanation
 */
export function drawSound(root, { peaks, spectrogram, playable }, { clip, segments }) {
  if (!playable) {
    render(
      root,
      html`<p class="small mute unreadable">${t("This browser can't decode the track, so there is no waveform and no spectrogram. The analysis isn't affected.")}</p>`,
    );
    return;
  }
  const shown = peaks && analysedPeaks(peaks, lengthOf(segments), clip.duration_s);
  const n = Math.min(shown?.length ?? 0, MAX_STROKES);
  const wave = shown
    ? html`<svg viewBox="0 0 ${3 * n} 56" preserveAspectRatio="none" aria-hidden="true"><path d="${waveformPath(shown, n)}"/></svg>`
    : "";
  render(
    root,
    html`<div class="lane"><span class="lane-name">${t("Waveform")}</span><div class="strip wave-strip">${wave}</div></div>
      <div class="lane"><span class="lane-name">${t("Mel spectrogram")}</span><div class="strip spectrogram-strip">${
        spectrogram &&
        html`<canvas role="img" aria-label="${t("Mel spectrogram of the track, low frequencies at the bottom")}"
          width="${spectrogram.width}" height="${spectrogram.height}"></canvas>`
      }</div></div>`,
  );
  if (spectrogram) findAs(root, "canvas", HTMLCanvasElement).getContext("2d")?.putImageData(spectrogram, 0, 0);
}

/**
 * The scores of each segment, stacked: one path for each class, and hatching where a segment is silent.
 * @param {Explanation} explanation
 * @param {SegmentExplanation[]} segments
 */
export function scoreColumns(explanation, segments) {
  const edges = columnEdges(segments);
  const order = ranking(explanation);
  const gap = Math.min(2, (0.12 * WIDTH) / segments.length);
  const scale = WIDTH / lengthOf(segments);
  /** @type {Map<number, string>} */
  const paths = new Map(order.map((i) => [i, ""]));
  const silent = segments.map(({ scores, is_silent: isSilent }, number) => {
    const x = (scale * edges[number]).toFixed(2);
    const width = Math.max(scale * (edges[number + 1] - edges[number]) - gap, 1).toFixed(2);
    if (isSilent) return html`<rect class="silent" x="${x}" y="0" width="${width}" height="${HEIGHT}"/>`;
    let y = HEIGHT;
    for (const i of order) {
      const height = HEIGHT * scores[i];
      y -= height;
      if (height >= 0.3) paths.set(i, `${paths.get(i)}M${x} ${y.toFixed(2)}h${width}v${height.toFixed(2)}h-${width}z`);
    }
    return "";
  });
  const coloured = [...paths].map(([i, path]) => path && html`<path d="${path}" style="fill:${colourVariable(i)}"/>`);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${HATCHING}${coloured}${silent}</svg>`;
}

/** @param {number} totalS */
export function ticks(totalS) {
  const step = TICK_STEPS_S.find((seconds) => totalS / seconds <= 8) ?? 600;
  const count = Math.floor(totalS / step) + 1;
  return Array.from({ length: count }, (_, i) => i * step)
    .filter((second) => second <= 0.94 * totalS)
    .map((second) => html`<span style="left:${(100 * second) / totalS}%">${clock(second)}</span>`);
}
