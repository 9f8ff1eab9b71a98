// The card of one prototype in the tab Prototypes.

import { className, fixed, html, percent, playName, plural, signed } from "../../static/dom.js";
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
const sounds = (bundle, { id, audio }) => html`<section><h4>How it sounds</h4>
  <ul class="seeds"><li>${audio && html`<p class="small mute">In the bundle</p>`}${bigSound(audio, `prototype ${id}`)}</li>
    ${audio && seedItems(bundle.name, id)}</ul>
  ${audio && html`<p class="axis small mute" aria-hidden="true"><span>0 s</span><span>${bundle.segmentS} s</span></p>`}
  ${audio && html`<p class="small mute">One prototype, decoded from different random noise. What all have in common comes from the prototype.</p>`}</section>`;

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @param {number} largest - the largest weight of the bundle, for the length of the bars
 */
const weights = (bundle, { weights, class: own }, largest) => html`<section><h4>Weight for each class</h4>
  <ul class="weights">${bundle.classes.map((item) => {
    const weight = weights[item.index];
    const width = (100 * Math.abs(weight)) / largest;
    return html`<li${item.id === own && html` class="own"`}>${className(item)}
      <span><i class="amount${weight < 0 ? " against" : ""}" style="width:${width.toFixed(1)}%"></i></span>
      <span class="number">${signed(weight, 2)}</span></li>`;
  })}</ul>
  <p class="small mute">A similarity of 1 to this prototype adds this much to a class's logit. Outlined bars subtract.</p></section>`;

/**
 * The training sounds around a prototype, and the other prototypes of its class.
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
const neighbours = (bundle, prototype) => html`<section><h4>Nearest training sounds, with distance</h4>
  <ul>${nearestRows(bundle, prototype)}</ul>
  ${prototype.farthest && html`<h4>Farthest training segment of ${bundle.labelOf(prototype.class)}</h4><ul>${farthestRow(bundle, prototype)}</ul>`}
  ${siblings(bundle, prototype)}</section>`;

const UNKNOWN = html`<span class="mute">not in the bundle</span>`;

/** @param {Pick<Recognition, "n_right" | "n_total"> | null | undefined} counted */
const ratio = (counted) =>
  counted
    ? html`${counted.n_right} of ${counted.n_total} <span class="ratio">(${percent(counted.n_right / counted.n_total)})</span>`
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
  const said = heard === null ? UNKNOWN : html`${className(bundle.classOf(heard))} (score ${fixed(score ?? 0)})`;
  return html`<h4>Which class is heard in the decoded sounds</h4><table class="opinions">
    <thead><tr><td></td><th scope="col">The model itself</th><th scope="col">Independent listener</th></tr></thead>
    <tbody><tr><th scope="row">${id}, as in the bundle</th><td>${said}</td><td>${UNKNOWN}</td></tr>
    <tr><th scope="row">${bundle.labelOf(own)} prototypes heard as ${bundle.labelOf(own)}</th><td>${UNKNOWN}</td><td>${ratio(ofClass)}</td></tr>
    <tr><th scope="row">All prototypes heard as their class</th><td>${ratio(cycle)}</td><td>${ratio(listener)}</td></tr></tbody></table>
    <p class="small mute">${cycle && `The last two rows count ${plural(cycle.seeds.length, "noise seed")} per prototype. `}The model's own opinion is called cycle consistency.</p>`;
}

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 */
function siblings(bundle, { class: own, index, class_distances: distances }) {
  const others = bundle.prototypes.filter((item) => item.class === own && item.index !== index);
  if (!others.length) return "";
  return html`<h4>Distance to the other ${bundle.labelOf(own)} ${others.length === 1 ? "prototype" : "prototypes"}</h4>
    <ul class="siblings">${others.map((item) => prototypeRow(bundle, item.id, fixed(distances[item.index])))}</ul>`;
}

/**
 * @param {Bundle} bundle
 * @param {PrototypeItem} prototype
 * @param {number} largest - the largest weight of the bundle
 */
export const prototypeCard = (bundle, prototype, largest) => html`<article class="card prototype" tabindex="-1"
    data-card="${prototype.id}" aria-label="Prototype ${prototype.id}">
  <header><h3>${playName(prototype.audio, `prototype ${prototype.id}`, className({ ...bundle.classOf(prototype.class), label: prototype.id }))}</h3>
    <p class="small mute">${coverage(bundle, prototype)}</p></header>
  <div class="facts">${sounds(bundle, prototype)}${weights(bundle, prototype, largest)}${neighbours(bundle, prototype)}
    <section>${opinions(bundle, prototype)}</section></div></article>`;
