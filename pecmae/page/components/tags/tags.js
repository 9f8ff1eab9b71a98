// The tags of the clip by MusiCNN, which are no part of the explanation and come after it.

import { closest, find, html, percent, render, tm } from "../../static/dom.js";
import { state, subscribe } from "../../static/store.js";
import { t, translated } from "../../static/texts.js";

/** @import {Tag} from "../../types/api.js" */

const N_STRONGEST = 8;
const COMPACT = "compact"; // the autoencoder whose encoder is MusiCNN

/** @param {Tag} tag */
const row = ({ name, probability }) => html`<li><span>${translated(name)}</span>
  <span class="track" aria-hidden="true"><i style="width:${Math.max(0.6, 100 * probability)}%"></i></span> <span class="number">${probability < 0.01 ? "< 1 %" : percent(probability)}</span></li>`;

/**
 * Whether the tags are evidence beside the explanation.
 * @param {string | undefined} autoencoder - that of the bundle
 */
const independence = (autoencoder) =>
  autoencoder === COMPACT
    ? t(
        "These tags come from MusiCNN. This bundle's encoder is built on MusiCNN too, so the tags aren't independent evidence.",
      )
    : t(
        "These tags come from MusiCNN. This bundle's encoder isn't built on MusiCNN, so the tags are independent evidence.",
      );

/**
 * @param {Tag[]} tags
 * @param {boolean} all
 */
function result(tags, all) {
  const [first, second] = tags;
  const most = tm("Most probable tags: {first} ({percentage}), {second} ({next}).", {
    first: html`<b>${translated(first.name)}</b>`,
    percentage: percent(first.probability),
    second: html`<b>${translated(second.name)}</b>`,
    next: percent(second.probability),
  });
  return html`<p class="verdict">${most}</p>
    <ol class="tags">${(all ? tags : tags.slice(0, N_STRONGEST)).map(row)}</ol>
    <p class="small mute">${independence(state.opening?.autoencoder)}</p>`;
}

/**
 * @param {HTMLElement} root
 * @param {boolean} all
 */
function draw(root, all) {
  const { clip, tagging } = state;
  const known = tagging?.source === clip?.url ? tagging : null;
  const tags = known?.tags;
  root.hidden = !clip;
  root.setAttribute("aria-busy", String(!known));
  render(
    root,
    html`<h2>${t("Tags from MusiCNN, trained on the Million Song Dataset")}${tags && html`<button type="button" class="link end" data-all aria-expanded="${all}">${all ? t("Show the strongest") : t("Show all {n}", { n: tags.length })}</button>`}</h2>
      ${!known && html`<p class="mute" role="status">${t("Computing MusiCNN's tags…")}</p>`}
      ${known?.error && html`<p class="sentence">${translated(known.error)}</p>`}
      ${tags && result(tags, all)}`,
  );
}

/**
 * Draw the tags into `root` and keep them up to date.
 * @param {HTMLElement} root
 */
export function mountTags(root) {
  let all = false;
  root.addEventListener("click", (event) => {
    if (!closest(event, "[data-all]")) return;
    all = !all;
    draw(root, all);
    find(root, "[data-all]").focus();
  });
  subscribe(["opening", "clip", "tagging"], () => draw(root, all));
}
