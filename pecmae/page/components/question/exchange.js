// The grid of counterfactual clips, compositions in rows and instruments in columns, and the card of the chosen clip.
//
// A cell's colour is the class that the model predicted. Columns of one colour mean that the instruments decide; rows of
// one colour mean that the composition decides. The cell's shape says the same without colour: filled for the
// instruments' class, outlined for the composition's class, small for neither.

import { className, clock, fixed, html, playButton, tm } from "../../static/dom.js";
import { colourVariable } from "../../static/palette.js";
import { t } from "../../static/texts.js";
import { bigSound } from "../sound/soundcard.js";

/**
 * @import {Bundle, ClassItem} from "../../static/bundle.js"
 * @import {Clip, Counterfactuals} from "./counterfactuals.js"
 * @typedef {{number: number, score: string, band: string}} Choice - a set of pieces, and the classes of score and band
 */

const N_SCORES = 3;

/**
 * A class's marker without its name.
 * @param {ClassItem} item
 */
const marker = (item) => html`${className({ ...item, label: "" })}`;

/**
 * @param {Bundle} bundle
 * @param {Clip} clip
 */
const nameOf = (bundle, clip) =>
  t("{composition} composition with {instruments} instruments", {
    composition: bundle.labelOf(clip.score.class_id),
    instruments: bundle.labelOf(clip.band.class_id),
  });

/**
 * @param {Bundle} bundle
 * @param {Clip} clip
 * @param {Choice} chosen
 */
function cell(bundle, clip, chosen) {
  const { class_id: score } = clip.score;
  const { class_id: band } = clip.band;
  const predicted = bundle.classOf(clip.said);
  const name = t("{clip}: predicted {class}", { clip: nameOf(bundle, clip), class: predicted.label });
  const isChosen = score === chosen.score && band === chosen.band;
  return html`<td><button type="button" class="exchange ${clip.follows}" style="--class:${colourVariable(predicted.index)}"
    data-cell data-score="${score}" data-band="${band}" data-sound="${clip.audio}" data-name="${name}" aria-pressed="false"
    aria-label="${t("Play {name}", { name })}" title="${t("Play {name}", { name })}" tabindex="${isChosen ? 0 : -1}" ${isChosen && html`aria-current="true"`}>${marker(predicted)}</button></td>`;
}

/**
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {string} classId
 * @param {Choice} chosen
 */
function row(set, bundle, classId, chosen) {
  const score = set.pieceOf(classId, chosen.number);
  return html`<tr><th scope="row">${className(bundle.classOf(classId))}</th>
    ${set.classes.map((band) => cell(bundle, set.clipOf(score, set.pieceOf(band, chosen.number)), chosen))}</tr>`;
}

/** @param {number} count */
const numbers = (count) => Array.from({ length: count }, (_, i) => i + 1);

/**
 * @param {number} number
 * @param {number} chosen
 */
const chip = (number, chosen) =>
  html`<button type="button" class="chip" data-set="${number}" ${number === chosen && html`aria-current="true"`}>${number}</button>`;

/**
 * @param {string} form
 * @param {string} meaning
 */
const key = (form, meaning) =>
  html`<span class="key"><i class="exchange ${form}" aria-hidden="true"><b></b></i>${meaning}</span>`;

/**
 * The grid of one set of pieces.
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {Choice} chosen
 */
export const exchangeGrid = (set, bundle, chosen) => html`<h2>${t("Each composition with each genre's instruments")}
    <span class="sets end" role="group" aria-label="${t("Set of pieces")}">${t("Pieces: set")} ${numbers(set.n_sets).map((number) => chip(number, chosen.number))}</span></h2>
  <p class="small mute axes">${t("Rows are compositions, columns are instruments. Press a square to play its clip. Each set has one piece per genre.")}</p>
  <table class="exchanges" aria-label="${t("Compositions in rows, instruments in columns")}">
    <thead><tr><td></td>${set.classes.map((id) => html`<th scope="col">${className(bundle.classOf(id))}</th>`)}</tr></thead>
    <tbody>${set.classes.map((id) => row(set, bundle, id, chosen))}</tbody></table>
  <p class="small mute keys">${key("band", t("filled: predicted the instruments' genre"))}${key("score", t("outlined: predicted the composition's genre"))}
    ${key("neither", t("small: predicted another genre"))}</p>
  <p class="small mute">${t("The colour and the symbol in a square show the genre that the model predicted. Columns of one colour mean that the instruments decide. Rows of one colour mean that the composition decides. On the diagonal, each piece is played with its own instruments.")}</p>`;

/** @type {Record<string, [down: number, right: number]>} */
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

/**
 * Move the keyboard focus from a square to its neighbour. Returns false if the key isn't an arrow key.
 * @param {HTMLElement} from - the button of the square
 * @param {string} key
 */
export function moveFocus(from, key) {
  if (!(key in STEPS)) return false;
  const [down, right] = STEPS[key];
  const [square, line, table] = [from.closest("td"), from.closest("tr"), from.closest("table")];
  if (!square || !line || !table) return false;
  const cells = table.rows[line.rowIndex + down]?.cells;
  const next = cells?.[square.cellIndex + right]?.querySelector("[data-cell]");
  if (!(next instanceof HTMLElement)) return true;
  from.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  return true;
}

/**
 * @param {Bundle} bundle
 * @param {Clip} clip
 */
function highestScores(bundle, clip) {
  const order = bundle.classes.map((item) => item.index).sort((a, b) => clip.scores[b] - clip.scores[a]);
  const first = order.slice(0, N_SCORES);
  const asked = bundle.classes.filter(({ id }) => id === clip.score.class_id || id === clip.band.class_id);
  const rest = asked.map((item) => item.index).filter((i) => !first.includes(i));
  return [...first, ...rest].map(
    (i) => html`<div class="bar"><span>${className(bundle.classes[i])}</span>
      <span class="track"><i style="width:${Math.max(0.6, 100 * clip.scores[i])}%;background:${colourVariable(i)}"></i></span>
      <b>${fixed(clip.scores[i])}</b></div>`,
  );
}

/** @type {Record<import("./counterfactuals.js").Follows, string>} */
const VERDICTS = {
  band: t("This is the genre of the instruments."),
  score: t("This is the genre of the composition."),
  both: t("This is correct. Here the piece is played with its own instruments."),
  neither: t("This is the genre of neither the instruments nor the composition."),
};

/**
 * @param {Bundle} bundle
 * @param {Clip} clip
 * @param {string} what
 */
const compared = (bundle, clip, what) =>
  html`<li class="sound two-part">${playButton(clip.audio, `${what}, ${clip.score.title}`)}
    <span class="name">${what}<br><span class="small mute">${t("predicted: {class}", { class: bundle.labelOf(clip.said) })}</span></span></li>`;

/**
 * The card of the chosen clip: its sound, its composition and instruments, and the model's prediction.
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {Clip} clip
 */
export function exchangeCard(set, bundle, clip) {
  const isComposed = clip.score.id === clip.band.id;
  const predicted = bundle.classOf(clip.said);
  const prototype = bundle.prototypeById.get(clip.nearest);
  const own = isComposed
    ? ""
    : html`<h3>${t("Compare with the originals")}</h3><ul>${compared(bundle, set.clipOf(clip.score, clip.score), t("This composition with its own instruments"))}
        ${compared(bundle, set.clipOf(clip.band, clip.band), t("These instruments with their own composition"))}</ul>`;
  return html`<h2><span>${tm("Composition: {composition}; instruments: {instruments}", {
    composition: className(bundle.classOf(clip.score.class_id)),
    instruments: className(bundle.classOf(clip.band.class_id)),
  })}</span></h2>
    ${bigSound(clip.audio, nameOf(bundle, clip))}
    <p class="axis small mute" aria-hidden="true"><span>${t("{seconds} s", { seconds: 0 })}</span><span>${t("{seconds} s", { seconds: set.excerpt_s })}</span></p>
    <p class="named">${tm("The model predicts {class}.", { class: className(predicted) })} ${VERDICTS[clip.follows]}</p>
    <div class="bars">${highestScores(bundle, clip)}</div>
    <p class="small">${t("Composition: {title}, starting at {start}. Instruments ({band}): {instruments}.", {
      title: clip.score.title,
      start: clock(clip.score.start_s),
      band: clip.band.band,
      instruments: clip.instruments.join(", "),
    })}</p>
    <div class="evidence">${playButton(prototype?.audio, t("prototype {id}", { id: clip.nearest }))}<p>${t("Nearest prototype: {id}.", { id: clip.nearest })}</p></div>
    ${own}`;
}
