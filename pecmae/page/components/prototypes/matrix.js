// A table of classes by classes, with shaded cells.

import { className, html } from "../../static/dom.js";

/**
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Markup} from "../../static/dom.js"
 * @typedef {{shown: Markup | string, level: number}} Cell - the level from 0 to 1 shades the cell
 */

/**
 * A table whose rows and columns are the bundle's classes.
 * @param {Bundle} bundle
 * @param {{name: string, rows: string, columns: string, cell: (row: number, column: number) => Cell}} options
 */
export const matrix = (
  { classes },
  { name, rows, columns, cell },
) => html`<div class="matrix-frame" role="region" tabindex="0"
    aria-label="${name}"><table class="matrix">
  <thead><tr><td class="small mute">${rows} ↓ ${columns} →</td>${classes.map((item) => html`<th scope="col">${className(item)}</th>`)}</tr></thead>
  <tbody>${classes.map(
    (row) =>
      html`<tr><th scope="row">${className(row)}</th>${classes.map((column) => {
        const { shown, level } = cell(row.index, column.index);
        return html`<td style="--level:${level.toFixed(3)}"${row === column && html` class="same"`}>${shown}</td>`;
      })}</tr>`,
  )}</tbody></table></div>`;

/**
 * Counts as cells, shaded by their ratio of the row's sum.
 * @param {number[][]} counts
 * @param {(row: number, column: number, count: number) => Markup | string} [show]
 * @returns {(row: number, column: number) => Cell}
 */
export function countCells(counts, show = (_row, _column, count) => html`${count}`) {
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  return (row, column) => {
    const count = counts[row][column];
    if (!count) return { shown: html`<span class="mute">0</span>`, level: 0 };
    return { shown: show(row, column, count), level: count / sums[row] };
  };
}

/**
 * Distances as cells; the smallest is the darkest.
 * @param {number[][]} distances
 * @returns {(row: number, column: number) => Cell}
 */
export function distanceCells(distances) {
  const all = distances.flat();
  const low = Math.min(...all);
  const high = Math.max(...all);
  return (row, column) => {
    const distance = distances[row][column];
    return { shown: distance.toFixed(2), level: high > low ? (high - distance) / (high - low) : 0 };
  };
}
