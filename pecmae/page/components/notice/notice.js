// The sentence at the top of the page on what a link couldn't show.

import { closest, find, html, render } from "../../static/dom.js";
import { subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";

/**
 * Draw the sentence into the element of its gr.HTML component.
 * @param {HTMLElement} element
 * @param {{value: string}} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const root = find(element, ".pe");
  root.addEventListener("click", (event) => closest(event, "[data-dismiss]") && update({ notice: "" }));
  root.setAttribute("role", "status");
  const take = () => update({ notice: props.value });
  watch("value", take);
  take();
  subscribe(["notice"], ({ notice }) => {
    render(
      root,
      html`${notice && html`<p class="notice">${notice} <button type="button" class="link" data-dismiss>${t("Dismiss")}</button></p>`}`,
    );
  });
}
