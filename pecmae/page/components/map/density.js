// Maps of very many training segments: a picture of their density, and symbols where the visitor has zoomed in.

import { colourOf, isDark } from "../../static/palette.js";

/**
 * @import {Image} from "plotly.js-dist-min"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Range} from "./figure.js"
 * @typedef {{map: [number, number]}} Placed
 * @typedef {[red: number, green: number, blue: number]} Colour
 */

/** Symbols of training segments that a map has at most: with more, it can't follow a pan within 100 ms. */
export const MOST_SYMBOLS = 2000;
const MARGIN = 0.25; // of the shown part, on each side, where symbols are drawn too
const N_CELLS = 256; // along each side of the picture
const FULL = 0.98; // quantile of the occupied cells from which a cell is opaque
const OPACITY = 0.9;
const OPACITY_BEHIND_SYMBOLS = 0.3;

/**
 * The training segments that get a symbol: all if they are few, otherwise those in and around the shown part of the
 * map. None if they are too many.
 * @template {Placed} T
 * @param {T[]} points
 * @param {[x: Range, y: Range]} shown
 * @returns {T[]}
 */
export function withSymbol(points, shown) {
  if (points.length <= MOST_SYMBOLS) return points;
  const [[left, right], [bottom, top]] = shown.map(([low, high]) => {
    const margin = MARGIN * (high - low);
    return [low - margin, high + margin];
  });
  /** @type {T[]} */
  const found = [];
  for (const point of points) {
    const [x, y] = point.map;
    if (x < left || x > right || y < bottom || y > top) continue;
    if (found.length === MOST_SYMBOLS) return [];
    found.push(point);
  }
  return found;
}

/**
 * Blur a square of cells with the weights 1, 2, 1 along one side.
 * @param {Float32Array} cells
 * @param {number} n - cells along a side
 * @param {number} step - from a cell to the next along the blurred side
 */
function blurred(cells, n, step) {
  const other = step === 1 ? n : 1;
  const result = new Float32Array(cells.length);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < n; i++) {
      const place = row * other + i * step;
      const before = i > 0 ? cells[place - step] : 0;
      const after = i < n - 1 ? cells[place + step] : 0;
      result[place] = (before + 2 * cells[place] + after) / 4;
    }
  }
  return result;
}

/**
 * The density of points as pixels: a cell has the mean colour of its points, and is the more opaque the more it has.
 * @template {Placed} T
 * @param {T[]} points
 * @param {(point: T) => Colour} colour
 * @param {[x: Range, y: Range]} whole - ranges that contain all points
 * @param {number} n - pixels along each side
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue and alpha of every pixel, from the upper left
 */
export function densityPixels(points, colour, [[left, right], [bottom, top]], n) {
  let sums = Array.from({ length: 4 }, () => new Float32Array(n * n)); // red, green, blue, number
  for (const point of points) {
    const column = Math.min(n - 1, Math.floor((n * (point.map[0] - left)) / (right - left)));
    const row = Math.min(n - 1, Math.floor((n * (top - point.map[1])) / (top - bottom)));
    const cell = row * n + column;
    const values = colour(point);
    for (let channel = 0; channel < 3; channel++) sums[channel][cell] += values[channel];
    sums[3][cell] += 1;
  }
  sums = sums.map((cells) => blurred(blurred(cells, n, 1), n, n));
  const numbers = sums[3];
  const occupied = numbers.filter((number) => number > 0).sort();
  const full = occupied[Math.floor(FULL * (occupied.length - 1))] ?? 1;
  const pixels = new Uint8ClampedArray(4 * n * n);
  numbers.forEach((number, cell) => {
    if (number === 0) return;
    for (let channel = 0; channel < 3; channel++) pixels[4 * cell + channel] = sums[channel][cell] / number;
    pixels[4 * cell + 3] = 255 * Math.sqrt(Math.min(1, number / full));
  });
  return pixels;
}

/**
 * @param {string} hex - such as "#332288"
 * @returns {Colour}
 */
const parsed = (hex) =>
  /** @type {Colour} */ ([1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)));

/** @type {WeakMap<Bundle, {key: string, source: string}>} */
const pictures = new WeakMap();

/**
 * @param {Bundle} bundle
 * @param {Set<string>} grey
 * @param {[x: Range, y: Range]} whole
 */
function picture(bundle, grey, whole) {
  const key = JSON.stringify([isDark(), [...grey].sort()]);
  const known = pictures.get(bundle);
  if (known?.key === key) return known.source;
  const length = getComputedStyle(document.body).getPropertyValue("--length").trim();
  const colours = new Map(bundle.classes.map(({ id, index }) => [id, parsed(grey.has(id) ? length : colourOf(index))]));
  const pixels = densityPixels(bundle.points, (point) => colours.get(point.class) ?? [0, 0, 0], whole, N_CELLS);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = N_CELLS;
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, N_CELLS), 0, 0);
  const source = canvas.toDataURL();
  pictures.set(bundle, { key, source });
  return source;
}

/**
 * The picture of the density behind the symbols of a map that can't have a symbol for each training segment.
 * @param {Bundle} bundle
 * @param {Set<string>} grey - ids of the classes that are switched off in the legend
 * @param {[x: Range, y: Range]} whole - ranges of the whole map
 * @param {boolean} isBehindSymbols
 * @returns {Partial<Image>[]} nothing if the map has few training segments
 */
export function densityImages(bundle, grey, [x, y], isBehindSymbols) {
  if (bundle.points.length <= MOST_SYMBOLS) return [];
  return [
    {
      source: picture(bundle, grey, [x, y]),
      xref: "x",
      yref: "y",
      x: x[0],
      y: y[1],
      sizex: x[1] - x[0],
      sizey: y[1] - y[0],
      sizing: "stretch",
      layer: "below",
      opacity: isBehindSymbols ? OPACITY_BEHIND_SYMBOLS : OPACITY,
    },
  ];
}
