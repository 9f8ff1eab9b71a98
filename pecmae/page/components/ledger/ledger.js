// "Why jazz?": similarity x weight = contribution for each prototype, then the bias and the logit. "Why not blues?" is
// the ledger of the class with the highest score minus that of blues. While a segment is selected, all of this is its.

import { className, clock, closest, fixed, html, playButton, render, signed } from "../../static/dom.js";
import { ledger, ledgerDifference, ranking, voting } from "../../static/reading.js";
import { evidenceOf, segmentOf } from "../../static/segments.js";
import { state, subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";

/**
 * @import {SegmentExplanation} from "../../types/api.js"
 * @import {Bundle, ClassItem} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 * @typedef {ReturnType<typeof ledger>} Terms
 * @typedef {Terms["rows"][number]} Row
 */

const N_SHOWN = 6;

/**
 * @param {Bundle} bundle
 * @param {Row} item
 * @param {number} widest - largest size of a contribution
 */
function row(bundle, item, widest) {
  const prototype = bundle.prototypeOf(item.id);
  const ratio = Math.abs(item.contribution) / widest;
  return html`<tr><th scope="row"><span class="sound${prototype.audio ? "" : " without-audio"}">${playButton(prototype.audio, t("prototype {id}", { id: item.id }))}
      <button type="button" class="name" data-prototype="${item.id}">${className({ ...bundle.classOf(item.classId), label: item.id })}</button></span></th>
    <td class="wide">${fixed(item.distance)}</td><td>${fixed(item.similarity, 3)}</td>
    <td>${signed(item.weight, 2)}</td>
    <td><i class="amount${item.contribution < 0 ? " against" : ""}" style="width:${40 * ratio}%"></i>${signed(item.contribution)}</td></tr>`;
}

/** @param {Row[]} rows */
const total = (rows) => rows.reduce((sum, item) => sum + item.contribution, 0);

/**
 * @param {string} name
 * @param {number} value
 */
const closing = (name, value, className = "") =>
  html`<tr class="${className}"><th scope="row">${name}</th><td class="wide"></td><td></td><td></td><td>${signed(value)}</td></tr>`;

/** @param {string | null} label - of the class that the weights are for; null for their difference */
const head = (
  label,
) => html`<tr><th scope="col">${t("prototype")}</th><th scope="col" class="wide">${t("distance")}</th>
  <th scope="col">${t("similarity")}</th>
  <th scope="col"><span class="wide">${label === null ? t("× weight difference") : t("× weight for {class}", { class: label })}</span><span class="narrow">${t("weight")}</span></th>
  <th scope="col"><span class="wide">${t("= contribution")}</span><span class="narrow">${t("= contrib.")}</span></th></tr>`;

/**
 * @param {ClassItem} item
 * @param {string} chosen
 */
const option = ({ id, label }, chosen) => html`<option value="${id}" ${id === chosen && "selected"}>${label}</option>`;

/**
 * "Why jazz?", or "Why jazz from 0:04 to 0:08?"
 * @param {boolean} winning
 * @param {string} label
 * @param {SegmentExplanation | null} segment
 */
function question(winning, label, segment) {
  if (!segment) return winning ? t("Why {class}?", { class: label }) : t("Why not {class}?", { class: label });
  const values = { class: label, start: clock(segment.start_s), end: clock(segment.end_s) };
  return winning
    ? t("Why {class} from {start} to {end}?", values)
    : t("Why not {class} from {start} to {end}?", values);
}

/**
 * "jazz-0 (+9.54) and country-0 (−8.12)": the two largest rows.
 * @param {Row[]} rows
 */
function largest(rows) {
  const [first, second] = rows.map(({ id, contribution }) => `${id} (${signed(contribution, 2)})`);
  return second === undefined ? first : t("{first} and {second}", { first, second });
}

/**
 * The result, said before the table.
 * @param {{label: string}} first - the class with the highest score
 * @param {{label: string}} chosen
 * @param {Terms} terms
 */
function result(first, chosen, { rows, logit }) {
  const values = { class: chosen.label, first: first.label, logit: fixed(logit), largest: largest(rows) };
  return first === chosen
    ? t(
        "The logit of {class} is {logit}, the highest of all classes. The largest contributions are those of {largest}.",
        values,
      )
    : t(
        "The logit of {first} is {logit} higher than that of {class}. The table subtracts the contributions to {class} from those to {first}: positive rows favour {first}, negative rows {class}. The largest differences are those of {largest}.",
        values,
      );
}

/**
 * How the numbers of the table are to be read.
 * @param {boolean} winning
 * @param {SegmentExplanation | null} segment
 * @param {number} count - of segments
 */
function explained(winning, segment, count) {
  const sums = winning
    ? t(
        "Each prototype contributes its similarity × its learned weight. The contributions and the bias add up to the logit of the class.",
      )
    : t(
        "Each row is the similarity × the difference of the prototype's two weights. The rows add up to the difference of the logits.",
      );
  const range = t("A similarity of 1 means identical, 0 means very different.");
  const softmax = t("A softmax turns the logits into scores.");
  const mean = segment || count === 1 ? "" : t("Similarities are means over {n} segments.", { n: count });
  return [range, sums, softmax, mean].filter(Boolean).join(" ");
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {boolean} all
 */
function draw(root, state, all) {
  const { bundle, explanation, chosenClass } = state;
  root.hidden = !explanation;
  if (!bundle || !explanation || !chosenClass) return;
  const segment = segmentOf(state);
  const evidence = segment ? evidenceOf(explanation, segment, bundle.prototypeOf) : explanation;
  const [first, second] = ranking(evidence).map((i) => bundle.classes[i]);
  const chosen = bundle.classOf(chosenClass);
  const winning = chosen.id === first.id;
  const terms = winning
    ? ledger(evidence, chosenClass, bundle.prototypeOf)
    : ledgerDifference(evidence, first.id, chosenClass, bundle.prototypeOf);
  const { rows, bias, logit } = terms;
  const shown = all ? rows : rows.slice(0, N_SHOWN);
  const rest = rows.slice(shown.length);
  const other = winning ? second : first;
  const widest = Math.abs(rows[0].contribution) || 1;
  const [biasName, logitName] = winning
    ? [t("bias"), t("logit")]
    : [t("difference of the biases"), t("difference of the logits")];
  render(
    root,
    html`<h2><span>${question(winning, chosen.label, segment)}</span>
        ${other && html`<button type="button" class="link" data-class="${other.id}">${question(!winning, other.label, null)}</button>`}
        <label class="choose-class end">${t("class")}
          <select aria-label="${t("Class to explain")}">${bundle.classes.map((item) => option(item, chosenClass))}</select></label></h2>
      ${
        segment &&
        html`<p class="of-segment">${t("This is the ledger of the selected segment, not of the whole track.")} ${segment.is_silent && t("The segment is silent and isn't used for the scores.")}
        <button type="button" class="quiet" data-whole>${t("Whole track")}</button></p>`
      }
      <p class="result">${result(first, chosen, terms)}</p>
      <table><thead>${head(winning ? chosen.label : null)}</thead>
      <tbody>${shown.map((item) => row(bundle, item, widest))}
        ${
          rest.length > 0 &&
          html`<tr><th scope="row"><button type="button" class="link" data-rest aria-expanded="false">${t("{n} more", { n: rest.length })}</button></th>
          <td class="wide"></td><td></td><td></td><td>${signed(total(rest))}</td></tr>`
        }
        ${closing(biasName, bias)}${closing(logitName, logit, "sum")}</tbody></table>
      <p class="small mute">${explained(winning, segment, voting(explanation).length)}
        ${all && html`<button type="button" class="link" data-rest aria-expanded="true">${t("Show only the largest")}</button>`}</p>`,
  );
}

/**
 * Draw the ledger into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountLedger(root) {
  let all = false;
  const redraw = () => draw(root, state, all);
  root.addEventListener("click", (event) => {
    const choice = closest(event, "[data-class]")?.dataset.class;
    if (choice) update({ chosenClass: choice });
    if (closest(event, "[data-rest]")) {
      all = !all;
      redraw();
    }
    if (closest(event, "[data-whole]")) update({ selectedSegment: null });
    const id = closest(event, "[data-prototype]")?.dataset.prototype;
    if (id) update({ selected: { kind: "prototype", id } });
  });
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement) update({ chosenClass: target.value });
  });
  subscribe(["bundle", "explanation", "selectedSegment", "chosenClass"], redraw);
}
