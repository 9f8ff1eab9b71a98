// The map's legend: a button for each class, which counts what is on the map and greys it out.

import { className, closest, html, render } from "../../static/dom.js";
import { subscribe } from "../../static/store.js";
import { t, tn } from "../../static/texts.js";
import { hasPlace } from "./figure.js";
import { countByClass } from "./region.js";

/** @import {PageState} from "../../static/store.js" */

const RING = html`<svg class="marker ring" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true"><circle r="0.95"/><circle class="dot" r="0.3"/></svg>`;

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {Set<string>} grey - ids of classes
 */
function draw(root, { bundle, explanation }, grey) {
  if (!bundle) return;
  const points = countByClass(bundle.points);
  const prototypes = countByClass(bundle.prototypes);
  const count = (/** @type {string} */ id) => (points.get(id) ?? 0) + (prototypes.get(id) ?? 0);
  const title = (/** @type {string} */ label, /** @type {number} */ n) =>
    tn(
      "{class}: {n} sound on the map. Press to grey it out.",
      "{class}: {n} sounds on the map. Press to grey them out.",
      n,
      { class: label },
    );
  render(
    root,
    html`${bundle.classes.map(
      (item) => html`<button type="button" data-legend="${item.id}" aria-pressed="${!grey.has(item.id)}"
          title="${title(item.label, count(item.id))}">${className(item)}
          <span class="mute">${count(item.id)}</span></button>`,
    )}
      ${explanation && hasPlace(explanation) && html`<span class="class">${RING}${t("your track")}</span>`}`,
  );
}

/**
 * Draw the legend into `root` and keep it up to date.
 * @param {HTMLElement} root
 * @param {Set<string>} grey - ids of the classes that are switched off; changed here
 * @param {() => void} changed - called after that
 */
export function mountLegend(root, grey, changed) {
  subscribe(["bundle", "explanation"], (now) => draw(root, now, grey));
  root.addEventListener("click", (event) => {
    const button = closest(event, "[data-legend]");
    const id = button?.dataset.legend;
    if (!id) return;
    if (!grey.delete(id)) grey.add(id);
    button.setAttribute("aria-pressed", String(!grey.has(id)));
    changed();
  });
}
