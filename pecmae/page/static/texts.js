// The page's texts in the visitor's language. The English text is its own key, as in gettext; languages.py reads the
// translations. The server says in `<html lang>` which language it is.

/**
 * @typedef {Record<string, unknown>} Values - what stands for `{name}` in a text
 * @typedef {{texts: Record<string, string | string[]>, known: Record<string, string>}} Catalogue - the translations of the
 *   page's own texts, and of known texts of bundles and of the server
 */

/** The visitor's language. */
export const language = globalThis.document?.documentElement.lang || "en";

/** @returns {Promise<Catalogue>} */
async function load() {
  const response = language === "en" ? null : await fetch(`/page/texts/${language}.json`).catch(() => null);
  return response?.ok ? response.json() : { texts: {}, known: {} };
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

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * An expression for a whole text with anything in place of each `{name}`.
 * @param {string} text
 */
function pattern(text) {
  const parts = text.split(/\{(\w+)\}/); // every second one is a name
  return new RegExp(`^${parts.map((part, i) => (i % 2 ? `(?<${part}>.+?)` : escaped(part))).join("")}$`, "s");
}

const patterns = Object.entries(catalogue.known)
  .filter(([text]) => text.includes("{"))
  .map(([text, translation]) => ({ known: pattern(text), translation }));

/**
 * A text that doesn't come from the page, such as the name of a class or a sentence of the server, in the visitor's
 * language; unknown ones stay as they are. What varies in a sentence may be such a text too.
 * @param {string} text
 * @returns {string}
 */
export function translated(text) {
  const whole = catalogue.known[text];
  if (whole) return whole;
  for (const { known, translation } of patterns) {
    const match = known.exec(text);
    if (match) return fill(translation, match.groups ?? {}, (value) => translated(String(value)));
  }
  return text;
}
