// The results of the tab "Test the model": bars, the table of shuffled pieces, and how to read them.

import { className, fixed, html, percent, playButton } from "../../static/dom.js";
import { t, translated } from "../../static/texts.js";

/**
 * @import {Interval} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Counterfactuals} from "./counterfactuals.js"
 */

/** @param {Interval} interval */
const range = ({ low, high }) => t("{low} to {high} %", { low: Math.round(100 * low), high: Math.round(100 * high) });

/**
 * @param {string} name
 * @param {Interval} interval
 * @param {number} [chance]
 */
function fractionBar(name, interval, chance) {
  const values = { name, percentage: percent(interval.value), range: range(interval), chance: percent(chance ?? 0) };
  const label = chance
    ? t("{name}: {percentage}, 95 % interval {range}; chance level {chance}", values)
    : t("{name}: {percentage}, 95 % interval {range}", values);
  return html`<div class="fraction" role="img" aria-label="${label}">
  <span>${name}</span>
  <span class="scale"><i class="length" style="width:${100 * interval.value}%"></i><i class="spread" style="left:${100 * interval.low}%;width:${100 * (interval.high - interval.low)}%"></i>${chance && html`<i class="chance" style="left:${100 * chance}%"></i>`}</span>
  <b>${percent(interval.value)}</b></div>`;
}

/**
 * The first card: one sentence and the fractions behind it.
 * @param {Counterfactuals} set
 */
export function summaryCard({ answers: { sentences, following } }) {
  const { chance } = following;
  return html`<p class="verdict">${translated(sentences.following)}</p>
    <p class="evidence">${t("Does the model classify by the instruments or by the composition? For this test, the notes of each piece were rendered with the instruments, effects and mix of another genre. A model that ignores both the instruments and the composition would match the instruments' genre in about {chance} of the clips by chance, and the composition's genre in as many.", { chance: percent(chance) })}</p>
    <div class="fractions">
      ${fractionBar(t("the instruments' genre"), following.band, chance)}
      ${fractionBar(t("the composition's genre"), following.score, chance)}
      ${fractionBar(t("another genre"), following.neither)}</div>
    <p class="small mute">${t("The thin line is the 95 % interval: it shows how much the percentage could vary with other compositions and instruments. The vertical mark is the chance level.")}
      ${t("The mean score of the instruments' genre is {band}, that of the composition's genre {composition}.", { band: fixed(following.band_probability.value), composition: fixed(following.score_probability.value) })}
      ${t("When played with their own instruments, {percentage} of the pieces are classified correctly.", { percentage: percent(following.as_composed.value) })}</p>`;
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
      : t("in order: {first}; shuffled: {second}", { first: named(composed.said), second: named(item.said) });
  return html`<tr><th scope="row">${className(bundle.classOf(piece.class_id))}</th>
    <td>${playButton(composed.audio, t("{title} in order", { title: piece.title }))}</td>
    <td>${playButton(item.audio, t("{title} shuffled", { title: piece.title }))}</td>
    <td>${verdict}</td></tr>`;
}

/** @param {number} ms */
const blockLength = (ms) =>
  ms >= 1000 ? t("{seconds} s", { seconds: ms / 1000 }) : t("{n} ms", { n: Math.round(ms) });

/**
 * The second test: the same excerpts with their blocks in random order.
 * @param {Counterfactuals} set
 * @param {Bundle} bundle
 */
export function timeCard({ answers: { sentences, time }, shuffled, block_ms: blockMs }, bundle) {
  const measured = time.held_out ?? time.pieces;
  const fractions = measured.blocks.map(({ block_ms: ms, kept }) =>
    fractionBar(t("shuffled in blocks of {length}", { length: blockLength(ms) }), kept),
  );
  return html`<p class="verdict">${translated(sentences.time)}</p>
    <p class="evidence">${t("If the model relies on melody, harmony or groove, shuffling short blocks of time should change its predictions. If it relies on timbre and texture, little should change.")}</p>
    <div class="two"><div><h3>${t("Predictions that stay the same")}</h3>
    <div class="fractions">${fractions}${measured.neighbours && fractionBar(t("for comparison: the same prediction for two neighbouring excerpts, not shuffled"), measured.neighbours)}</div>
    <p class="small mute">${t("Without shuffling, {percentage} of these {n} excerpts of {pieces} pieces are classified correctly.", { percentage: percent(measured.right), n: measured.n_segments, pieces: measured.n_tracks })}
      ${t("Blocks are cross-faded over a few milliseconds to avoid clicks.")}</p></div>
    <div><h3>${t("Shuffled excerpts")}</h3>
    <table class="shuffled"><thead><tr><th scope="col">${t("genre of the piece")}</th><th scope="col">${t("in order")}</th>
      <th scope="col">${t("in shuffled blocks of {length}", { length: blockLength(blockMs) })}</th><th scope="col">${t("predicted")}</th></tr></thead>
      <tbody>${shuffled.map((item) => shuffledRow(bundle, item))}</tbody></table></div></div>`;
}

/**
 * How to read the results, and their limits.
 * @param {Counterfactuals} set
 */
export const wordsCard = ({ attribution, licence }) => html`<h2>${t("How to read these results")}</h2>
  <p>${t("“Instruments” stands for the whole sound of a band: the instruments, their levels, the room, the effects and the mastering. “Composition” stands for notes, rhythm, tempo, key and dynamics. If the other genre's band has no drummer, the drum part is left out, so some of the rhythm depends on the instruments.")}</p>
  <p>${t("All clips were composed and rendered by a program, in the same way as the model's training data. This makes it possible to exchange the instruments exactly. The results don't show how the model behaves on recordings. A model that relies on the instruments isn't wrong: sound is a large part of what listeners call a genre.")}</p>
  <p>${t("Shuffled audio sounds unnatural. If a prediction stays the same, the order of events wasn't needed for it. If a prediction changes, the unnatural sound may be the reason.")}</p>
  <p class="small mute">${translated(attribution)} ${licence}.</p>`;
