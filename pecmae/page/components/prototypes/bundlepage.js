// The bundle as a whole: which classes it confuses, how far they are from each other, near duplicates, the model card.

import { closest, fixed, html, playName, render, soundStart } from "../../static/dom.js";
import { testSentences } from "../../static/heldout.js";
import { getJson, messageOf, overviewUrl } from "../../static/server.js";
import { state, subscribe } from "../../static/store.js";
import { t, tn } from "../../static/texts.js";
import { excerptRow } from "../sound/soundcard.js";
import { countCells, distanceCells, matrix } from "./matrix.js";

/**
 * @import {BundleOverview, ConfusedTrack, ConfusionCell, NearPair} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 */

const MAX_TRACKS = 200;

/** @type {Map<string, Promise<BundleOverview>>} */
const loading = new Map(); // by name of the bundle

/**
 * @param {string} name
 * @returns {Promise<BundleOverview>}
 */
function loadOverview(name) {
  const known = loading.get(name);
  if (known) return known;
  const overview = getJson(overviewUrl(name));
  overview.catch(() => loading.delete(name)); // the next visit tries again
  loading.set(name, overview);
  return overview;
}

/** @param {Bundle} bundle */
function heldOut(bundle) {
  const { test, blocks } = bundle.metrics.evaluations;
  const measured = (test ?? blocks)?.pecmae;
  if (!measured?.n_tracks)
    return html`<section class="card"><h2>${t("Held-out tracks")}</h2><p class="evidence">${testSentences(bundle)}</p></section>`;
  return html`<section class="card"><h2>${t("Held-out tracks")}</h2><p class="evidence">${testSentences(bundle).join(" ")}
    ${t("The bundle holds the counts, but neither these tracks nor their sounds.")}</p>
    ${matrix(bundle, { name: t("Confusion of held-out tracks"), rows: t("class"), columns: t("model"), cell: countCells(measured.confusion) })}</section>`;
}

/**
 * The cell of the confusion matrix that is listed at first: the most frequent error, or the first class if there is none.
 * @param {BundleOverview} overview
 */
function firstCell({ training_confusion: cells }) {
  const errors = cells.filter((cell) => cell.class !== cell.predicted);
  return errors.reduce((most, cell) => (cell.n_segments > most.n_segments ? cell : most), errors[0] ?? cells[0]);
}

/**
 * @param {Bundle} bundle
 * @param {BundleOverview} overview
 * @param {ConfusionCell} chosen
 */
function trained(bundle, { training_confusion: cells }, chosen) {
  const counts = bundle.classes.map(() => bundle.classes.map(() => 0));
  for (const cell of cells) {
    counts[bundle.classOf(cell.class).index][bundle.classOf(cell.predicted).index] = cell.n_segments;
  }
  const cell = countCells(counts, (row, column, count) => {
    const [own, predicted] = [bundle.classes[row], bundle.classes[column]];
    const isChosen = own.id === chosen.class && predicted.id === chosen.predicted;
    const label = t("{count}: {class}, classified as {predicted}", {
      count,
      class: own.label,
      predicted: predicted.label,
    });
    return html`<button type="button" data-own="${own.id}" data-predicted="${predicted.id}" aria-pressed="${isChosen}"
      aria-label="${label}" title="${label}">${count}</button>`;
  });
  return html`<section class="card"><h2>${t("Training segments, which the model has seen")}</h2>
    <p class="evidence">${t("These counts say how well the model fits its training music, not how well it classifies other music. Press a number to list the tracks.")}</p>
    ${matrix(bundle, { name: t("Confusion of training segments"), rows: t("class"), columns: t("model"), cell })}</section>`;
}

/**
 * @param {Bundle} bundle
 * @param {ConfusedTrack} track
 */
function trackRows(bundle, { title, n_segments: nSegments, points }) {
  const known = points.filter((id) => bundle.pointById.has(id));
  if (known.length) return known.map((id) => excerptRow(bundle, id, ""));
  return html`<li class="sound without-audio"><span class="name">${title}</span><span class="number">${tn("{n} segment", "{n} segments", nSegments)}</span></li>`;
}

/**
 * @param {Bundle} bundle
 * @param {ConfusionCell} cell
 */
function cellList(bundle, { class: own, predicted, n_segments: nSegments, tracks }) {
  const left = tracks.length - MAX_TRACKS;
  return html`<h2>${t("{class}, classified as {predicted}", { class: bundle.labelOf(own), predicted: bundle.labelOf(predicted) })}</h2>
    <p class="evidence">${tn("{n} training segment of {tracks}.", "{n} training segments of {tracks}.", nSegments, { tracks: tn("{n} track", "{n} tracks", tracks.length) })}
      ${t("Those with sound can be played.")}</p>
    <div class="scrolled" role="region" tabindex="0" aria-label="${t("Tracks")}"><ul>${tracks.slice(0, MAX_TRACKS).map((track) => trackRows(bundle, track))}</ul>
    ${left > 0 && html`<p class="small mute">${tn("{n} more track.", "{n} more tracks.", left)}</p>`}</div>`;
}

/**
 * @param {Bundle} bundle
 * @param {NearPair} pair
 */
const pairRow = (bundle, { ids, distance, is_near_duplicate: isDuplicate }) =>
  html`<li class="pair">${ids.map((id) => {
    const { audio } = bundle.prototypeOf(id);
    return html`<span>${audio && soundStart(audio, t("prototype {id}", { id }))}<span class="name">${playName(audio, t("prototype {id}", { id }), id)}</span></span>`;
  })}<span class="number">${isDuplicate ? t("{distance}, near duplicate", { distance: fixed(distance, 3) }) : fixed(distance, 3)}</span></li>`;

/**
 * @param {Bundle} bundle
 * @param {BundleOverview} overview
 */
function duplicates(bundle, { n_pairs: nPairs, n_near_duplicates: n, nearest_pairs: pairs }) {
  if (!pairs.length) return "";
  return html`<section class="card"><h2>${t("The nearest pairs of prototypes, with distance")}</h2>
    <p class="evidence">${n ? tn("{n} of the {pairs} pairs is a near duplicate.", "{n} of the {pairs} pairs are near duplicates.", n, { pairs: nPairs }) : t("None of the {pairs} pairs is a near duplicate.", { pairs: nPairs })}
      ${t("Near duplicates are nearer to each other than any training segment is to either of them.")}</p>
    <ul>${pairs.map((pair) => pairRow(bundle, pair))}</ul></section>`;
}

/**
 * @param {HTMLElement} root
 * @param {Bundle} bundle
 * @param {BundleOverview} overview
 */
function draw(root, bundle, overview) {
  const chosen = firstCell(overview);
  const distances = distanceCells(overview.class_distances);
  render(
    root,
    html`<section class="card intro"><p class="verdict">${bundle.title}</p><p class="evidence">${bundle.caution}</p></section>
      <div class="halves">${trained(bundle, overview, chosen)}<section class="card" id="cell" aria-live="polite">${cellList(bundle, chosen)}</section>
      ${heldOut(bundle)}
      <section class="card"><h2>${t("Distances between classes")}</h2><p class="evidence">${t("Mean distance of the training segments of a class to the nearest prototype of a class. Darker is nearer.")}</p>
        ${matrix(bundle, { name: t("Distances between classes"), rows: t("segments"), columns: t("prototypes"), cell: distances })}</section>
      ${duplicates(bundle, overview)}
      ${overview.model_card && html`<section class="card"><h2>${t("Model card")}</h2><pre class="model-card scrolled" tabindex="0" lang="en">${overview.model_card}</pre></section>`}</div>`,
  );
}

/**
 * Draw the bundle as a whole into `root` once `show` is called, and again for another bundle.
 * @param {HTMLElement} root
 * @returns {() => void} show
 */
export function mountBundlePage(root) {
  let drawn = "";
  const show = async () => {
    const { bundle } = state;
    if (!bundle || root.hidden || drawn === bundle.name) return;
    drawn = bundle.name;
    render(root, html`<p class="mute" role="status">${t("Loading…")}</p>`);
    try {
      const overview = await loadOverview(bundle.name);
      if (state.bundle === bundle) draw(root, bundle, overview);
    } catch (reason) {
      drawn = "";
      render(root, html`<p class="note" role="alert">${messageOf(reason)}</p>`);
    }
  };
  root.addEventListener("click", async (event) => {
    const { bundle } = state;
    const pressed = closest(event, "[data-own]");
    if (!bundle || !pressed) return;
    const overview = await loadOverview(bundle.name);
    const { own, predicted } = pressed.dataset;
    const cell = overview.training_confusion.find((item) => item.class === own && item.predicted === predicted);
    const list = root.querySelector("#cell");
    if (!cell || !list) return;
    for (const button of root.querySelectorAll("[data-own]")) {
      button.setAttribute("aria-pressed", String(button === pressed));
    }
    render(list, cellList(bundle, cell));
  });
  subscribe(["bundle"], show);
  return show;
}
