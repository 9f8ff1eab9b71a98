// The tags of the clip by MusiCNN, which are no part of the explanation. The card asks for them after the verdict.

import { closest, find, html, percent, render } from "../../static/dom.js";
import { messageOf, SentenceError, tagsOf, withWeights } from "../../static/server.js";
import { state, subscribe } from "../../static/store.js";

/**
 * @import {Tag} from "../../types/api.js"
 * @import {Busy, Clip} from "../../static/store.js"
 * @typedef {{source: string | null, tags: Tag[] | null, busy: Busy | null, error: string | null}} Shown
 */

const N_STRONGEST = 8;
const COMPACT = "compact"; // the autoencoder whose encoder is MusiCNN
const LISTENING = { message: "Computing MusiCNN's tags…", fraction: null };

/** @param {Tag} tag */
const row = ({ name, probability }) => html`<li><span>${name}</span>
  <span class="track" aria-hidden="true"><i style="width:${Math.max(0.6, 100 * probability)}%"></i></span> <span class="number">${probability < 0.01 ? "< 1 %" : percent(probability)}</span></li>`;

/**
 * Whether the tags are evidence beside the explanation.
 * @param {string | undefined} autoencoder - that of the bundle
 */
const independence = (autoencoder) =>
  autoencoder === COMPACT
    ? "This bundle's encoder is built on MusiCNN too, so the tags aren't independent evidence."
    : "This bundle's encoder isn't built on MusiCNN, so the tags are independent evidence.";

/**
 * @param {Tag[]} tags
 * @param {boolean} all
 */
function result(tags, all) {
  const [first, second] = tags;
  return html`<p class="verdict">Most probable tags: <b>${first.name}</b> (${percent(first.probability)}), <b>${second.name}</b> (${percent(second.probability)}).</p>
    <ol class="tags">${(all ? tags : tags.slice(0, N_STRONGEST)).map(row)}</ol>
    <p class="small mute">These tags come from MusiCNN. ${independence(state.opening?.autoencoder)}</p>`;
}

/**
 * @param {HTMLElement} root
 * @param {Shown} shown
 * @param {boolean} all
 */
function draw(root, { tags, busy, error }, all) {
  root.hidden = !tags && !busy && !error;
  root.setAttribute("aria-busy", String(busy !== null));
  const percentage = busy?.fraction ? ` ${Math.round(100 * busy.fraction)} %` : "";
  render(
    root,
    html`<h2>Tags from MusiCNN, trained on the Million Song Dataset${tags && html`<button type="button" class="link end" data-all aria-expanded="${all}">${all ? "Show the strongest" : `Show all ${tags.length}`}</button>`}</h2>
      ${busy && html`<p class="mute" role="status">${busy.message}${percentage}</p>`}
      ${error && html`<p class="sentence">${error}</p><button type="button" class="quiet" data-again>Try again</button>`}
      ${tags && result(tags, all)}`,
  );
}

/**
 * Draw the tags into `root`, and ask for them whenever another clip is on the page.
 * @param {HTMLElement} root
 */
export function mountTags(root) {
  /** @type {Shown} */
  const nothing = { source: null, tags: null, busy: null, error: null };
  let shown = nothing;
  let all = false;
  /** @param {Partial<Shown>} patch */
  const show = (patch) => {
    shown = { ...shown, tags: null, busy: null, error: null, ...patch };
    draw(root, shown, all);
  };
  /** @param {Clip} clip */
  const ask = async (clip) => {
    const { url: source, name, firstPart = false } = clip;
    const isWanted = () => shown.source === source;
    show({ source, busy: LISTENING });
    try {
      const blob = await (await fetch(source)).blob();
      const tags = await withWeights(
        () => tagsOf(blob, name, { firstPart }),
        (busy) => {
          if (isWanted()) show({ busy });
          return isWanted();
        },
      );
      if (isWanted()) show({ tags });
    } catch (reason) {
      if (!(reason instanceof SentenceError)) console.error(reason);
      if (isWanted()) show({ error: messageOf(reason) });
    }
  };
  root.addEventListener("click", (event) => {
    if (closest(event, "[data-again]") && state.clip) ask(state.clip);
    if (!closest(event, "[data-all]")) return;
    all = !all;
    draw(root, shown, all);
    find(root, "[data-all]").focus();
  });
  subscribe(["opening"], () => draw(root, shown, all));
  subscribe(["clip"], ({ clip }) => {
    if (!clip) {
      shown = nothing;
      draw(root, shown, all);
    } else if (clip.url !== shown.source) ask(clip);
  });
}
