// What the questions showed, in words and bars: the number, the shuffled pieces, and what it means and doesn't.

import { className, html, percent, playButton } from "./dom.js";

const range = ({ low, high }) => `${Math.round(100 * low)} to ${Math.round(100 * high)} %`;

const share = (name, interval, chance) => html`<div class="share" role="img"
    aria-label="${name}: ${percent(interval.value)}, between ${range(interval)}${chance && `; by chance ${percent(chance)}`}">
  <span>${name}</span>
  <span class="scale"><i class="length" style="width:${100 * interval.value}%"></i><i class="spread" style="left:${100 * interval.low}%;width:${100 * (interval.high - interval.low)}%"></i>${chance && html`<i class="chance" style="left:${100 * chance}%"></i>`}</span>
  <b>${percent(interval.value)}</b></div>`;

/** The first card: one sentence, and the shares behind it. */
export function summaryCard({ answers: { sentences, following } }) {
  const { chance } = following;
  return html`<p class="verdict">${sentences.following}</p>
    <p class="evidence">Does the model hear who plays, or what is played? Here a piece is taken apart: its notes go to the instruments,
      effects and mix of another genre, and the model says what it hears. A model that cared for neither would name each in
      ${percent(chance)}.</p>
    <div class="shares">
      ${share("the instruments' genre", following.band, chance)}
      ${share("the composition's genre", following.score, chance)}
      ${share("another genre", following.neither)}</div>
    <p class="small mute">The thin line is what other pieces and bands might have given (95 % bootstrap interval over both), the mark is
      chance. Of its score, the model gives ${percent(following.band_probability.value)} to the instruments' genre and
      ${percent(following.score_probability.value)} to the composition's on average. Played as composed, it names
      the genre of ${percent(following.as_composed.value)} of the pieces.</p>`;
}

function shuffledRow(facts, item) {
  const { composed } = item;
  const piece = composed.score;
  const named = (id) => facts.labelOf(id);
  const verdict = item.said === composed.said ? "kept" : `then ${named(item.said)}`;
  return html`<tr><th scope="row">${className(facts.classById.get(piece.class_id))}</th>
    <td>${playButton(composed.audio, `${piece.title} in order`)}</td>
    <td>${playButton(item.audio, `${piece.title} shuffled`)}</td>
    <td>${named(composed.said)}, ${verdict}</td></tr>`;
}

const blockLength = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${Math.round(ms)} ms`);

/** The second question: the same excerpts with their blocks in random order. */
export function timeCard({ answers: { sentences, time }, shuffled, block_ms: blockMs }, facts) {
  const heard = time.held_out ?? time.pieces;
  const shares = heard.blocks.map(({ block_ms: ms, kept }) => share(`blocks of ${blockLength(ms)}`, kept));
  return html`<p class="verdict">${sentences.time}</p>
    <p class="evidence">If the model heard melody, harmony or groove, cutting time to pieces should confuse it. If it hears textures, what
      plays and how it sounds, little should change.</p>
    <div class="two"><div><h3>Decisions that stay the same</h3>
    <div class="shares">${shares}${heard.neighbours && share("untouched, the next 4 s", heard.neighbours)}</div>
    <p class="small mute">Untouched, ${percent(heard.right)} of these ${heard.n_segments} excerpts of ${heard.n_tracks} pieces are given
      their genre. Blocks are cross-faded over a few milliseconds, so no clicks decide.</p></div>
    <div><h3>Hear it</h3>
    <table class="shuffled"><thead><tr><th scope="col">piece</th><th scope="col">in order</th>
      <th scope="col">${blockLength(blockMs)} shuffled</th><th scope="col">named</th></tr></thead>
      <tbody>${shuffled.map((item) => shuffledRow(facts, item))}</tbody></table></div></div>`;
}

/** What all this shows and what it doesn't. */
export const wordsCard = ({ attribution, licence }) => html`<h2>What this shows, and what it doesn't</h2>
  <p>Instruments here means the whole sound of a band: its instruments, how loud and how treated each is, room, effects and mastering.
    Composition means notes, rhythm, tempo, key and dynamics. A band that has no drummer leaves the drums out, so part of a rhythm
    can go with the instruments.</p>
  <p>All of it is music that a program composed and rendered, in the same way as what the model learned from. On such music the truth is
    known, which recordings never allow; whether the model does the same with recordings isn't shown. Nor is a model wrong that follows
    the instruments: much of what listeners call a genre is its sound.</p>
  <p>Shuffled sound is odd to any listener. A decision that stays shows that order wasn't needed; one that changes may also come
    from the oddness.</p>
  <p class="small mute">${attribution} ${licence}.</p>`;
