// The card beside the map: the chosen prototype or excerpt, to hear and to see, and the music nearest to the track.

import { className, clock, fixed, html, percent, playButton, render } from "./dom.js";
import { subscribe, update } from "./store.js";

/** A point's title and place: "shuffle in E, 0:08". */
export const pointName = (point) => `${point.title}, ${clock(point.start_s)}`;

/** One line of a list of excerpts; a long title shows whole when pointed at. */
export function excerptRow(facts, id, note) {
  const point = facts.pointById.get(id);
  if (!point) return "";
  return html`<li class="sound">${playButton(point.audio, pointName(point))}
    <sound-picture src="${point.audio}" aria-hidden="true"></sound-picture>
    <button type="button" class="name excerpt" data-point="${id}" title="${pointName(point)}">${className({ ...facts.classById.get(point.class), label: point.title })}</button>
    <span class="number">${note}</span></li>`;
}

/** "When its sound is analysed again, it comes back as jazz (0.98)." */
export function comesBack(facts, { decoded_class: as, decoded_score: score }) {
  if (as === null || as === undefined) return "";
  const certainty = score === null || score === undefined ? "" : ` (${fixed(score)})`;
  return `When its sound is analysed again, it comes back as ${facts.labelOf(as)}${certainty}.`;
}

export const shareOf = (facts, { segment_ratio: ratio, class: classId }) =>
  `Nearest prototype of ${percent(ratio)} of the training ${facts.labelOf(classId)}.`;

/** A sound's play button beside its picture. */
export const bigSound = (url, name) => html`<div class="big-sound">${playButton(url, name)}
  <sound-picture src="${url}" role="img" aria-label="Spectrogram of ${name}"></sound-picture></div>`;

const picture = (sound, name) => html`${bigSound(sound.audio, name)}
  <p class="axis small mute" aria-hidden="true"><span>0 s</span><span>low notes below, high above</span><span>4 s</span></p>`;

function prototypeCard(facts, prototype, explanation) {
  const evidence = explanation?.prototypes.find((item) => item.id === prototype.id);
  return html`<h2>${className({ ...facts.classById.get(prototype.class), label: prototype.id })}<span class="hint end">prototype</span></h2>
    ${picture(prototype, `prototype ${prototype.id}`)}
    <p>${shareOf(facts, prototype)} ${comesBack(facts, prototype)}${evidence && ` Your track: distance ${fixed(evidence.distance)}, similarity ${fixed(evidence.similarity)}.`}</p>
    <h3>Nearest training music</h3><ul>${prototype.nearest.map((id) => excerptRow(facts, id, ""))}</ul>
    <h3>Farthest ${facts.labelOf(prototype.class)}</h3><ul>${excerptRow(facts, prototype.farthest, "")}</ul>`;
}

function pointCard(facts, point) {
  const nearTo = facts.prototypes
    .filter((prototype) => prototype.nearest.includes(point.id))
    .map((prototype) => prototype.id);
  return html`<h2>${className({ ...facts.classById.get(point.class), label: point.title })}<span class="hint end">training music</span></h2>
    ${picture(point, pointName(point))}
    <p>${facts.labelOf(point.class)}, from ${clock(point.start_s)} to ${clock(point.start_s + facts.segmentS)} of its track.
      ${nearTo.length > 0 && `Among the music nearest to ${nearTo.join(", ")}.`}</p>`;
}

/** A neighbour: an excerpt if the bundle contains its sound, otherwise its title without a play button. */
const neighbourRow = (facts, neighbour) =>
  neighbour.has_audio && facts.pointById.has(neighbour.id)
    ? excerptRow(facts, neighbour.id, fixed(neighbour.distance))
    : html`<li class="sound"><span class="name excerpt" title="${pointName(neighbour)}">${className({ ...facts.classById.get(neighbour.class_id), label: neighbour.title })}</span>
        <span class="number">${fixed(neighbour.distance)}</span></li>`;

const neighbours = (facts, explanation) => html`<h3>Training music nearest to your track</h3>
  <ul>${explanation.neighbours.slice(0, 3).map((neighbour) => neighbourRow(facts, neighbour))}</ul>`;

function draw(root, { facts, selected, explanation }) {
  root.hidden = !facts;
  if (root.hidden) return;
  const prototype = selected?.kind === "prototype" && facts.prototypeById.get(selected.id);
  const point = selected?.kind === "point" && facts.pointById.get(selected.id);
  let body = html`<h2>Nothing chosen yet</h2><p class="mute">Press a symbol on the map: you hear it, and read here what it is.</p>`;
  if (prototype) body = prototypeCard(facts, prototype, explanation);
  if (point) body = pointCard(facts, point);
  render(root, html`${body}${explanation && neighbours(facts, explanation)}`);
}

/** Draw the card into `root` and keep it up to date. */
export function mountSoundCard(root) {
  root.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-point]");
    if (name) update({ selected: { kind: "point", id: name.dataset.point } });
  });
  subscribe(["facts", "selected", "explanation"], (now) => draw(root, now));
}
