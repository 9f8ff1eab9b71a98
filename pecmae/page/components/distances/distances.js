// Distances between the clip and the prototypes: the nearest ones, or all of them grouped by class.

import { className, closest, fixed, html, render, soundStart } from "../../static/dom.js";
import { byDistance, distancesByClass } from "../../static/reading.js";
import { state, subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";

/**
 * @import {PrototypeEvidence} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 */

const N_NEAREST = 6;

/**
 * @param {Bundle} bundle
 * @param {PrototypeEvidence} evidence
 * @param {number} farthest
 */
function row(bundle, { id, distance }, farthest) {
  const prototype = bundle.prototypeOf(id);
  const width = (100 * distance) / farthest;
  return html`<li class="sound${prototype.audio ? "" : " without-audio"}">${prototype.audio && soundStart(prototype.audio, t("prototype {id}", { id }))}
    <button type="button" class="name" data-prototype="${id}" title="${t("Show {id} on the map", { id })}">
      ${className({ ...bundle.classOf(prototype.class), label: id })}
      <i class="length" style="width:${width}%"></i></button>
    <span class="number">${fixed(distance)}</span></li>`;
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {boolean} all
 */
function draw(root, { bundle, explanation }, all) {
  root.hidden = !explanation;
  if (!bundle || !explanation) return;
  const sorted = byDistance(explanation);
  root.classList.toggle("all", all);
  const shown = all ? sorted : sorted.slice(0, N_NEAREST);
  const farthest = shown[shown.length - 1].distance * (all ? 1 : 1.1);
  const lists = all
    ? distancesByClass(explanation).map(
        ({ classId, prototypes }) => html`<div class="group"><h3>${className(bundle.classOf(classId))}</h3>
          <ul>${prototypes.map((item) => row(bundle, item, farthest))}</ul></div>`,
      )
    : html`<ul>${shown.map((item) => row(bundle, item, farthest))}</ul>`;
  render(
    root,
    html`<h2>${t("Distance to prototypes")}<button type="button" class="link end" data-all aria-expanded="${all}">${all ? t("Show the nearest") : t("Show all {n}", { n: sorted.length })}</button></h2>
      <div class="groups">${lists}</div>
      <p class="small mute">${t("The distance is −ln(similarity): 0 means identical, and larger values mean less similar.")}</p>`,
  );
}

/**
 * Draw the distances into `root` and keep them up to date.
 * @param {HTMLElement} root
 */
export function mountDistances(root) {
  let all = false;
  const redraw = () => draw(root, state, all);
  root.addEventListener("click", (event) => {
    if (closest(event, "[data-all]")) {
      all = !all;
      redraw();
    }
    const id = closest(event, "[data-prototype]")?.dataset.prototype;
    if (id) update({ selected: { kind: "prototype", id } });
  });
  subscribe(["bundle", "explanation"], redraw);
}
