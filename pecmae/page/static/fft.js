// Mel spectrogram from a radix-2 FFT, precise enough for a picture.

import { inSlices } from "./slices.js";

/**
 * In-place FFT of separate real and imaginary parts.
 * @param {Float64Array} re - length a power of two
 * @param {Float64Array} im
 */
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const angle = (-2 * Math.PI) / size;
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const c = Math.cos(angle * k);
      const s = Math.sin(angle * k);
      for (let start = k; start < n; start += size) {
        const other = start + half;
        const x = re[other] * c - im[other] * s;
        const y = re[other] * s + im[other] * c;
        re[other] = re[start] - x;
        im[other] = im[start] - y;
        re[start] += x;
        im[start] += y;
      }
    }
  }
}

/** @param {number} hz */
const toMel = (hz) => 2595 * Math.log10(1 + hz / 700);
/** @param {number} mel */
const toHz = (mel) => 700 * (10 ** (mel / 2595) - 1);

/**
 * Lower edge of each band, in FFT bins, and the upper edge of the last band.
 * @param {number} nBands
 * @param {number} lowHz
 * @param {number} highHz
 * @param {number} binHz
 */
function bandEdges(nBands, lowHz, highHz, binHz) {
  const low = toMel(lowHz);
  const step = (toMel(highHz) - low) / nBands;
  return Array.from({ length: nBands + 1 }, (_, i) => toHz(low + i * step) / binHz);
}

const MAX_WINDOWS = 4;

/**
 * Log-power mel spectrogram. Where columns are farther apart than a window is long, a column is the mean of up to four
 * windows.
 * @param {Float32Array} samples
 * @param {number} sampleRate
 * @param {{nColumns: number, nBands: number, size: number, lowHz: number, highHz: number}} shape
 * @returns {Promise<Float32Array>} decibels, (nColumns, nBands), lowest band first
 */
export async function melSpectrogram(samples, sampleRate, { nColumns, nBands, size, lowHz, highHz }) {
  const edges = bandEdges(nBands, lowHz, Math.min(highHz, sampleRate / 2), sampleRate / size);
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  const power = new Float64Array(size); // of each bin, summed over the windows of a column
  const decibels = new Float32Array(nColumns * nBands);
  const hop = Math.max(1, (samples.length - size) / Math.max(1, nColumns - 1));
  const nWindows = Math.min(Math.max(Math.round(hop / size), 1), MAX_WINDOWS);
  await inSlices(nColumns, (column) => {
    power.fill(0);
    for (let k = 0; k < nWindows; k++) {
      const start = Math.round((column + k / nWindows) * hop);
      for (let i = 0; i < size; i++) re[i] = (samples[start + i] ?? 0) * window[i];
      im.fill(0);
      fft(re, im);
      for (let bin = 0; bin < size; bin++) power[bin] += (re[bin] * re[bin] + im[bin] * im[bin]) / nWindows;
    }
    for (let band = 0; band < nBands; band++) {
      // A band narrower than a bin takes the nearest bin; a wider one takes the mean of its bins.
      const first = Math.round(edges[band]);
      const last = Math.max(first + 1, Math.round(edges[band + 1]));
      let sum = 0;
      for (let bin = first; bin < last; bin++) sum += power[bin];
      decibels[column * nBands + band] = 10 * Math.log10(sum / (last - first) + 1e-10);
    }
  });
  return decibels;
}
