// The waveform of the clip on the page.

import { inSlices } from "./slices.js";

const N_PEAKS = 480;

/**
 * The largest level in each of 480 equal parts, relative to the largest of all.
 * @param {Float32Array} samples
 */
export async function peaksOf(samples) {
  const peaks = new Float32Array(N_PEAKS);
  const start = (/** @type {number} */ part) => Math.ceil((part * samples.length) / N_PEAKS);
  await inSlices(N_PEAKS, (part) => {
    for (let i = start(part); i < start(part + 1); i++) peaks[part] = Math.max(peaks[part], Math.abs(samples[i]));
  });
  const loudest = peaks.reduce((a, b) => Math.max(a, b), 1e-4);
  return peaks.map((peak) => peak / loudest);
}

/**
 * The waveform as the path of an SVG, 3 units for each stroke wide and 56 units high.
 * @param {Float32Array} peaks
 * @param {number} [n] - number of strokes
 */
export function waveformPath(peaks, n = 80) {
  const step = peaks.length / n;
  let path = "";
  for (let i = 0; i < n; i++) {
    const peak = peaks.subarray(Math.floor(i * step), Math.floor((i + 1) * step)).reduce((a, b) => Math.max(a, b), 0);
    const height = Math.max(2, 52 * peak);
    path += `M${i * 3 + 1.5} ${28 - height / 2}v${height}`;
  }
  return path;
}
