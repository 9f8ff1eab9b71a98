// The tab "Question it": do instruments or composition decide, and does the order of events matter?

import { html, render } from "./dom.js";
import { loadCounterfactuals } from "./counterfactuals.js";
import { exchangeCard, exchangeGrid, moveFocus } from "./exchange.js";
import { state, subscribe } from "./store.js";
import { summaryCard, timeCard, wordsCard } from "./questionwords.js";

const LAYOUT = html`<div class="stack question">
  <section class="card" id="following" aria-label="Instruments or composition"></section>
  <div class="map-row">
    <section class="card" id="exchange" aria-label="Compositions played with other instruments"></section>
    <section class="card" id="exchanged" aria-label="Selected clip" aria-live="polite"></section>
  </div>
  <section class="card" id="time" aria-label="Shuffled time"></section>
  <section class="card" id="meaning" aria-label="How to read these results"></section></div>`;

/** The first clip whose composition and instruments belong to different pieces. */
const firstChoice = ({ classes }) => ({ number: 1, score: classes[0], band: classes[1] ?? classes[0] });

function drawGrid(root, set, bundle, chosen) {
  render(root.querySelector("#exchange"), exchangeGrid(set, bundle, chosen));
}

function drawChosen(root, set, bundle, chosen) {
  const clip = set.clipOf(set.pieceOf(chosen.score, chosen.number), set.pieceOf(chosen.band, chosen.number));
  render(root.querySelector("#exchanged"), exchangeCard(set, bundle, clip));
}

function drawAll(root, set, bundle, chosen) {
  render(root, LAYOUT);
  render(root.querySelector("#following"), summaryCard(set));
  render(root.querySelector("#time"), timeCard(set, bundle));
  render(root.querySelector("#meaning"), wordsCard(set));
  drawGrid(root, set, bundle, chosen);
  drawChosen(root, set, bundle, chosen);
}

/** Draw the tab into `root` and keep it up to date with the chosen bundle. */
export function mountQuestion(root) {
  let set = null;
  let chosen = null;
  const choose = (change) => {
    chosen = { ...chosen, ...change };
    drawChosen(root, set, state.bundle, chosen);
  };
  root.addEventListener("click", ({ target }) => {
    const cell = target.closest("[data-cell]");
    const number = target.closest("[data-set]");
    if (cell) {
      for (const old of root.querySelectorAll("[data-cell][tabindex='0']")) old.tabIndex = -1;
      cell.tabIndex = 0;
      root.querySelector("[data-cell][aria-current]")?.removeAttribute("aria-current");
      cell.setAttribute("aria-current", "true");
      choose({ score: cell.dataset.score, band: cell.dataset.band });
    } else if (number) {
      choose({ number: Number(number.dataset.set) });
      drawGrid(root, set, state.bundle, chosen);
      root.querySelector(`[data-set="${chosen.number}"]`).focus();
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.target.closest("[data-cell]") && moveFocus(event.target.closest("[data-cell]"), event.key)) {
      event.preventDefault();
    }
  });
  subscribe(["opening", "bundle"], async ({ opening, bundle }) => {
    if (!opening?.counterfactuals || bundle?.name !== opening.name) return;
    try {
      const loaded = await loadCounterfactuals(opening.counterfactuals);
      if (state.opening !== opening) return;
      set = loaded;
      chosen = firstChoice(set);
      drawAll(root, set, bundle, chosen);
    } catch (reason) {
      render(root, html`<p class="mute opening" role="alert">${reason.message}</p>`);
    }
  });
}
