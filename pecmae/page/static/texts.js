// The page's texts in the visitor's language. The English text is its own key, as in gettext.

/** @typedef {Record<string, unknown>} Values - what stands for `{name}` in a text */

/** @type {Record<string, string | string[]>} */
const catalogue = {};

/**
 * @param {string} text
 * @param {(value: unknown) => string} shown
 * @param {Values} values
 */
export const fill = (text, values, shown) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? shown(values[name]) : place));

/**
 * The translation that is filled in later; the English text if there is none.
 * @param {string} text
 */
export const translation = (text) => String(catalogue[text] ?? text);

/**
 * A text in the visitor's language.
 * @param {string} text - in English, with `{name}` for each value
 * @param {Values} [values]
 */
export const t = (text, values = {}) => fill(translation(text), values, String);

/**
 * A text on a number of things, in the visitor's language; `{n}` is the number.
 * @param {string} one - in English, for one thing
 * @param {string} many - in English, for several
 * @param {number} n
 * @param {Values} [values]
 */
export function tn(one, many, n, values = {}) {
  const forms = catalogue[one];
  const [single, several] = Array.isArray(forms) ? forms : [one, many];
  return fill(n === 1 ? single : several, { n, ...values }, String);
}
