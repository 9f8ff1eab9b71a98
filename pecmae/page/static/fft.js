// Mel spectrogram from a radix-2 FFT, precise enough for a small picture.

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

/**
 * Log-power mel spectrogram.
 * @param {Float32Array} samples
 * @param {number} sampleRate
 * @param {{nColumns: number, nBands: number, size: number, lowHz: number, highHz: number}} shape
 * @returns {Float32Array} decibels, (nColumns, nBands), lowest band first
 */
export function melSpectrogram(samples, sampleRate, { nColumns, nBands, size, lowHz, highHz }) {
  const edges = bandEdges(nBands, lowHz, Math.min(highHz, sampleRate / 2), sampleRate / size);
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  const decibels = new Float32Array(nColumns * nBands);
  const hop = Math.max(1, (samples.length - size) / Math.max(1, nColumns - 1));
  for (let column = 0; column < nColumns; column++) {
    const start = Math.round(column * hop);
    for (let i = 0; i < size; i++) re[i] = (samples[start + i] ?? 0) * window[i];
    im.fill(0);
    fft(re, im);
    for (let band = 0; band < nBands; band++) {
      // A band narrower than a bin takes the nearest bin; a wider one takes the mean of its bins.
      const first = Math.round(edges[band]);
      const last = Math.max(first + 1, Math.round(edges[band + 1]));
      let power = 0;
      for (let bin = first; bin < last; bin++) power += re[bin] * re[bin] + im[bin] * im[bin];
      decibels[column * nBands + band] = 10 * Math.log10(power / (last - first) + 1e-10);
    }
  }
  return decibels;
}
