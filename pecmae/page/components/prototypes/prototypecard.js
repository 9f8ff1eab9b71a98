// The card of one prototype in the tab Prototypes.

import { className, fixed, html, percent, playName, signed, tm } from "../../static/dom.js";
import { t, tn } from "../../static/texts.js";
import { seedItems } from "../sound/seeds.js";
import { bigSound, coverage, farthestRow, nearestRows, prototypeRow } from "../sound/soundcard.js";

/**
 * @import {ListenerFigures, Recognition} from "../../types/api.js"
 * @import {Bundle, PrototypeItem} from "../../static/bundle.js"
 */

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
const sounds = (bundle, { id, audio }) => html`<section><h4>${t("How it sounds")}</h4>
  <ul class="seeds"><li>${audio && html`<p class="small mute">${t("In the bundle")}</p>`}${bigSound(audio, t("prototype {id}", { id }))}</li>
    ${audio && seedItems(bundle.name, id)}</ul>
  ${audio && html`<p class="axis small mute" aria-hidden="true"><span>${t("{seconds} s", { seconds: 0 })}</span><span>${t("{seconds} s", { seconds: bundle.segmentS })}</span></p>`}
  ${audio && html`<p class="small mute">${t("The same prototype, decoded each time from different random noise. What differs comes from the noise; what stays comes mostly from the prototype, and the beat from a training segment near it.")}</p>`}</section>`;

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @param {number} largest - the largest weight of the bundle, for the length of the bars
 */
const weights = (bundle, { weights, class: own }, largest) => html`<section><h4>${t("Weight for each class")}</h4>
  <ul class="weights">${bundle.classes.map((item) => {
    const weight = weights[item.index];
    const width = (100 * Math.abs(weight)) / largest;
    return html`<li${item.id === own && html` class="own"`}>${className(item)}
      <span><i class="amount${weight < 0 ? " against" : ""}" style="width:${width.toFixed(1)}%"></i></span>
      <span class="number">${signed(weight, 2)}</span></li>`;
  })}</ul>
  <p class="small mute">${t("A similarity of 1 to this prototype adds this much to a class's logit. Outlined bars subtract.")}</p></section>`;

/**
 * The training sounds around a prototype, and the other prototypes of its class.
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
const neighbours = (bundle, prototype) => html`<section><h4>${t("Nearest training segments, with distance")}</h4>
  <ul>${nearestRows(bundle, prototype)}</ul>
  ${prototype.farthest && html`<h4>${t("Farthest {class} training segment, with distance", { class: bundle.labelOf(prototype.class) })}</h4><ul>${farthestRow(bundle, prototype)}</ul>`}
  ${siblings(bundle, prototype)}</section>`;

const UNKNOWN = html`<span class="mute">${t("not measured")}</span>`;

/** @param {Pick<Recognition, "n_right" | "n_total"> | null | undefined} counted */
const ratio = (counted) =>
  counted
    ? tm("{right} of {total} {percentage}", {
        right: counted.n_right,
        total: counted.n_total,
        percentage: html`<span class="ratio">(${percent(counted.n_right / counted.n_total)})</span>`,
      })
    : UNKNOWN;

/**
 * What the model and an independent classifier say of the decoded sounds: of this prototype, of its class, of all.
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
function opinions(bundle, { id, class: own, decoded_class: heard, decoded_score: score }) {
  const { cycle_consistency: cycle, listener, evaluation } = bundle.metrics;
  const figures = /** @type {ListenerFigures | undefined} */ (evaluation.listener);
  const ofClass = figures?.by_class?.[own]?.prototypes;
  if (heard === null && !cycle && !listener) return "";
  const said =
    heard === null
      ? UNKNOWN
      : tm("{class} (score {score})", { class: className(bundle.classOf(heard)), score: fixed(score ?? 0) });
  const label = bundle.labelOf(own);
  return html`<h4>${t("Which class the model and an independent listener hear in the decoded sounds")}</h4><table class="opinions">
    <thead><tr><td></td><th scope="col">${t("The model itself")}</th><th scope="col">${t("Independent listener")}</th></tr></thead>
    <tbody><tr><th scope="row">${t("{id}, as in the bundle", { id })}</th><td>${said}</td><td>${UNKNOWN}</td></tr>
    <tr><th scope="row">${t("{class} prototypes heard as {class}", { class: label })}</th><td>${UNKNOWN}</td><td>${ratio(ofClass)}</td></tr>
    <tr><th scope="row">${t("All prototypes heard as their class")}</th><td>${ratio(cycle)}</td><td>${ratio(listener)}</td></tr></tbody></table>
    <p class="small mute">${cycle && tn("The last two rows count {n} noise seed per prototype.", "The last two rows count {n} noise seeds per prototype.", cycle.seeds.length)}
      ${t("The model's own opinion is called cycle consistency.")}</p>`;
}

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
function siblings(bundle, { class: own, index, class_distances: distances }) {
  const others = bundle.prototypes.filter((item) => item.class === own && item.index !== index);
  if (!others.length) return "";
  return html`<h4>${tn("Distance to the other {class} prototype", "Distance to the other {class} prototypes", others.length, { class: bundle.labelOf(own) })}</h4>
    <ul class="siblings">${others.map((item) => prototypeRow(bundle, item.id, fixed(distances[item.index])))}</ul>`;
}

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @param {number} largest - the largest weight of the bundle
 */
export const prototypeCard = (bundle, prototype, largest) => html`<article class="card prototype" tabindex="-1"
    data-card="${prototype.id}" aria-label="${t("Prototype {id}", { id: prototype.id })}">
  <header><h3>${playName(prototype.audio, t("prototype {id}", { id: prototype.id }), className({ ...bundle.classOf(prototype.class), label: prototype.id }))}</h3>
    <p class="small mute">${coverage(bundle, prototype)}</p></header>
  <div class="facts">${sounds(bundle, prototype)}${weights(bundle, prototype, largest)}${neighbours(bundle, prototype)}
    <section>${opinions(bundle, prototype)}</section></div></article>`;
