// Distances between the clip and the prototypes: the nearest ones, or all of them grouped by class.

import { className, fixed, html, render, soundStart } from "./dom.js";
import { byDistance, distancesByClass } from "./reading.js";
import { state, subscribe, update } from "./store.js";

const N_NEAREST = 6;

function row(bundle, { id, distance }, farthest) {
  const prototype = bundle.prototypeById.get(id);
  const width = (100 * distance) / farthest;
  return html`<li class="sound${prototype.audio ? "" : " without-audio"}">${prototype.audio && soundStart(prototype.audio, `prototype ${id}`)}
    <button type="button" class="name" data-prototype="${id}" title="Show ${id} on the map">
      ${className({ ...bundle.classById.get(prototype.class), label: id })}
      <i class="length" style="width:${width}%"></i></button>
    <span class="number">${fixed(distance)}</span></li>`;
}

function draw(root, { bundle, explanation }, all) {
  root.hidden = !explanation;
  if (root.hidden) return;
  const sorted = byDistance(explanation);
  root.classList.toggle("all", all);
  const farthest = all ? sorted.at(-1).distance : sorted[Math.min(N_NEAREST, sorted.length) - 1].distance * 1.1;
  const lists = all
    ? distancesByClass(explanation).map(
        ({ classId, prototypes }) => html`<div class="group"><h3>${className(bundle.classById.get(classId))}</h3>
          <ul>${prototypes.map((item) => row(bundle, item, farthest))}</ul></div>`,
      )
    : html`<ul>${sorted.slice(0, N_NEAREST).map((item) => row(bundle, item, farthest))}</ul>`;
  render(
    root,
    html`<h2>Distance to prototypes<button type="button" class="link end" data-all aria-expanded="${all}">${all ? "show the nearest" : `show all ${sorted.length}`}</button></h2>
      <div class="groups">${lists}</div>
      <p class="small mute">The distance is −ln(similarity): 0 means identical, and larger values mean less similar.</p>`,
  );
}

/** Draw the distances into `root` and keep them up to date. */
export function mountDistances(root) {
  let all = false;
  const redraw = () => draw(root, state, all);
  root.addEventListener("click", ({ target }) => {
    if (target.closest("[data-all]")) {
      all = !all;
      redraw();
      root.querySelector("[data-all]").focus();
    }
    const name = target.closest("[data-prototype]");
    if (name) update({ selected: { kind: "prototype", id: name.dataset.prototype } });
  });
  subscribe(["bundle", "explanation"], redraw);
}
