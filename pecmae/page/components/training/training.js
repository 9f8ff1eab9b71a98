// The tab "Your collection": what is being done to train a model, and the result.

import { className, find, html, render } from "../../static/dom.js";
import { testSentences } from "../../static/heldout.js";
import { t, translated } from "../../static/texts.js";

/**
 * @import {TrainedCollection, Training} from "../../types/page.js"
 */

/** @param {TrainedCollection} collection */
const trained = ({ notes, ...bundle }) => html`<p class="evidence">${testSentences(bundle).join(" ")}</p>
  <p class="class-list">${bundle.classes.map((item, index) => className({ ...item, index }))}</p>
  ${
    notes.length > 0 &&
    html`<details class="small"><summary>${t("Files that were ignored ({n})", { n: notes.length })}</summary>
    <ul>${notes.map((note) => html`<li>${translated(note)}</li>`)}</ul></details>`
  }
  <p class="small mute">${t("The trained collection is deleted from this server one hour after you last used it, or when the server restarts. Download it to keep it. While you explore it, this page's address contains its id. Anyone who has that address can also open the trained collection.")}</p>`;

/**
 * Draw into the element of the gr.HTML component, whose value comes from own_collection.py. The headline stays in place, so
 * that a screen reader announces each stage.
 * @param {HTMLElement} element
 * @param {{value: Training}} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const root = render(find(element, ".pe"), html`<p class="verdict" role="status"></p><div class="trained"></div>`);
  const draw = () => {
    const { stage, result } = props.value;
    const headline = result ? t("“{title}” is ready to explore.", { title: result.title }) : stage;
    const status = find(root, "[role=status]");
    if (status.textContent !== headline) status.textContent = headline;
    render(find(root, ".trained"), html`${result && trained(result)}`);
  };
  watch("value", draw);
  draw();
}
