// While a collection is learned, and what came of it: stages in plain words, the time left, the test, the next steps.

import { className, html, percent, plural, render } from "./dom.js";
import { downloadUrl } from "./server.js";

const STAGES = {
  listen: "Listening to every clip once",
  embed: "Comparing the clips, four seconds at a time",
  train: "Learning the prototypes",
  evaluate: "Testing it on the clips that were held out",
  pack: "Choosing excerpts to hear",
  sonify: "Turning the prototypes into sound",
  map: "Drawing the map",
};
const FEW_CLIPS = 50;

function stageOf({ state, place, stage }) {
  if (state === "packing") return "Packing your clips";
  if (state === "sending") return "Sending your clips";
  if (state === "waiting" && place > 0) return `Waiting: ${plural(place, "other collection")} before yours`;
  return STAGES[stage] ?? "Getting ready";
}

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 2) return "almost done";
  return seconds < 90 ? `about ${Math.ceil(seconds / 5) * 5} s left` : `about ${Math.round(seconds / 60)} minutes left`;
}

/** The share of the whole that is done, or null where nobody knows. */
function shareDone({ fraction, remaining_s: remaining }, elapsedS) {
  if (fraction !== undefined) return fraction;
  return remaining === null || remaining === undefined ? null : elapsedS / Math.max(elapsedS + remaining, 1);
}

const PROGRESS = html`<h2 tabindex="-1">Learning your collection<button type="button" class="quiet end" data-cancel>Cancel</button></h2>
  <p class="verdict" role="status"></p>
  <div class="progress" role="progressbar" aria-label="Learning" aria-valuemin="0" aria-valuemax="100"><span></span><i></i></div>
  <p class="small mute">The other tabs work meanwhile. What goes on here survives a reload of the page.</p>`;

/**
 * Draw how far it is. The card stays the same, so that the stage is read out once and the focus isn't lost.
 * @param {HTMLElement} root
 * @param {Object} facts - what the server tells, or {state: "packing"|"sending", fraction}
 * @param {number} elapsedS
 */
export function progressCard(root, facts, elapsedS) {
  if (!root.querySelector(".progress")) render(root, PROGRESS);
  const status = root.querySelector("[role=status]");
  const stage = stageOf(facts);
  if (status.textContent !== stage) status.textContent = stage;
  const share = shareDone(facts, elapsedS);
  const bar = root.querySelector(".progress");
  const count = facts.total > 1 ? `${facts.done} of ${facts.total}` : "";
  bar.querySelector("span").textContent = [count, timeLeft(facts.remaining_s)].filter(Boolean).join(", ");
  bar.querySelector("i").className = share === null ? "endless" : "";
  bar.querySelector("i").style.width = share === null ? "" : `${100 * share}%`;
  if (share === null) bar.removeAttribute("aria-valuenow");
  else bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
}

/** What the test on held-out clips says, and what it is worth; a bundle without a test says so. */
export function testSentences(bundle) {
  const test = bundle.metrics?.evaluations?.test?.pecmae;
  if (!test?.n_tracks || !Array.isArray(test.confusion)) return ["It wasn't tested on clips that it hadn't heard.", ""];
  const n = test.n_tracks;
  const right = test.confusion.reduce((sum, row, i) => sum + row[i], 0);
  const guessed = bundle.classes.length;
  const said = `${plural(n, "clip was", "clips were")} held out and never learned from: it named ${right} of them right. By guessing, about 1 in ${guessed} would be.`;
  if (n >= FEW_CLIPS) return [said, `That is ${percent(right / n)}.`];
  return [said, `One clip more or less is ${Math.round(100 / n)} points of a hundred, so take this as a hint, not as a measurement.`];
}

/** The card of a collection that is ready. */
export function resultCard({ id, bundle, notes }) {
  const [said, worth] = testSentences(bundle);
  return html`<h2 tabindex="-1">Your collection</h2>
    <p class="verdict">“${bundle.title}” is ready to explore.</p>
    <p class="evidence">${said} ${worth}</p>
    <p class="class-list">${bundle.classes.map((item, index) => className({ ...item, index }))}</p>
    ${notes.length > 0 && html`<details class="small"><summary>What was left out (${notes.length})</summary><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></details>`}
    <p class="actions"><button type="button" class="primary" data-explore>Explore it</button>
      <a class="quiet" href="${downloadUrl(id)}" download>Download it</a>
      <button type="button" class="quiet" data-remove-own>Remove it now</button>
      <button type="button" class="link" data-another>Build another</button></p>
    <p class="small mute">It stays on this server until an hour after you last used it, then it is removed; download it to keep it.
      Whoever has the page's address while you explore it can open it too.</p>`;
}
