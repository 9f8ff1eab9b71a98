// Class scores as bars, highest first. A press on a bar shows the contributions to that class.

import { className, closest, find, fixed, html, render, reveal } from "../../static/dom.js";
import { colourVariable } from "../../static/palette.js";
import { ranking } from "../../static/reading.js";
import { subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";

/** @import {PageState} from "../../static/store.js" */

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function draw(root, { bundle, explanation, chosenClass }) {
  root.hidden = !explanation;
  if (!bundle || !explanation) return;
  const rows = ranking(explanation).map((i) => {
    const { id, index } = bundle.classes[i];
    const score = explanation.scores[i];
    return html`<button type="button" class="bar" data-class="${id}" aria-pressed="${id === chosenClass}">
      <span>${className(bundle.classes[i])}</span>
      <span class="track"><i style="width:${Math.max(0.6, 100 * score)}%;background:${colourVariable(index)}"></i></span>
      <b>${fixed(score)}</b></button>`;
  });
  render(
    root,
    html`<h2>${t("Class scores")}<details class="what end"><summary class="link">${t("What is this?")}</summary>
        <p>${t("The scores are the model's outputs for its classes. They add up to 1, even if your track belongs to none of the classes. Press a class to see how its score is computed.")}</p></details></h2>
      <div class="bars">${rows}</div>`,
  );
}

/**
 * Draw the scores into `root` and keep them up to date.
 * @param {HTMLElement} root
 */
export function mountScores(root) {
  root.addEventListener("click", (event) => {
    const id = closest(event, "[data-class]")?.dataset.class;
    if (!id) return;
    update({ chosenClass: id });
    reveal(find(document, "#ledger"));
  });
  subscribe(["bundle", "explanation"], (now) => draw(root, now));
  subscribe(["chosenClass"], ({ chosenClass }) => {
    for (const bar of root.querySelectorAll(".bar"))
      bar.setAttribute("aria-pressed", String(bar instanceof HTMLElement && bar.dataset.class === chosenClass));
  });
}
