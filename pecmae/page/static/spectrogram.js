// The mel spectrogram of a sound as a picture.
//
// The colours run from dark blue to paper in even steps of lightness; no class uses them.

import { melSpectrogram } from "./fft.js";
import { inSlices } from "./slices.js";

const SHAPE = { nBands: 64, size: 2048, lowHz: 30, highHz: 11000 };
const RANGE_DB = 65;
const RAMP = [
  [14, 21, 33],
  [32, 49, 74],
  [66, 94, 130],
  [138, 164, 186],
  [204, 214, 218],
  [251, 246, 233],
];

export const WIDTH = 192;
export const HEIGHT = SHAPE.nBands;

/**
 * Write the colour of a level.
 * @param {number} level - 0 is the darkest, 1 the lightest colour
 * @param {Uint8ClampedArray} pixels
 * @param {number} offset - of the pixel's red value
 */
export function colour(level, pixels, offset) {
  const place = Math.min(Math.max(level, 0), 1) * (RAMP.length - 1);
  const i = Math.min(Math.floor(place), RAMP.length - 2);
  for (let k = 0; k < 3; k++) pixels[offset + k] = RAMP[i][k] + (RAMP[i + 1][k] - RAMP[i][k]) * (place - i);
  pixels[offset + 3] = 255;
}

/**
 * The spectrogram of a sound: 65 dB from its loudest point down, the lowest frequencies at the bottom.
 * @param {Float32Array} samples
 * @param {number} sampleRate
 * @param {number} [width] - of the picture
 * @returns {Promise<Uint8ClampedArray<ArrayBuffer>>} red, green, blue and opacity of each pixel, (HEIGHT, width, 4)
 */
export async function pixelsOf(samples, sampleRate, width = WIDTH) {
  const decibels = await melSpectrogram(samples, sampleRate, { ...SHAPE, nColumns: width });
  const loudest = decibels.reduce((a, b) => Math.max(a, b), -Infinity);
  const pixels = new Uint8ClampedArray(4 * width * HEIGHT);
  await inSlices(width, (column) => {
    for (let band = 0; band < HEIGHT; band++) {
      const level = 1 + (decibels[column * HEIGHT + band] - loudest) / RANGE_DB;
      colour(level, pixels, 4 * ((HEIGHT - 1 - band) * width + column));
    }
  });
  return pixels;
}
