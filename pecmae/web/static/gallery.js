// Every prototype of the bundle: its sound, its picture, its class, the training music nearest to it.

import { className, html, playButton, plural, reducedMotion, render } from "./dom.js";
import { comesBack, excerptRow, shareOf } from "./soundcard.js";
import { subscribe } from "./store.js";

const card = (facts, prototype) => html`<article class="card prototype" aria-label="Prototype ${prototype.id}">
    <div class="big-sound">${playButton(prototype.audio, `prototype ${prototype.id}`)}<sound-picture src="${prototype.audio}" role="img" aria-label="Spectrogram of ${prototype.id}"></sound-picture></div>
    <h3>${prototype.id}</h3>
    <p class="small mute">${shareOf(facts, prototype)} ${comesBack(facts, prototype)}</p>
    <ul>${prototype.nearest.map((id) => excerptRow(facts, id, ""))}</ul></article>`;

function draw(root, { facts }) {
  if (!facts) return;
  const ofClass = (id) => facts.prototypes.filter((prototype) => prototype.class === id);
  render(
    root,
    html`<section class="card intro"><p class="verdict">${plural(facts.prototypes.length, "prototype")}, to hear.</p>
        <p class="evidence">A prototype is one point of the space in which the model compares sounds; the model learned where to put
        it, and turned it back into sound. Listen for texture: the drums, the density, the brightness. It isn't a recording, and it rarely has a tune.
        Beneath each: the training music that lies nearest to it.</p>
        <nav class="jumps" aria-label="Classes">${facts.classes.map((item) => html`<button type="button" class="chip" data-jump="${item.id}">${className(item)}</button>`)}</nav></section>
      ${facts.classes.map((item) => html`<section aria-label="${item.label}"><h2 class="class-title" id="class-${item.id}">${className(item)}</h2><div class="gallery">${ofClass(item.id).map((prototype) => card(facts, prototype))}</div></section>`)}`,
  );
}

/** Draw the gallery into `root` and keep it up to date. */
export function mountGallery(root) {
  root.addEventListener("click", ({ target }) => {
    const jump = target.closest("[data-jump]");
    if (!jump) return;
    const title = root.querySelector(`#class-${CSS.escape(jump.dataset.jump)}`);
    title.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth" });
  });
  subscribe(["facts"], (now) => draw(root, now));
}
