// The counterfactual clips and the chosen bundle's answers to them, indexed for the tab "Question it".

import { getJson } from "./server.js";

const loading = new Map(); // address of the answers -> promise

/** What the model's answer matches: the class of the "band", of the "score", of "both" or of "neither". */
export function followed(said, scoreClass, bandClass) {
  if (said !== scoreClass && said !== bandClass) return "neither";
  if (scoreClass === bandClass) return "both";
  return said === bandClass ? "band" : "score";
}

function index(set, answers, folder) {
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
      audio: `${folder}/clips/${clip.id}.ogg`,
    });
  }
  const shuffledAnswer = new Map(answers.shuffled.map((answer) => [answer.piece, answer]));
  const shuffled = set.shuffled.map(({ piece }) => ({
    ...shuffledAnswer.get(piece),
    composed: clips.get(`${piece}/${piece}`),
    audio: `${folder}/shuffled/${piece}.ogg`,
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

/** Fetch the set and a bundle's answers, once. */
export function loadCounterfactuals({ index: indexUrl, answers: answersUrl, folder }) {
  if (!loading.has(answersUrl)) {
    const both = Promise.all([getJson(indexUrl), getJson(answersUrl)]);
    const loaded = both.then(([set, answers]) => index(set, answers, folder));
    loaded.catch(() => loading.delete(answersUrl)); // the next visit tries again
    loading.set(answersUrl, loaded);
  }
  return loading.get(answersUrl);
}
