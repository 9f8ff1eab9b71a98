// The verdict: whether the track is unlike all training music, the classes with scores above 5 % and the prototypes
// that give them these scores, the nearest prototype, and the bundle's caution.

import { className, fixed, html, Markup, playButton, render, series, tm } from "../../static/dom.js";
import { byDistance, evidence, namedClasses, reasons } from "../../static/reading.js";
import { subscribe } from "../../static/store.js";
import { t } from "../../static/texts.js";

/**
 * @import {Explanation} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 * @import {Values} from "../../static/texts.js"
 */

const CLOSE = 0.5; // smallest similarity that is called close

/**
 * A prototype's name, which plays its sound if there is one.
 * @param {Bundle} bundle
 * @param {string} id
 */
function soundName(bundle, id) {
  const { audio } = bundle.prototypeOf(id);
  if (!audio) return html`${id}`;
  const name = t("prototype {id}", { id });
  return html`<button type="button" class="link" data-sound="${audio}" data-name="${name}" aria-pressed="false"
    aria-label="${t("Play {name}", { name })}" title="${t("Play {name}", { name })}">${id}</button>`;
}

/**
 * The sentences on a class, from those without a reason to those with the prototypes that give the class its score.
 * @type {Record<"most" | "closest" | "next", Record<"none" | "close" | "largest", (values: Values) => Markup>>}
 */
const SENTENCES = {
  most: {
    none: (values) => tm("This track sounds most like {class} (score {score}).", values),
    close: (values) =>
      tm("This track sounds most like {class} (score {score}), because it is close to {prototypes}.", values),
    largest: (values) =>
      tm(
        "This track sounds most like {class} (score {score}), because its similarity to {prototypes} contributes most.",
        values,
      ),
  },
  closest: {
    none: (values) => tm("The scores only say which class comes closest: {class} (score {score}).", values),
    close: (values) =>
      tm(
        "The scores only say which class comes closest: {class} (score {score}), because the track is close to {prototypes}.",
        values,
      ),
    largest: (values) =>
      tm(
        "The scores only say which class comes closest: {class} (score {score}), because the track's similarity to {prototypes} contributes most.",
        values,
      ),
  },
  next: {
    none: (values) => tm("Then {class} (score {score}).", values),
    close: (values) => tm("Then {class} (score {score}), because it is close to {prototypes}.", values),
    largest: (values) =>
      tm("Then {class} (score {score}), because its similarity to {prototypes} contributes most.", values),
  },
};

/**
 * Markup in which no line breaks between a button and the sign after it.
 * @param {Markup} markup
 */
const keepSigns = ({ text }) =>
  new Markup(text.replace(/<button(?:(?!<button).)*<\/button>[.,;]/gs, (part) => `<span class="last">${part}</span>`));

/**
 * The sentence on a class and why it has its score.
 * @param {keyof typeof SENTENCES} kind
 * @param {Bundle} bundle
 * @param {Explanation} explanation
 * @param {number} c - index of the class
 */
function sentence(kind, bundle, explanation, c) {
  const found = reasons(explanation, c);
  const isClose = found.every(({ similarity }) => similarity >= CLOSE);
  const reason = found.length === 0 ? "none" : isClose ? "close" : "largest";
  const values = {
    class: className(bundle.classes[c]),
    score: fixed(explanation.scores[c]),
    prototypes: series(found.map(({ id }) => soundName(bundle, id))),
  };
  return keepSigns(SENTENCES[kind][reason](values));
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function draw(root, { bundle, explanation }) {
  root.hidden = !bundle;
  if (!bundle) return;
  const caution = html`<p class="note">${bundle.caution}</p>`;
  if (!explanation) {
    render(
      root,
      html`<p class="verdict">${t("Drop, choose or record a track to see which classes it resembles.")}</p>
        <p class="evidence">${t("Or press a symbol on the map to play it: each one is a training segment or a prototype.")}</p>${caution}`,
    );
    return;
  }
  const nearest = bundle.prototypeOf(byDistance(explanation)[0].id);
  const [first, ...others] = namedClasses(explanation);
  const items = others.map((c) => html`<li>${sentence("next", bundle, explanation, c)}</li>`);
  const next = others.length > 0 && html`<ul class="next">${items}</ul>`;
  const verdict = explanation.novelty.is_novel
    ? html`<p class="verdict">${t("This track is unlike the music that the model was trained on.")}</p>
        <p class="next">${sentence("closest", bundle, explanation, first)}</p>${next}`
    : html`<p class="verdict">${sentence("most", bundle, explanation, first)}</p>${next}`;
  render(
    root,
    html`${verdict}
      <div class="evidence">${playButton(nearest.audio, t("prototype {id}", { id: nearest.id }))}<p>${evidence(explanation, bundle.labelOf)}</p></div>${caution}`,
  );
}

/**
 * Draw the verdict into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountVerdict(root) {
  subscribe(["bundle", "explanation"], (now) => draw(root, now));
  subscribe(["busy"], ({ busy }) => root.setAttribute("aria-busy", String(busy !== null)));
}
