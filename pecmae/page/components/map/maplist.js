// A searchable list of everything on the map: the segments of the track, the prototypes and the training segments.

import { className, clock, closest, find, findAs, html, playButton, render } from "../../static/dom.js";
import { voting } from "../../static/reading.js";
import { state, subscribe, update } from "../../static/store.js";
import { t, tn } from "../../static/texts.js";
import { pointName } from "../sound/soundcard.js";
import { hasPlace } from "./figure.js";

/**
 * @import {SegmentExplanation} from "../../types/api.js"
 * @import {Bundle, PointItem, PrototypeItem} from "../../static/bundle.js"
 * @import {Clip, PageState} from "../../static/store.js"
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
 * The segments of the track that are on the map.
 * @param {Pick<PageState, "explanation">} state
 */
export const segmentsOnMap = ({ explanation }) => (explanation && hasPlace(explanation) ? voting(explanation) : []);

/**
 * @param {SegmentExplanation} segment
 * @param {Clip | null} clip
 * @returns {Entry}
 */
export const segmentEntry = (segment, clip) => ({
  kind: "segment",
  id: String(segment.start_s),
  name: t("your track, {start} to {end}", { start: clock(segment.start_s), end: clock(segment.end_s) }),
  index: null,
  what: t("segment of your track"),
  audio: clip?.playable ? clip.url : null,
  startS: segment.start_s,
});

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @returns {Entry}
 */
export function prototypeEntry(bundle, { kind, id, class: classId, audio }) {
  const { index, label } = bundle.classOf(classId);
  return { kind, id, name: id, index, what: t("prototype, {class}", { class: label }), audio };
}

/**
 * @param {Bundle} bundle
 * @param {PointItem} point
 * @returns {Entry}
 */
export function pointEntry(bundle, point) {
  const { index, label } = bundle.classOf(point.class);
  const { kind, id, audio } = point;
  return { kind, id, name: pointName(point), index, what: t("training segment, {class}", { class: label }), audio };
}

/**
 * Everything that is on the map, in the order of the list.
 * @param {Pick<PageState, "bundle" | "explanation" | "clip">} state
 * @returns {Entry[]}
 */
export function entries({ bundle, explanation, clip }) {
  if (!bundle) return [];
  return [
    ...segmentsOnMap({ explanation }).map((segment) => segmentEntry(segment, clip)),
    ...bundle.prototypes.map((prototype) => prototypeEntry(bundle, prototype)),
    ...bundle.points.map((point) => pointEntry(bundle, point)),
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
export function row({ kind, id, name, index, what, audio, startS }) {
  const label = index === null ? html`${name}` : className({ label: name, index });
  const text =
    kind === "segment"
      ? html`<span class="name">${label}</span>`
      : html`<button type="button" class="name" data-kind="${kind}" data-id="${id}">${label}</button>`;
  return html`<li class="entry">${audio ? playButton(audio, name, startS) : html`<span></span>`}${text}<span class="small mute">${what}</span></li>`;
}

/**
 * If a press is on the name of an entry, select it.
 * @param {Event} event
 */
export function onEntryPress(event) {
  const { kind, id } = closest(event, "[data-kind]")?.dataset ?? {};
  if (id && (kind === "prototype" || kind === "point")) update({ selected: { kind, id } });
}

const form = () => html`<summary class="link">${t("Find a sound on the map")}</summary>
  <input type="search" aria-label="${t("Find a sound on the map")}" placeholder="${t("a title, a class or a kind of sound")}">
  <p class="small mute" role="status"></p><ul></ul>
  <button type="button" class="quiet" data-more hidden>${t("Show more")}</button>`;

/**
 * @param {number} found
 * @param {number} shown
 */
function summary(found, shown) {
  if (shown === found)
    return tn(
      "{n} sound found. Press its name to see where it is on the map.",
      "{n} sounds found. Press a name to see where it is on the map.",
      found,
    );
  return t("{n} sounds found; the first {shown} are shown. Press a name to see where it is on the map.", {
    n: found,
    shown,
  });
}

/**
 * Draw the list into `root`, and keep it up to date while it is open.
 * @param {HTMLDetailsElement} root
 */
export function mountMapList(root) {
  render(root, form());
  const field = findAs(root, "input", HTMLInputElement);
  const list = find(root, "ul");
  let nRows = N_ROWS;
  /** @type {Entry[] | null} */
  let all = null; // until the list is opened
  const draw = () => {
    if (!root.open) return;
    all ??= entries(state);
    const found = matching(all, field.value);
    const shown = found.slice(0, nRows);
    find(root, "[role=status]").textContent = summary(found.length, shown.length);
    render(list, html`${shown.map(row)}`);
    find(root, "[data-more]").hidden = shown.length === found.length;
  };
  root.addEventListener("toggle", () => {
    if (root.open) draw();
    else render(list, html``);
  });
  field.addEventListener("input", () => {
    nRows = N_ROWS;
    draw();
  });
  root.addEventListener("click", (event) => {
    onEntryPress(event);
    if (!closest(event, "[data-more]")) return;
    const first = nRows;
    nRows += N_ROWS;
    draw();
    root.querySelectorAll("li")[first]?.querySelector("button")?.focus();
  });
  subscribe(["bundle", "explanation", "clip"], () => {
    all = null;
    draw();
  });
}
