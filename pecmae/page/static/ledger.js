// "Why jazz?": similarity x weight = contribution for each prototype, then the bias and the logit.

import { className, closest, fixed, html, playButton, plural, render, signed } from "./dom.js";
import { ledger, ranking, voting } from "./reading.js";
import { state, subscribe, update } from "./store.js";

/**
 * @import {Bundle, ClassItem} from "./bundle.js"
 * @import {PageState} from "./store.js"
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

/** @param {string} label */
const head = (label) => html`<tr><th scope="col">prototype</th><th scope="col" class="wide">distance</th>
  <th scope="col">similarity</th><th scope="col"><span class="wide">× </span>weight<span class="wide"> for ${label}</span></th>
  <th scope="col"><span class="wide">= contribution</span><span class="narrow">= contrib.</span></th></tr>`;

/**
 * @param {ClassItem} item
 * @param {string} chosen
 */
const option = ({ id, label }, chosen) => html`<option value="${id}" ${id === chosen && "selected"}>${label}</option>`;

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 * @param {boolean} all
 */
function draw(root, { bundle, explanation, chosenClass }, all) {
  root.hidden = !explanation;
  if (!bundle || !explanation || !chosenClass) return;
  const { rows, bias, logit } = ledger(explanation, chosenClass, bundle.prototypeOf);
  const [first, second] = ranking(explanation).map((i) => bundle.classes[i]);
  const chosen = bundle.classOf(chosenClass);
  const winning = chosen.id === first.id;
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
      <table><thead>${head(chosen.label)}</thead>
      <tbody>${shown.map((item) => row(bundle, item, widest))}
        ${
          rest.length > 0 &&
          html`<tr><th scope="row"><button type="button" class="link" data-rest aria-expanded="false">${rest.length} more</button></th>
          <td class="wide"></td><td></td><td></td><td>${signed(total(rest))}</td></tr>`
        }
        ${closing("bias", bias)}${closing("logit", logit, "sum")}</tbody></table>
      <p class="small mute">A similarity of 1 means identical, 0 means very different. Each prototype contributes its similarity × its learned
        weight. The contributions and the bias add up to the logit of the class; a softmax turns the logits into scores.${average}
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
      const toggle = root.querySelector("[data-rest]");
      if (toggle instanceof HTMLElement) toggle.focus();
    }
    const id = closest(event, "[data-prototype]")?.dataset.prototype;
    if (id) update({ selected: { kind: "prototype", id } });
  });
  root.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement) update({ chosenClass: target.value });
  });
  subscribe(["bundle", "explanation", "chosenClass"], redraw);
}
