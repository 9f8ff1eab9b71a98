// Every prototype of the bundle: its sound, its picture, its class, the training music nearest to it.

import { className, html, plural, reducedMotion, render } from "./dom.js";
import { bigSound, comesBack, excerptRow, shareOf } from "./soundcard.js";
import { subscribe } from "./store.js";

const card = (facts, prototype) => html`<article class="card prototype" aria-label="Prototype ${prototype.id}">
    ${bigSound(prototype.audio, `prototype ${prototype.id}`)}
    <h3>${prototype.id}</h3>
    <p class="small mute">${shareOf(facts, prototype)} ${comesBack(facts, prototype)}</p>
    <ul>${prototype.nearest.map((id) => excerptRow(facts, id, ""))}</ul></article>`;

const jump = (item) => html`<button type="button" class="chip" data-jump="${item.id}">${className(item)}</button>`;

function section(facts, item) {
  const own = facts.prototypes.filter((prototype) => prototype.class === item.id);
  return html`<section aria-label="${item.label}"><h2 class="class-title" id="class-${item.id}">${className(item)}</h2>
    <div class="gallery">${own.map((prototype) => card(facts, prototype))}</div></section>`;
}

function draw(root, { facts }) {
  if (!facts) return;
  render(
    root,
    html`<section class="card intro"><p class="verdict">${plural(facts.prototypes.length, "prototype")}, to hear.</p>
        <p class="evidence">A prototype is one point of the space in which the model compares sounds; the model learned where to put
        it, and turned it back into sound. Listen for texture: the drums, the density, the brightness. It isn't a recording, and it rarely has a tune.
        Beneath each: the training music that lies nearest to it.</p>
        <nav class="jumps" aria-label="Classes">${facts.classes.map(jump)}</nav></section>
      ${facts.classes.map((item) => section(facts, item))}`,
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
