// A searchable list of everything on the map: the segments of the track, the prototypes and the training segments.

import { className, clock, closest, find, findAs, html, playButton, plural, render } from "../../static/dom.js";
import { state, subscribe, update } from "../../static/store.js";
import { pointName } from "../sound/soundcard.js";
import { hasPlace } from "./figure.js";

/**
 * @import {PageState} from "../../static/store.js"
 * @typedef {Object} Entry
 * @property {"segment" | "prototype" | "point"} kind
 * @property {string} id
 * @property {string} name
 * @property {number | null} index - of the class, among the bundle's; null for a segment of the track
 * @property {string} what - "training segment, jazz"
 * @property {string | null} audio
 * @property {number} [startS]
 */

const N_ROWS = 30;

/**
 * Everything that is on the map, in the order of the list.
 * @param {Pick<PageState, "bundle" | "explanation" | "clip">} state
 * @returns {Entry[]}
 */
export function entries({ bundle, explanation, clip }) {
  if (!bundle) return [];
  const segments = explanation && hasPlace(explanation) ? explanation.segments.filter((item) => !item.is_silent) : [];
  return [
    ...segments.map((segment) => ({
      kind: /** @type {const} */ ("segment"),
      id: String(segment.start_s),
      name: `your track, ${clock(segment.start_s)} to ${clock(segment.end_s)}`,
      index: null,
      what: "segment of your track",
      audio: clip?.playable ? clip.url : null,
      startS: segment.start_s,
    })),
    ...bundle.prototypes.map(({ kind, id, class: classId, audio }) => {
      const { index, label } = bundle.classOf(classId);
      return { kind, id, name: id, index, what: `prototype, ${label}`, audio };
    }),
    ...bundle.points.map((point) => {
      const { index, label } = bundle.classOf(point.class);
      const { kind, id, audio } = point;
      return { kind, id, name: pointName(point), index, what: `training segment, ${label}`, audio };
    }),
  ];
}

/**
 * The entries that contain every word of a search.
 * @param {Entry[]} all
 * @param {string} search
 */
export function matching(all, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name, what }) => words.every((word) => `${name} ${what}`.toLowerCase().includes(word)));
}

/** @param {Entry} entry */
function row({ kind, id, name, index, what, audio, startS }) {
  const label = index === null ? html`${name}` : className({ label: name, index });
  const text =
    kind === "segment"
      ? html`<span class="name">${label}</span>`
      : html`<button type="button" class="name" data-kind="${kind}" data-id="${id}">${label}</button>`;
  return html`<li class="entry">${audio ? playButton(audio, name, startS) : html`<span></span>`}${text}<span class="small mute">${what}</span></li>`;
}

const FORM = html`<summary class="link">Find a sound on the map</summary>
  <input type="search" aria-label="Find a sound on the map" placeholder="a title, a class or a kind of sound">
  <p class="small mute" role="status"></p><ul></ul>
  <button type="button" class="quiet" data-more hidden>Show more</button>`;

/**
 * Draw the list into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountMapList(root) {
  render(root, FORM);
  const field = findAs(root, "input", HTMLInputElement);
  let nRows = N_ROWS;
  const draw = () => {
    const all = entries(state);
    const found = matching(all, field.value);
    const shown = found.slice(0, nRows);
    find(root, "[role=status]").textContent =
      `${plural(found.length, "sound")} found${found.length > shown.length ? `; the first ${shown.length} are shown` : ""}. Press a name to see where it is on the map.`;
    render(find(root, "ul"), html`${shown.map(row)}`);
    find(root, "[data-more]").hidden = shown.length === found.length;
  };
  field.addEventListener("input", () => {
    nRows = N_ROWS;
    draw();
  });
  root.addEventListener("click", (event) => {
    const { kind, id } = closest(event, "[data-kind]")?.dataset ?? {};
    if (id && (kind === "prototype" || kind === "point")) update({ selected: { kind, id } });
    if (!closest(event, "[data-more]")) return;
    const first = nRows;
    nRows += N_ROWS;
    draw();
    root.querySelectorAll("li")[first]?.querySelector("button")?.focus();
  });
  subscribe(["bundle", "explanation", "clip"], draw);
}
