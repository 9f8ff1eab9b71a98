// The counterfactual clips and the chosen bundle's answers to them, indexed for the tab "Question it".

import { getJson } from "./server.js";

const loading = new Map(); // address of the answers -> promise

/** What the model's answer matches: the class of the "band", of the "score", of "both" or of "neither". */
export function followed(predicted, scoreClass, bandClass) {
  if (predicted !== scoreClass && predicted !== bandClass) return "neither";
  if (scoreClass === bandClass) return "both";
  return predicted === bandClass ? "band" : "score";
}

function index(set, answers, { clip_audio: clipAudio, shuffled_audio: shuffledAudio }) {
  const pieceById = new Map(set.pieces.map((piece) => [piece.id, piece]));
  const answerOf = new Map(answers.clips.map((answer) => [answer.id, answer]));
  const clips = new Map();
  for (const clip of set.clips) {
    const answer = answerOf.get(clip.id);
    const score = pieceById.get(clip.score);
    const band = pieceById.get(clip.band);
    const follows = followed(answer.said, score.class_id, band.class_id);
    clips.set(`${clip.score}/${clip.band}`, {
      ...clip,
      ...answer,
      score,
      band,
      follows,
      audio: clipAudio.replace("{id}", clip.id),
    });
  }
  const shuffledAnswer = new Map(answers.shuffled.map((answer) => [answer.piece, answer]));
  const shuffled = set.shuffled.map(({ piece }) => ({
    ...shuffledAnswer.get(piece),
    composed: clips.get(`${piece}/${piece}`),
    audio: shuffledAudio.replace("{piece}", piece),
  }));
  const pieceOf = (classId, number) => set.pieces.find((piece) => piece.class_id === classId && piece.set === number);
  return {
    ...set,
    shuffled,
    answers,
    pieceOf,
    clipOf: (score, band) => clips.get(`${score.id}/${band.id}`),
  };
}

/**
 * Fetch the set and a bundle's answers, once.
 * @param {{index: string, answers: string, clip_audio: string, shuffled_audio: string}} addresses - from view.py
 */
export function loadCounterfactuals(addresses) {
  const key = addresses.answers;
  if (!loading.has(key)) {
    const both = Promise.all([getJson(addresses.index), getJson(addresses.answers)]);
    const loaded = both.then(([set, answers]) => index(set, answers, addresses));
    loaded.catch(() => loading.delete(key)); // the next visit tries again
    loading.set(key, loaded);
  }
  return loading.get(key);
}
