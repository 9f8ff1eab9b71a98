// The tab Prototypes: every prototype with its sound, its spectrogram, its class and the nearest training segments.

import { className, closest, html, reducedMotion, render } from "./dom.js";
import { bigSound, coverage, excerptRow, reanalysis, segmentSource } from "./soundcard.js";
import { subscribe } from "./store.js";

/**
 * @import {Bundle, ClassItem, PrototypeItem} from "./bundle.js"
 * @import {PageState} from "./store.js"
 */

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
const card = (bundle, prototype) => html`<article class="card prototype" aria-label="Prototype ${prototype.id}">
    ${bigSound(prototype.audio, `prototype ${prototype.id}`)}
    <h3>${prototype.id}</h3>
    <p class="small mute">${coverage(bundle, prototype)} ${reanalysis(bundle, prototype)}</p>
    <ul>${prototype.nearest.map((id) => excerptRow(bundle, id, ""))}</ul></article>`;

const DECODED = `, decoded to audio by the model's decoder. It isn't a recording. Listen for texture, such as the drum sound,
  the density and the brightness; most prototypes have no clear melody.`;
const NOT_DECODED = ". This bundle has no audio for its prototypes. Listen to training segments instead.";

/** @param {ClassItem} item */
const jump = (item) => html`<button type="button" class="chip" data-jump="${item.id}">${className(item)}</button>`;

/**
 * @param {Bundle} bundle
 * @param {ClassItem} item
 */
function section(bundle, item) {
  const own = bundle.prototypes.filter((prototype) => prototype.class === item.id);
  return html`<section aria-label="${item.label}"><h2 class="class-title" id="class-${item.id}">${className(item)}</h2>
    <div class="gallery">${own.map((prototype) => card(bundle, prototype))}</div></section>`;
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function draw(root, { bundle, opening }) {
  if (!bundle) return;
  const { prototypes } = bundle;
  const isDecoded = prototypes.some(({ audio }) => audio);
  render(
    root,
    html`<section class="card intro"><p class="verdict">${isDecoded ? "Listen to all" : "All"} ${prototypes.length} prototypes</p>
        <p class="evidence">A prototype is a learned point in the model's latent space${isDecoded ? DECODED : NOT_DECODED}
        Below each prototype are the training segments nearest to it. ${segmentSource(bundle)}</p>
        ${opening?.decoding && html`<p class="evidence">${opening.decoding}</p>`}
        <nav class="jumps" aria-label="Go to a class">${bundle.classes.map(jump)}</nav></section>
      ${bundle.classes.map((item) => section(bundle, item))}`,
  );
}

/**
 * Draw the gallery into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountGallery(root) {
  root.addEventListener("click", (event) => {
    const id = closest(event, "[data-jump]")?.dataset.jump;
    if (!id) return;
    const title = root.querySelector(`#class-${CSS.escape(id)}`);
    title?.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth" });
  });
  subscribe(["bundle"], (now) => draw(root, now));
}
