// The page's texts in the visitor's language. The English text is its own key, as in gettext; languages.py reads the
// translations. The server says in `<html lang>` which language it is.

/**
 * @typedef {Record<string, unknown>} Values - what stands for `{name}` in a text
 * @typedef {{texts: Record<string, string | string[]>, data: Record<string, string>, server: Record<string, string>}}
 *   Catalogue - the translations of the page's texts, of bundles' texts, and of the server's sentences
 */

/** The visitor's language. */
export const language = globalThis.document?.documentElement.lang || "en";

/** @returns {Promise<Catalogue>} */
async function load() {
  const response = language === "en" ? null : await fetch(`/page/texts/${language}.json`).catch(() => null);
  return response?.ok ? response.json() : { texts: {}, data: {}, server: {} };
}

const catalogue = await load();

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
export const translation = (text) => String(catalogue.texts[text] ?? text);

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
  const forms = catalogue.texts[one];
  const [single, several] = Array.isArray(forms) ? forms : [one, many];
  return fill(n === 1 ? single : several, { n, ...values }, String);
}

/**
 * A text of a bundle in the visitor's language, such as the name of a class; unknown ones stay as they are.
 * @param {string} text
 */
export const dataText = (text) => catalogue.data[text] ?? text;

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * The whole sentence with `(?<name>.+)` for each `{name}`.
 * @param {string} text
 */
const pattern = (text) =>
  new RegExp(
    `^${text
      .split(/\{(\w+)\}/)
      .map((part, i) => (i % 2 ? `(?<${part}>.+?)` : escaped(part)))
      .join("")}$`,
    "s",
  );

/** @type {[RegExp, string][]} */
const sentences = Object.entries(catalogue.server).map(([text, translated]) => [pattern(text), translated]);

/**
 * A sentence of the server, which is English, in the visitor's language; unknown ones stay English. Its parts may be
 * such texts themselves.
 * @param {string} sentence
 * @returns {string}
 */
export function translated(sentence) {
  for (const [known, translation] of sentences) {
    const match = known.exec(sentence);
    if (match) return fill(translation, match.groups ?? {}, (value) => translated(String(value)));
  }
  return dataText(sentence);
}
