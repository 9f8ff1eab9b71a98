// The progress of a collection's training, then its result: test accuracy and next steps.

import { className, find, html, percent, plural, render } from "../../static/dom.js";
import { downloadUrl } from "../../static/server.js";

/**
 * @import {BundleSummary, CollectionStatus} from "../../types/api.js"
 * @typedef {{state: "packing" | "sending", fraction?: number}} BeforeBuild - what happens before the server has the zip
 */

/** @type {Record<string, string>} */
const STAGES = {
  listen: "Checking the clips",
  embed: "Computing embeddings of the clips",
  train: "Training the prototypes",
  evaluate: "Testing on the held-out clips",
  beats: "Measuring the beat of the clips",
  pack: "Choosing excerpts to play",
  sonify: "Decoding the prototypes to audio",
  map: "Computing the map",
};
const FEW_CLIPS = 50;

/** @param {BeforeBuild | CollectionStatus} collection */
function stageOf(collection) {
  if (!("id" in collection)) return collection.state === "packing" ? "Packing the clips" : "Sending the file";
  const { state, place, stage } = collection;
  if (state === "waiting" && place > 0) return `Waiting for ${plural(place, "other collection")}`;
  return STAGES[stage ?? ""] ?? "Preparing";
}

/** @param {number | null} seconds */
export function timeLeft(seconds) {
  if (seconds === null) return "";
  if (seconds < 2) return "almost done";
  return seconds < 90
    ? `about ${Math.ceil(seconds / 5) * 5} s left in all`
    : `about ${Math.round(seconds / 60)} minutes left in all`;
}

/**
 * The fraction that is done, or null if it is unknown.
 * @param {BeforeBuild | CollectionStatus} collection
 * @param {number} elapsedS
 */
export function fractionDone(collection, elapsedS) {
  if (!("id" in collection)) return collection.fraction ?? null;
  const { remaining_s: remaining } = collection;
  return remaining === null ? null : elapsedS / Math.max(elapsedS + remaining, 1);
}

/**
 * How many units of the stage are done, and the time left.
 * @param {CollectionStatus} status
 */
function described({ done, total, remaining_s: remaining }) {
  const count = total > 1 ? `${done} of ${total} in this step` : "";
  return [count, timeLeft(remaining)].filter(Boolean).join("; ");
}

const PROGRESS = html`<h2 tabindex="-1">Your collection<button type="button" class="quiet end" data-cancel>Cancel</button></h2>
  <p class="verdict" role="status"></p>
  <div class="progress" role="progressbar" aria-label="Progress of your collection" aria-valuemin="0" aria-valuemax="100"><span></span><i></i></div>
  <p class="small mute">You can use the other tabs meanwhile. Once the upload is complete, the work continues even if you
    reload the page.</p>`;

/**
 * Draw the progress. The elements are reused, so that a screen reader announces each stage once and focus is kept.
 * @param {HTMLElement} root
 * @param {BeforeBuild | CollectionStatus} collection
 * @param {number} elapsedS
 */
export function progressCard(root, collection, elapsedS) {
  if (!root.querySelector(".progress")) render(root, PROGRESS);
  const status = find(root, "[role=status]");
  const stage = stageOf(collection);
  if (status.textContent !== stage) status.textContent = stage;
  const fraction = fractionDone(collection, elapsedS);
  const bar = find(root, ".progress");
  find(bar, "span").textContent = "id" in collection ? described(collection) : "";
  find(bar, "i").className = fraction === null ? "endless" : "";
  find(bar, "i").style.width = fraction === null ? "" : `${100 * fraction}%`;
  if (fraction === null) bar.removeAttribute("aria-valuenow");
  else bar.setAttribute("aria-valuenow", String(Math.round(100 * fraction)));
}

/**
 * The test result on held-out clips and its uncertainty, as two sentences; a bundle without a test says so. A bundle
 * that was loaded from a file may have been cross-validated instead (the part "blocks").
 * @param {Pick<BundleSummary, "classes" | "metrics">} bundle
 */
export function testSentences(bundle) {
  const { test: heldOut, blocks } = bundle.metrics.evaluations;
  const test = (heldOut ?? blocks)?.pecmae;
  if (!test?.n_tracks) return ["The model wasn't tested on held-out clips.", ""];
  const n = test.n_tracks;
  const right = test.confusion.reduce((sum, row, i) => sum + row[i], 0);
  const how = heldOut
    ? `The model was tested on ${plural(n, "clip")} that it wasn't trained on.`
    : `The method was tested by cross-validation: each of ${plural(n, "clip")} was classified by a model that wasn't trained on it.`;
  const result = `${how} ${right} of ${n} were classified correctly; random guessing would get about 1 in ${bundle.classes.length}.`;
  if (n >= FEW_CLIPS) return [result, `That is ${percent(right / n)}.`];
  return [result, `With only ${plural(n, "test clip")}, this is a rough estimate.`];
}

/**
 * The card of a collection whose training is complete.
 * @param {CollectionStatus} status
 * @param {BundleSummary} bundle
 */
export function resultCard({ id, notes }, bundle) {
  const [result, precision] = testSentences(bundle);
  return html`<h2 tabindex="-1">Your collection</h2>
    <p class="verdict">“${bundle.title}” is ready to explore.</p>
    <p class="evidence">${result} ${precision}</p>
    <p class="class-list">${bundle.classes.map((item, index) => className({ ...item, index }))}</p>
    ${notes.length > 0 && html`<details class="small"><summary>Files that were ignored (${notes.length})</summary><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></details>`}
    <p class="actions"><button type="button" class="primary" data-explore>Explore the trained collection</button>
      <a class="quiet" href="${downloadUrl(id)}" download>Download the trained collection</a>
      <button type="button" class="quiet" data-remove-own>Remove the trained collection now</button>
      <button type="button" class="link" data-another>Train another</button></p>
    <p class="small mute">The trained collection is deleted from this server one hour after you last used it, or when the server restarts. Download it to keep it. While you explore it, this page's address contains its id. Anyone who has that address can also open the trained collection.</p>`;
}
