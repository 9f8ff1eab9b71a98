// "Why jazz?": similarity x weight = contribution for each prototype, then the bias and the logit. "Why not blues?" is
// the ledger of the class with the highest score minus that of blues.

import { className, closest, fixed, html, playButton, plural, render, signed } from "../../static/dom.js";
import { ledger, ledgerDifference, ranking, voting } from "../../static/reading.js";
import { state, subscribe, update } from "../../static/store.js";

/**
 * @import {Bundle, ClassItem} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 * @typedef {ReturnType<typeof ledger>["rows"][number]} Row
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
  return html`<tr><th scope="row"><span class="sound${prototype.audio ? "" : " without-audio"}">${playButton(prototype.audio, `prototype ${item.id}`)}
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

/** @param {string} what - what the weights are for */
const head = (what) => html`<tr><th scope="col">prototype</th><th scope="col" class="wide">distance</th>
  <th scope="col">similarity</th><th scope="col"><span class="wide">× </span>weight<span class="wide"> ${what}</span></th>
  <th scope="col"><span class="wide">= contribution</span><span class="narrow">= contrib.</span></th></tr>`;

/**
 * @param {ClassItem} item
 * @param {string} chosen
 */
const option = ({ id, label }, chosen) => html`<option value="${id}" ${id === chosen && "selected"}>${label}</option>`;

/** @param {boolean} winning */
const sums = (winning) =>
  winning
    ? "Each prototype contributes its similarity × its learned weight. The contributions and the bias add up to the logit of the class."
    : "Each row is the similarity × the difference of the prototype's two weights. The rows add up to the difference of the logits.";

/**
 * "jazz-0 (+9.54) and country-0 (−8.12)": the two largest rows.
 * @param {Row[]} rows
 */
const largest = (rows) =>
  rows
    .slice(0, 2)
    .map(({ id, contribution }) => `${id} (${signed(contribution, 2)})`)
    .join(" and ");

/**
 * The result, said before the table.
 * @param {{label: string}} first - the class with the highest score
 * @param {{label: string}} chosen
 * @param {ReturnType<typeof ledger>} terms
 */
function result(first, chosen, { rows, logit }) {
  return first === chosen
    ? `The logit of ${chosen.label} is ${fixed(logit)}, the highest of all classes. The largest contributions are those of ${largest(rows)}.`
    : `The logit of ${first.label} is ${fixed(logit)} higher than that of ${chosen.label}. The table subtracts the contributions to ${chosen.label} from those to ${first.label}: positive rows favour ${first.label}, negative rows ${chosen.label}. The largest differences are those of ${largest(rows)}.`;
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {boolean} all
 */
function draw(root, { bundle, explanation, chosenClass }, all) {
  root.hidden = !explanation;
  if (!bundle || !explanation || !chosenClass) return;
  const [first, second] = ranking(explanation).map((i) => bundle.classes[i]);
  const chosen = bundle.classOf(chosenClass);
  const winning = chosen.id === first.id;
  const terms = winning
    ? ledger(explanation, chosenClass, bundle.prototypeOf)
    : ledgerDifference(explanation, first.id, chosenClass, bundle.prototypeOf);
  const { rows, bias, logit } = terms;
  const shown = all ? rows : rows.slice(0, N_SHOWN);
  const rest = rows.slice(shown.length);
  const other = winning ? second : first;
  const widest = Math.abs(rows[0].contribution) || 1;
  const count = voting(explanation).length;
  const average = count > 1 ? ` Similarities are means over ${plural(count, "segment")}.` : "";
  render(
    root,
    html`<h2><span>${winning ? "Why" : "Why not"} ${chosen.label}?</span>
        ${other && html`<button type="button" class="link" data-class="${other.id}">${winning ? "Why not" : "Why"} ${other.label}?</button>`}
        <label class="choose-class end">class
          <select aria-label="Class to explain">${bundle.classes.map((item) => option(item, chosenClass))}</select></label></h2>
      <p class="result">${result(first, chosen, terms)}</p>
      <table><thead>${head(winning ? `for ${chosen.label}` : "difference")}</thead>
      <tbody>${shown.map((item) => row(bundle, item, widest))}
        ${
          rest.length > 0 &&
          html`<tr><th scope="row"><button type="button" class="link" data-rest aria-expanded="false">${rest.length} more</button></th>
          <td class="wide"></td><td></td><td></td><td>${signed(total(rest))}</td></tr>`
        }
        ${closing(winning ? "bias" : "difference of the biases", bias)}${closing(winning ? "logit" : "difference of the logits", logit, "sum")}</tbody></table>
      <p class="small mute">A similarity of 1 means identical, 0 means very different. ${sums(winning)}
        A softmax turns the logits into scores.${average}
        ${all && html`<button type="button" class="link" data-rest aria-expanded="true">Show only the largest</button>`}</p>`,
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
    const id = closest(event, "[data-prototype]")?.dataset.prototype;
    if (id) update({ selected: { kind: "prototype", id } });
  });
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement) update({ chosenClass: target.value });
  });
  subscribe(["bundle", "explanation", "chosenClass"], redraw);
}
