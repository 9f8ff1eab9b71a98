// What lies in the region that the visitor has drawn on the map: a count for each class, and a list to play it from.

import { className, find, html, render } from "../../static/dom.js";
import { state, subscribe } from "../../static/store.js";
import { t, tn } from "../../static/texts.js";
import { onEntryPress, pointEntry, prototypeEntry, row, segmentEntry, segmentsOnMap } from "./maplist.js";
import { countByClass, counted, itemsInside } from "./region.js";

/**
 * @import {PageState} from "../../static/store.js"
 * @import {Region} from "./region.js"
 */

const N_ROWS = 30;

/**
 * @param {HTMLElement} root
 * @param {PageState} now
 * @param {Region | null} region
 */
function draw(root, now, region) {
  const { bundle, clip } = now;
  root.hidden = !bundle || !region;
  if (!bundle || !region) {
    render(root, html``);
    return;
  }
  const segments = itemsInside(segmentsOnMap(now), region);
  const prototypes = itemsInside(bundle.prototypes, region);
  const points = itemsInside(bundle.points, region);
  const total = segments.length + prototypes.length + points.length;
  const classes = counted(bundle.classes, countByClass([...prototypes, ...points]));
  const entries = [
    ...segments.slice(0, N_ROWS).map((segment) => segmentEntry(segment, clip)),
    ...prototypes.slice(0, N_ROWS).map((prototype) => prototypeEntry(bundle, prototype)),
    ...points.slice(0, N_ROWS).map((point) => pointEntry(bundle, point)),
  ].slice(0, N_ROWS);
  const rest = total - entries.length;
  const heading = total
    ? tn("{n} sound in the region that you drew", "{n} sounds in the region that you drew", total)
    : t("There is no sound in the region that you drew.");
  render(
    root,
    html`<h3 role="status">${heading}</h3>
      <p class="counts">${classes.map((item) => html`<span>${className(item)} <span class="mute">${item.n}</span></span>`)}
        ${segments.length > 0 && html`<span>${tn("{n} segment of your track", "{n} segments of your track", segments.length)}</span>`}</p>
      <ul>${entries.map(row)}</ul>
      ${rest > 0 && html`<p class="mute">${tn("and {n} more", "and {n} more", rest)}</p>`}
      <button type="button" class="quiet" data-clear>${t("Clear selection")}</button>`,
  );
}

/**
 * Draw the list into `root` and keep it up to date.
 * @param {HTMLElement} root
 * @param {() => void} onClear - called when the visitor clears the selection
 * @returns {(region: Region | null) => void} shows what lies in a region
 */
export function mountSelectionList(root, onClear) {
  /** @type {Region | null} */
  let region = null;
  root.addEventListener("click", (event) => {
    onEntryPress(event);
    if (event.target === find(root, "[data-clear]")) onClear();
  });
  subscribe(["bundle", "explanation", "clip"], (now) => draw(root, now, region));
  return (next) => {
    region = next;
    draw(root, state, region);
  };
}
