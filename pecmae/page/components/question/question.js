// The tab "Test the model": do instruments or composition decide, and does the order of events matter?

import { closest, find, html, render, series, tm } from "../../static/dom.js";
import { messageOf } from "../../static/server.js";
import { defineSoundPicture } from "../../static/soundpicture.js";
import { state, subscribe } from "../../static/store.js";
import { t, translated } from "../../static/texts.js";
import { loadCounterfactuals } from "./counterfactuals.js";
import { exchangeCard, exchangeGrid, moveFocus } from "./exchange.js";
import { summaryCard, timeCard, wordsCard } from "./questionwords.js";

/**
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Counterfactuals} from "./counterfactuals.js"
 * @import {Choice} from "./exchange.js"
 */

const LAYOUT = html`<div class="stack question">
  <section class="card" id="following" aria-label="${t("Instruments or composition")}"></section>
  <div class="map-row">
    <section class="card" id="exchange" aria-label="${t("Compositions played with other instruments")}"></section>
    <section class="card" id="exchanged" aria-label="${t("Selected clip")}" aria-live="polite"></section>
  </div>
  <section class="card" id="time" aria-label="${t("Shuffled time")}"></section>
  <section class="card" id="meaning" aria-label="${t("How to read these results")}"></section></div>`;

/**
 * The first clip whose composition and instruments belong to different pieces.
 * @param {Counterfactuals} set
 * @returns {Choice}
 */
const firstChoice = ({ classes }) => ({ number: 1, score: classes[0], band: classes[1] ?? classes[0] });

/**
 * What is shown for a bundle without answers.
 * @param {string[]} tested - titles of the bundles with answers
 */
const untested = (tested) => {
  const bundles = series(tested.map((title) => t("“{title}”", { title: translated(title) })));
  const where =
    tested.length === 1
      ? tm("This test works for the bundle {bundle}; choose it in the menu above.", { bundle: bundles })
      : tm("This test works for the bundles {bundles}; choose one of them in the menu above.", { bundles });
  return html`<section class="card"><p class="verdict">${
    tested.length > 0 ? where : t("This test doesn't work for any bundle on this server.")
  }</p><p class="evidence">${t("The test asks how a model classifies pieces that are played with another genre's instruments. These clips are classified in advance, and only for bundles that learned from such rendered music.")}</p></section>`;
};

/**
 * @param {HTMLElement} root
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {Choice} chosen
 */
function drawGrid(root, set, bundle, chosen) {
  render(find(root, "#exchange"), exchangeGrid(set, bundle, chosen));
}

/**
 * @param {HTMLElement} root
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {Choice} chosen
 */
function drawChosen(root, set, bundle, chosen) {
  const clip = set.clipOf(set.pieceOf(chosen.score, chosen.number), set.pieceOf(chosen.band, chosen.number));
  render(find(root, "#exchanged"), exchangeCard(set, bundle, clip));
}

/**
 * @param {HTMLElement} root
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 * @param {Choice} chosen
 */
function drawAll(root, set, bundle, chosen) {
  render(root, LAYOUT);
  render(find(root, "#following"), summaryCard(set));
  render(find(root, "#time"), timeCard(set, bundle));
  render(find(root, "#meaning"), wordsCard(set));
  drawGrid(root, set, bundle, chosen);
  drawChosen(root, set, bundle, chosen);
}

/**
 * Draw the tab "Test the model" into the element of its gr.HTML component, and keep it up to date with the chosen bundle.
 * @param {HTMLElement} element
 */
export function mount(element) {
  const root = find(element, ".pe");
  defineSoundPicture();
  /** @type {{set: Counterfactuals, bundle: Bundle, chosen: Choice} | null} */
  let drawn = null;
  /** @param {Partial<Choice>} change */
  const choose = (change) => {
    if (!drawn) return;
    const { set, bundle, chosen } = drawn;
    drawn = { set, bundle, chosen: { ...chosen, ...change } };
    drawChosen(root, set, bundle, drawn.chosen);
    if (!("number" in change)) return;
    drawGrid(root, set, bundle, drawn.chosen);
    find(root, `[data-set="${change.number}"]`).focus();
  };
  root.addEventListener("click", (event) => {
    const cell = closest(event, "[data-cell]");
    const number = closest(event, "[data-set]")?.dataset.set;
    if (cell) {
      for (const old of root.querySelectorAll("[data-cell][tabindex='0']")) old.setAttribute("tabindex", "-1");
      cell.tabIndex = 0;
      root.querySelector("[data-cell][aria-current]")?.removeAttribute("aria-current");
      cell.setAttribute("aria-current", "true");
      const { score, band } = cell.dataset;
      if (score && band) choose({ score, band });
    } else if (number) choose({ number: Number(number) });
  });
  root.addEventListener("keydown", (event) => {
    const cell = closest(event, "[data-cell]");
    if (cell && moveFocus(cell, event.key)) event.preventDefault();
  });
  subscribe(["opening", "bundle"], async ({ opening, bundle }) => {
    if (opening && !opening.counterfactuals) {
      drawn = null;
      render(root, untested(opening.tested));
    }
    if (!opening?.counterfactuals || !bundle || bundle.name !== opening.name) return;
    try {
      const loaded = await loadCounterfactuals(opening.counterfactuals);
      if (state.opening !== opening) return;
      drawn = { set: loaded, bundle, chosen: firstChoice(loaded) };
      drawAll(root, loaded, bundle, drawn.chosen);
    } catch (reason) {
      render(root, html`<p class="mute opening" role="alert">${messageOf(reason)}</p>`);
    }
  });
}
