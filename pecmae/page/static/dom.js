// Building blocks of the page: escaped templates, icons, and numbers and times formatted for people.

import { markerSvg } from "./palette.js";
import { fill, language, t, translation } from "./texts.js";

/** @import {Values} from "./texts.js" */

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text that is safe to insert as HTML. */
export class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @param {unknown} value */
const escaped = (value) => String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);

/**
 * @param {unknown} value
 * @returns {string}
 */
function interpolate(value) {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(interpolate).join("");
  return escaped(value);
}

const ARIA_STATE = /\saria-[a-z]+="$/;

/**
 * Template tag that escapes every interpolated value except the results of `html` itself. False gives nothing, except
 * as the value of an attribute such as `aria-pressed`, which is "true" or "false".
 * @param {TemplateStringsArray} strings
 * @param {unknown[]} values
 */
export function html(strings, ...values) {
  return new Markup(
    strings.reduce((text, part, i) => {
      const value = values[i - 1];
      const isState = typeof value === "boolean" && ARIA_STATE.test(strings[i - 1]);
      return text + (isState ? value : interpolate(value)) + part;
    }),
  );
}

/**
 * A text in the visitor's language as markup. Its values are inserted as by `html`, and may be markup.
 * @param {string} text - in English, with `{name}` for each value
 * @param {Values} values
 */
export const tm = (text, values) => new Markup(fill(String(escaped(translation(text))), values, interpolate));

/**
 * Several things in a sentence: "a, b and c".
 * @param {(Markup | string)[]} items
 */
export function series(items) {
  const format = new Intl.ListFormat(language === "en" ? "en-GB" : language);
  const parts = format.formatToParts(items.map((_, i) => String(i)));
  return html`${parts.map(({ type, value }) => (type === "element" ? items[Number(value)] : value))}`;
}

/**
 * Change an element's content; if the focus is inside, move it to the same control of the new content, or else to a
 * control of the same kind.
 * @param {Element} element
 * @param {() => void} change
 */
function keepFocus(element, change) {
  const focused = document.activeElement;
  if (!focused || focused === element || !element.contains(focused)) {
    change();
    return;
  }
  const names = focused.getAttributeNames().filter((name) => name.startsWith("data-"));
  const kind = focused.tagName + names.map((name) => `[${name}]`).join("");
  const values = names.map((name) => `[${name}="${CSS.escape(focused.getAttribute(name) ?? "")}"]`);
  const same = focused.tagName + values.join("");
  const place = [...element.querySelectorAll(same)].indexOf(focused);
  change();
  const next = element.querySelectorAll(same)[place] ?? element.querySelector(same) ?? element.querySelector(kind);
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/**
 * Replace an element's content with a result of `html`. The focus stays on the same control.
 * @template {Element} T
 * @param {T} element
 * @param {Markup} markup
 * @returns {T}
 */
export function render(element, markup) {
  keepFocus(element, () => {
    element.innerHTML = markup.toString();
  });
  return element;
}

/**
 * The element of a template that a selector finds, which is of a given kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 */
export function findAs(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`no ${kind.name} ${selector}`);
  return element;
}

/**
 * The element of a template that a selector finds.
 * @param {ParentNode} root
 * @param {string} selector
 */
export const find = (root, selector) => findAs(root, selector, HTMLElement);

/**
 * The element that matches a selector, from an event's target outwards.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(event, selector) {
  const element = event.target instanceof Element ? event.target.closest(selector) : null;
  return element instanceof HTMLElement ? element : null;
}

/**
 * A class's marker and its name. The name is in ink, because some class colours are too light for text.
 * @param {{label: string, index: number}} item
 */
export const className = ({ label, index }) =>
  html`<span class="class">${new Markup(markerSvg(index))}<span>${label}</span></span>`;

const PLAY = new Markup(
  '<svg class="icon play-icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M5 3.2v9.6L12.6 8z"/></svg>',
);
const STOP = new Markup(
  '<svg class="icon stop-icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4h8v8H4z"/></svg>',
);

/** Both icons of a play button; the style sheet shows the one for the button's state. */
export const playIcons = new Markup(PLAY.text + STOP.text);

/**
 * The round play button to the left of everything that names a sound.
 * @param {string | null | undefined} url - the sound's address; null if there is no sound, then there is no button
 * @param {string} name - the sound's name, for the label "Play {name}"
 * @param {number} [startS] - second to start from
 */
export function playButton(url, name, startS) {
  if (!url) return "";
  const start = startS === undefined ? "" : html` data-start="${startS}"`;
  return html`<button type="button" class="play" data-sound="${url}" ${start} data-name="${name}" aria-pressed="false"
    aria-label="${t("Play {name}", { name })}" title="${t("Play {name}", { name })}">${playIcons}</button>`;
}

/**
 * A name that plays its sound when pressed; without a sound, the name alone.
 * @param {string | null | undefined} url
 * @param {string} name - for the label "Play {name}", which must contain the shown text
 * @param {Markup | string} shown
 */
export const playName = (url, name, shown) =>
  url
    ? html`<button type="button" class="play-name" data-sound="${url}" data-name="${name}" aria-pressed="false"
        aria-label="${t("Play {name}", { name })}" title="${t("Play {name}", { name })}">${shown}</button>`
    : html`${shown}`;

/**
 * The play button and the small spectrogram at the start of a row.
 * @param {string} url
 * @param {string} name
 */
export const soundStart = (url, name) =>
  html`${playButton(url, name)}<sound-picture src="${url}" aria-hidden="true"></sound-picture>`;

const MINUS = "−";

/**
 * A number with a fixed number of decimals and a proper minus sign.
 * @param {number} value
 */
export const fixed = (value, decimals = 2) => value.toFixed(decimals).replace("-", MINUS);

/**
 * The same, with a plus sign before positive numbers and no sign before numbers that round to zero.
 * @param {number} value
 */
export function signed(value, decimals = 3) {
  const text = fixed(value, decimals);
  if (Number(value.toFixed(decimals)) === 0) return text.replace(MINUS, "");
  return value > 0 ? `+${text}` : text;
}

/**
 * 61.4 seconds as 1:01.
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * A fraction as "7 %", "less than 1 %" or "0 %".
 * @param {number} fraction
 */
export function percent(fraction) {
  if (fraction > 0 && fraction < 0.01) return t("less than 1 %");
  return t("{percentage} %", { percentage: Math.round(fraction * 100) });
}

/**
 * A count and its noun: "1 clip", "2 clips".
 * @param {number} count
 * @param {string} singular
 */
export const plural = (count, singular, many = `${singular}s`) => `${count} ${count === 1 ? singular : many}`;

export const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Scroll an element into view if needed, smoothly unless the visitor prefers reduced motion.
 * @param {Element} element
 */
export function reveal(element) {
  const { top, bottom } = element.getBoundingClientRect();
  if (top >= 0 && bottom <= window.innerHeight) return;
  element.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth", block: "center" });
}
