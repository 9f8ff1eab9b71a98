// The tab "Your collection": the classes of the recordings that the visitor gathered, which can be renamed and removed.

import { closest, find, html, render } from "../../static/dom.js";
import { t, tn } from "../../static/texts.js";

/**
 * @import {Gathered, GatheredClass} from "../../types/page.js"
 */

const LAYOUT = html`<div class="error" role="alert"></div>
  <ul class="gathered" aria-label="${t("Classes")}"></ul>
  <p class="tally" role="status"></p>`;

/**
 * @param {GatheredClass} item
 * @param {number} i
 */
const row = ({ label, n_clips: n }, i) => html`<li>
  <input type="text" value="${label}" maxlength="60" data-name="${i}" placeholder="${t("Class name")}"
    aria-label="${t("Name of class {n}", { n: i + 1 })}">
  <span class="number">${tn("{n} clip", "{n} clips", n)}</span>
  <button type="button" class="link" data-drop="${i}"
    aria-label="${t("Remove the class {name}", { name: label || i + 1 })}">${t("Remove")}</button></li>`;

/**
 * Draw into the element of the gr.HTML component, whose value comes from `OwnCollections.shown` in own_collection.py;
 * `trigger` tells Python which class gets another name, or none.
 * @param {HTMLElement} element
 * @param {{value: Gathered}} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {(event: string, data: Object) => void} trigger
 */
export function mount(element, props, watch, trigger) {
  const root = render(find(element, ".pe"), LAYOUT);
  const change = (/** @type {number} */ i, /** @type {string | null} */ name) =>
    trigger("input", { label: props.value.classes[i].label, name });
  const draw = () => {
    const { classes, text, error } = props.value;
    const [alert, list, tally] = [...root.children].map((child) => /** @type {HTMLElement} */ (child));
    if (tally.textContent !== text) tally.textContent = text;
    render(alert, html`${error && html`<p class="sentence">${error}</p>`}`);
    alert.hidden = !error;
    render(list, html`${classes.map(row)}`);
  };
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement) change(Number(target.dataset.name), target.value);
  });
  root.addEventListener("click", (event) => {
    const button = closest(event, "[data-drop]");
    if (button) change(Number(button.dataset.drop), null);
  });
  watch("value", draw);
  draw();
}
