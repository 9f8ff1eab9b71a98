// The verdict: whether the track is unlike all training music, the classes with the highest scores, the nearest
// prototype, and the bundle's caution.

import { className, fixed, html, playButton, render } from "./dom.js";
import { byDistance, evidence, ranking } from "./reading.js";
import { subscribe } from "./store.js";

/**
 * @import {ClassItem} from "./bundle.js"
 * @import {PageState} from "./store.js"
 */

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
  const [first, second] = ranking(explanation).map((i) => bundle.classes[i]);
  const scored = (/** @type {ClassItem} */ { index }) => fixed(explanation.scores[index]);
  const classes = html`${className(first)} (score ${scored(first)})${second && html`, then ${className(second)} (${scored(second)})`}`;
  const verdict = explanation.novelty.is_novel
    ? html`<p class="verdict">This track is unlike the music that the model was trained on.</p>
        <p class="evidence">The scores only say which class comes closest: ${classes}.</p>`
    : html`<p class="verdict">This track sounds most like ${classes}.</p>`;
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
