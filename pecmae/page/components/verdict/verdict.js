// The verdict: whether the track is unlike all training music, the classes with scores above 5 % and the prototypes
// that give them these scores, the nearest prototype, and the bundle's caution.

import { className, fixed, html, playButton, render } from "../../static/dom.js";
import { byDistance, evidence, namedClasses, reasons } from "../../static/reading.js";
import { subscribe } from "../../static/store.js";

/**
 * @import {Explanation} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
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
  return html`<button type="button" class="link" data-sound="${audio}" data-name="prototype ${id}" aria-pressed="false"
    aria-label="Play prototype ${id}" title="Play prototype ${id}">${id}</button>`;
}

/**
 * ", because it is close to jazz-0 and jazz-1."; only the full stop if no prototype speaks for the class.
 * @param {Bundle} bundle
 * @param {Explanation} explanation
 * @param {number} c - index of the class
 */
function reason(bundle, explanation, c) {
  const found = reasons(explanation, c);
  if (!found.length) return ".";
  const isClose = found.every(({ similarity }) => similarity >= CLOSE);
  const end = isClose ? "." : " contributes most.";
  const names = found.map(({ id }, i) => {
    if (i < found.length - 2) return html`${soundName(bundle, id)}, `;
    if (i === found.length - 2) return html`${soundName(bundle, id)} and `;
    return html`<span class="last">${soundName(bundle, id)}${end}</span>`;
  });
  return html`, because ${isClose ? "it is close" : "its similarity"} to ${names}`;
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
      html`<p class="verdict">Drop, choose or record a track to see which classes it resembles.</p>
        <p class="evidence">Or press a symbol on the map to play it: each one is a training segment or a prototype.</p>${caution}`,
    );
    return;
  }
  const nearest = bundle.prototypeOf(byDistance(explanation)[0].id);
  const sentence = (/** @type {number} */ c) =>
    html`${className(bundle.classes[c])} (score ${fixed(explanation.scores[c])})${reason(bundle, explanation, c)}`;
  const [first, ...others] = namedClasses(explanation);
  const next =
    others.length > 0 && html`<ul class="next">${others.map((c) => html`<li>Then ${sentence(c)}</li>`)}</ul>`;
  const verdict = explanation.novelty.is_novel
    ? html`<p class="verdict">This track is unlike the music that the model was trained on.</p>
        <p class="next">The scores only say which class comes closest: ${sentence(first)}</p>${next}`
    : html`<p class="verdict">This track sounds most like ${sentence(first)}</p>${next}`;
  render(
    root,
    html`${verdict}
      <div class="evidence">${playButton(nearest.audio, `prototype ${nearest.id}`)}<p>${evidence(explanation, bundle.labelOf)}</p></div>${caution}`,
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
