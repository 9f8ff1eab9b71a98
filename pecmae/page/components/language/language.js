// The menu of languages in the header. The chosen language is in the address; all else in the address stays.

import { closest, find, html, render } from "../../static/dom.js";
import { language, t } from "../../static/texts.js";

/**
 * Draw the menu into the element of its gr.HTML component, whose value is the languages' own names by their codes.
 * @param {HTMLElement} element
 * @param {{value: Record<string, string>}} props
 */
export function mount(element, { value: names }) {
  const root = find(element, ".pe");
  const links = Object.entries(names).map(
    ([code, name]) =>
      html`<a href="?language=${code}" lang="${code}" hreflang="${code}" ${code === language && html`aria-current="true"`}>${name}</a>`,
  );
  render(root, html`<nav aria-label="${t("Language")}">${links}</nav>`);
  /** @param {MouseEvent} event */
  const keepState = (event) => {
    const link = closest(event, "a");
    if (!(link instanceof HTMLAnchorElement)) return;
    const address = new URL(window.location.href);
    address.searchParams.set("language", link.hreflang);
    link.href = address.href; // before the browser follows it
  };
  for (const kind of /** @type {const} */ (["click", "auxclick"])) root.addEventListener(kind, keepState);
}
