// The waveform of the visitor's clip, decoded in the browser.

import { decodeAudio, mono } from "./decoding.js";

const N_PEAKS = 480;

/**
 * Peak levels of a sound.
 * @param {Blob} blob
 * @returns {Promise<Float32Array | null>} peaks from 0 to 1, or null if the browser can't read this format
 */
export async function peaksOf(blob) {
  try {
    return peaksOfSamples(mono(await decodeAudio(await blob.arrayBuffer())));
  } catch {
    return null;
  }
}

/**
 * The largest level in each of 480 equal parts, relative to the largest of all.
 * @param {Float32Array} samples
 */
export function peaksOfSamples(samples) {
  const peaks = new Float32Array(N_PEAKS);
  for (let i = 0; i < samples.length; i++) {
    const place = Math.floor((i * N_PEAKS) / samples.length);
    const level = Math.abs(samples[i]);
    if (level > peaks[place]) peaks[place] = level;
  }
  const loudest = peaks.reduce((a, b) => Math.max(a, b), 1e-4);
  return peaks.map((peak) => peak / loudest);
}

/**
 * The waveform as the path of an SVG of 240 by 56 units.
 * @param {Float32Array} peaks
 */
export function waveformPath(peaks) {
  const n = 80;
  const step = peaks.length / n;
  let path = "";
  for (let i = 0; i < n; i++) {
    const peak = peaks.subarray(Math.floor(i * step), Math.floor((i + 1) * step)).reduce((a, b) => Math.max(a, b), 0);
    const height = Math.max(2, 52 * peak);
    path += `M${i * 3 + 1.5} ${28 - height / 2}v${height}`;
  }
  return path;
}
