import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { followed, index } from "../../../../pecmae/page/components/question/counterfactuals.js";

const read = (/** @type {string} */ file) =>
  JSON.parse(readFileSync(new URL(`../../../../assets/counterfactuals/${file}`, import.meta.url), "utf-8"));
const ADDRESSES = { clip_audio: "/c/clips/{id}.ogg", shuffled_audio: "/c/shuffled/{piece}.ogg" };

test("an answer follows the band, the score, both or neither", () => {
  assert.equal(followed("jazz", "rock", "jazz"), "band");
  assert.equal(followed("rock", "rock", "jazz"), "score");
  assert.equal(followed("jazz", "jazz", "jazz"), "both");
  assert.equal(followed("pop", "rock", "jazz"), "neither");
  assert.equal(followed("pop", "jazz", "jazz"), "neither");
});

test("every square of every set has its clip, its pieces and the bundle's answer", () => {
  const [set, answers] = [read("index.json"), read("rendered-genres.json")];
  const indexed = index(set, answers, ADDRESSES);
  let n = 0;
  /** @type {Record<string, number>} */
  const following = { band: 0, score: 0, both: 0, neither: 0 };
  for (let number = 1; number <= indexed.n_sets; number++) {
    for (const score of indexed.classes) {
      for (const band of indexed.classes) {
        const clip = indexed.clipOf(indexed.pieceOf(score, number), indexed.pieceOf(band, number));
        assert.deepEqual([clip.score.class_id, clip.band.class_id, clip.score.set], [score, band, number]);
        assert.equal(clip.audio, `/c/clips/${clip.id}.ogg`);
        if (score !== band) following[clip.follows]++;
        n++;
      }
    }
  }
  assert.equal(n, set.clips.length);
  const { n_clips: nClips, band, score, neither } = answers.following;
  for (const [follows, { value }] of Object.entries({ band, score, neither })) {
    assert.ok(Math.abs(following[follows] / nClips - value) < 1e-5, follows);
  }
});

test("shuffled pieces are beside the same piece in order", () => {
  const indexed = index(read("index.json"), read("rendered-genres.json"), ADDRESSES);
  assert.equal(indexed.shuffled.length, indexed.classes.length);
  for (const item of indexed.shuffled) {
    assert.equal(item.composed.score.id, item.piece);
    assert.equal(item.composed.band.id, item.piece);
    assert.equal(item.audio, `/c/shuffled/${item.piece}.ogg`);
  }
});

test("an answer that is missing is named", () => {
  const answers = read("rendered-genres.json");
  answers.clips.shift();
  assert.throws(() => index(read("index.json"), answers, ADDRESSES), /counterfactual set has no “blues-by-blues-1”/);
});
