// The results of the tab "Test the model": bars, the table of shuffled pieces, and how to read them.

import { className, fixed, html, percent, playButton } from "../../static/dom.js";

/**
 * @import {Interval} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Counterfactuals} from "./counterfactuals.js"
 */

/** @param {Interval} interval */
const range = ({ low, high }) => `${Math.round(100 * low)} to ${Math.round(100 * high)} %`;

/**
 * @param {string} name
 * @param {Interval} interval
 * @param {number} [chance]
 */
const fractionBar = (name, interval, chance) => html`<div class="fraction" role="img"
    aria-label="${name}: ${percent(interval.value)}, 95 % interval ${range(interval)}${chance && `; chance level ${percent(chance)}`}">
  <span>${name}</span>
  <span class="scale"><i class="length" style="width:${100 * interval.value}%"></i><i class="spread" style="left:${100 * interval.low}%;width:${100 * (interval.high - interval.low)}%"></i>${chance && html`<i class="chance" style="left:${100 * chance}%"></i>`}</span>
  <b>${percent(interval.value)}</b></div>`;

/**
 * The first card: one sentence and the fractions behind it.
 * @param {Counterfactuals} set
 */
export function summaryCard({ answers: { sentences, following } }) {
  const { chance } = following;
  return html`<p class="verdict">${sentences.following}</p>
    <p class="evidence">Does the model classify by the instruments or by the composition? For this test, the notes of each piece were rendered
      with the instruments, effects and mix of another genre. A model that ignores both the instruments and the
      composition would match the instruments' genre in about ${percent(chance)} of the clips by chance, and the composition's genre in as many.</p>
    <div class="fractions">
      ${fractionBar("the instruments' genre", following.band, chance)}
      ${fractionBar("the composition's genre", following.score, chance)}
      ${fractionBar("another genre", following.neither)}</div>
    <p class="small mute">The thin line is the 95 % interval: it shows how much the percentage could vary with other compositions and
      instruments. The vertical mark is the chance level.
      The mean score of the instruments' genre is ${fixed(following.band_probability.value)}, that of the composition's genre
      ${fixed(following.score_probability.value)}. When played with their own instruments, ${percent(following.as_composed.value)} of the pieces are
      classified correctly.</p>`;
}

/**
 * @param {Bundle} bundle
 * @param {Counterfactuals["shuffled"][number]} item
 */
function shuffledRow(bundle, item) {
  const { composed } = item;
  const piece = composed.score;
  const named = (/** @type {string} */ id) => bundle.labelOf(id);
  const verdict =
    item.said === composed.said
      ? named(composed.said)
      : `in order: ${named(composed.said)}; shuffled: ${named(item.said)}`;
  return html`<tr><th scope="row">${className(bundle.classOf(piece.class_id))}</th>
    <td>${playButton(composed.audio, `${piece.title} in order`)}</td>
    <td>${playButton(item.audio, `${piece.title} shuffled`)}</td>
    <td>${verdict}</td></tr>`;
}

/** @param {number} ms */
const blockLength = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${Math.round(ms)} ms`);

/**
 * The second test: the same excerpts with their blocks in random order.
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 */
export function timeCard({ answers: { sentences, time }, shuffled, block_ms: blockMs }, bundle) {
  const measured = time.held_out ?? time.pieces;
  const fractions = measured.blocks.map(({ block_ms: ms, kept }) =>
    fractionBar(`shuffled in blocks of ${blockLength(ms)}`, kept),
  );
  return html`<p class="verdict">${sentences.time}</p>
    <p class="evidence">If the model relies on melody, harmony or groove, shuffling short blocks of time should change its predictions. If it
      relies on timbre and texture, little should change.</p>
    <div class="two"><div><h3>Predictions that stay the same</h3>
    <div class="fractions">${fractions}${measured.neighbours && fractionBar("for comparison: the same prediction for two neighbouring excerpts, not shuffled", measured.neighbours)}</div>
    <p class="small mute">Without shuffling, ${percent(measured.right)} of these ${measured.n_segments} excerpts of ${measured.n_tracks} pieces are
      classified correctly. Blocks are cross-faded over a few milliseconds to avoid clicks.</p></div>
    <div><h3>Shuffled excerpts</h3>
    <table class="shuffled"><thead><tr><th scope="col">genre of the piece</th><th scope="col">in order</th>
      <th scope="col">in shuffled blocks of ${blockLength(blockMs)}</th><th scope="col">predicted</th></tr></thead>
      <tbody>${shuffled.map((item) => shuffledRow(bundle, item))}</tbody></table></div></div>`;
}

/**
 * How to read the results, and their limits.
 * @param {Counterfactuals} set
 */
export const wordsCard = ({ attribution, licence }) => html`<h2>How to read these results</h2>
  <p>“Instruments” stands for the whole sound of a band: the instruments, their levels, the room, the effects and the mastering.
    “Composition” stands for notes, rhythm, tempo, key and dynamics. If the other genre's band has no drummer, the drum part is left out,
    so some of the rhythm depends on the instruments.</p>
  <p>All clips were composed and rendered by a program, in the same way as the model's training data. This makes it possible to exchange
    the instruments exactly. The results don't show how the model behaves on recordings. A model that relies on the instruments isn't
    wrong: sound is a large part of what listeners call a genre.</p>
  <p>Shuffled audio sounds unnatural. If a prediction stays the same, the order of events wasn't needed for it. If a prediction changes,
    the unnatural sound may be the reason.</p>
  <p class="small mute">${attribution} ${licence}.</p>`;
