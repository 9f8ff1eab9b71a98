// The card beside the map: the selected prototype or training segment, and the training segments nearest to the track.

import {
  className,
  clock,
  closest,
  fixed,
  html,
  percent,
  playButton,
  playName,
  render,
  series,
  soundStart,
  tm,
} from "../../static/dom.js";
import { subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";

/**
 * @import {Explanation, Neighbour} from "../../types/api.js"
 * @import {Bundle, PointItem, PrototypeItem} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 */

/**
 * A point's title and start: "Shuffle in E, 0:08".
 * @param {{title: string, start_s: number}} point
 */
export const pointName = (point) => `${point.title}, ${clock(point.start_s)}`;

/**
 * Where the sounds of training segments come from, if they aren't recordings.
 * @param {Bundle} bundle
 */
export const segmentSource = (bundle) =>
  bundle.isDecoded
    ? t("The sounds of training segments are decoded from their embeddings. This bundle contains no recordings.")
    : "";

/**
 * One row of a list of training segments. A press on the title plays the segment and selects it. The tooltip has the
 * whole title.
 * @param {Bundle} bundle
 * @param {string | null} id
 * @param {string} note
 */
export function excerptRow(bundle, id, note) {
  const point = bundle.pointById.get(id ?? "");
  if (!point) return "";
  const { audio, class: classId, title } = point;
  const name = pointName(point);
  const shown = className({ ...bundle.classOf(classId), label: title });
  return html`<li class="sound${audio ? "" : " without-audio"}">${audio && soundStart(audio, name)}
    <span class="name excerpt" data-point="${id}" title="${name}">${playName(audio, name, shown)}</span>
    <span class="number">${note}</span></li>`;
}

/**
 * One row of a list of prototypes, whose name plays and selects it.
 * @param {Bundle} bundle
 * @param {string} id
 * @param {string} note
 */
export function prototypeRow(bundle, id, note) {
  const { audio, class: classId } = bundle.prototypeOf(id);
  const shown = className({ ...bundle.classOf(classId), label: id });
  return html`<li class="sound${audio ? "" : " without-audio"}">${audio && soundStart(audio, t("prototype {id}", { id }))}
    <span class="name" data-prototype="${id}">${playName(audio, t("prototype {id}", { id }), shown)}</span>
    <span class="number">${note}</span></li>`;
}

/**
 * The nearest training segments of a prototype, with their distances.
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
export const nearestRows = (bundle, { nearest, nearest_distances: distances }) =>
  nearest.map((id, i) => excerptRow(bundle, id, fixed(distances[i])));

/**
 * The farthest training segment of a prototype's class, with its distance.
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
export const farthestRow = (bundle, { farthest, farthest_distance: distance }) =>
  excerptRow(bundle, farthest, distance === null ? "" : fixed(distance));

/**
 * "The model classifies the prototype's decoded audio as jazz (score 0.98)."
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
export function reanalysis(bundle, { decoded_class: classId, decoded_score: score }) {
  if (classId === null) return "";
  const values = { class: bundle.labelOf(classId), score: score === null ? "" : fixed(score) };
  return score === null
    ? t("The model classifies the prototype's decoded audio as {class}.", values)
    : t("The model classifies the prototype's decoded audio as {class} (score {score}).", values);
}

/**
 * "For 34 % of the jazz training segments, this is the nearest jazz prototype."
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
export function coverage(bundle, { segment_ratio: ratio, class: classId }) {
  const values = { class: bundle.labelOf(classId), percentage: percent(ratio) };
  return t("For {percentage} of the {class} training segments, this is the nearest {class} prototype.", values);
}

/**
 * A large play button beside the sound's spectrogram.
 * @param {string | null} url
 * @param {string} name
 */
export const bigSound = (url, name) =>
  url
    ? html`<div class="big-sound">${playButton(url, name)}
        <sound-picture src="${url}" role="img" aria-label="${t("Spectrogram of {name}", { name })}"></sound-picture></div>`
    : html`<p class="mute">${t("This bundle has no audio for {name}.", { name })}</p>`;

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem | PointItem} sound
 * @param {string} name
 */
const picture = (bundle, sound, name) => html`${bigSound(sound.audio, name)}
  ${sound.audio && html`<p class="axis small mute" aria-hidden="true"><span>${t("{seconds} s", { seconds: 0 })}</span><span>${t("frequency increases upwards")}</span><span>${t("{seconds} s", { seconds: bundle.segmentS })}</span></p>`}`;

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @param {Explanation | null} explanation
 * @param {string | undefined} decoding
 */
function prototypeCard(bundle, prototype, explanation, decoding) {
  const evidence = explanation?.prototypes.find((item) => item.id === prototype.id);
  return html`<h2>${className({ ...bundle.classOf(prototype.class), label: prototype.id })}<span class="hint end">${t("prototype")}</span></h2>
    ${picture(bundle, prototype, t("prototype {id}", { id: prototype.id }))}
    <p>${evidence && t("Your track: distance {distance}, similarity {similarity}.", { distance: fixed(evidence.distance), similarity: fixed(evidence.similarity) })}
      ${coverage(bundle, prototype)}
      ${reanalysis(bundle, prototype)}</p>
    ${decoding && html`<p class="small mute">${decoding}</p>`}
    <h3>${t("Nearest training segments")}</h3><ul>${nearestRows(bundle, prototype)}</ul>
    <h3>${t("The {class} training segment that is farthest from this prototype", { class: bundle.labelOf(prototype.class) })}</h3><ul>${farthestRow(bundle, prototype)}</ul>`;
}

/**
 * @param {Bundle} bundle
 * @param {PointItem} point
 */
function pointCard(bundle, point) {
  const nearTo = bundle.prototypes
    .filter((prototype) => prototype.nearest.includes(point.id))
    .map(
      ({ id, audio }) => html`<span data-prototype="${id}">${playName(audio, t("prototype {id}", { id }), id)}</span>`,
    );
  return html`<h2>${className({ ...bundle.classOf(point.class), label: point.title })}<span class="hint end">${t("training segment")}</span></h2>
    ${picture(bundle, point, pointName(point))}
    <p>${t("This training segment begins at {start} of a {class} track.", { start: clock(point.start_s), class: bundle.labelOf(point.class) })}
      ${t("A track shorter than {seconds} s was repeated to fill the segment.", { seconds: bundle.segmentS })}
      ${nearTo.length > 0 && tm("It is one of the training segments nearest to {prototypes}.", { prototypes: series(nearTo) })}</p>`;
}

/**
 * A neighbour: a training point if the map has it, otherwise its title without sound.
 * @param {Bundle} bundle
 * @param {Neighbour} neighbour
 */
const neighbourRow = (bundle, neighbour) =>
  bundle.pointById.has(neighbour.id)
    ? excerptRow(bundle, neighbour.id, fixed(neighbour.distance))
    : html`<li class="sound without-audio"><span class="name excerpt" title="${pointName(neighbour)}">${className({ ...bundle.classOf(neighbour.class_id), label: neighbour.title })}</span>
        <span class="number">${fixed(neighbour.distance)}</span></li>`;

/**
 * @param {Bundle} bundle
 * @param {Explanation} explanation
 */
const neighbours = (
  bundle,
  explanation,
) => html`<h3>${t("Training segments nearest to your track (distance, averaged over the track's segments)")}</h3>
  <ul>${explanation.neighbours.slice(0, 3).map((neighbour) => neighbourRow(bundle, neighbour))}</ul>`;

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function draw(root, { bundle, selected, explanation, opening }) {
  root.hidden = !bundle;
  if (!bundle) return;
  const prototype = selected?.kind === "prototype" && bundle.prototypeById.get(selected.id);
  const point = selected?.kind === "point" && bundle.pointById.get(selected.id);
  let body = html`<h2>${t("No sound selected")}</h2><p class="mute">${t("Press a symbol on the map to play its sound and to see its details here.")}</p>`;
  if (prototype) body = prototypeCard(bundle, prototype, explanation, opening?.decoding);
  if (point) body = pointCard(bundle, point);
  const source = segmentSource(bundle);
  render(
    root,
    html`${body}${explanation && neighbours(bundle, explanation)}${source && html`<p class="small mute">${source}</p>`}`,
  );
}

/**
 * Draw the card into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountSoundCard(root) {
  root.addEventListener("click", (event) => {
    const { point, prototype } = closest(event, "[data-point], [data-prototype]")?.dataset ?? {};
    if (point) update({ selected: { kind: "point", id: point } });
    if (prototype) update({ selected: { kind: "prototype", id: prototype } });
  });
  subscribe(["bundle", "selected", "explanation"], (now) => draw(root, now));
}
