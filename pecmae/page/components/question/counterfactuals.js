// The counterfactual clips and the chosen bundle's answers to them, indexed for the tab "Test the model".

import { lookUp } from "../../static/lookup.js";
import { getJson } from "../../static/server.js";

/**
 * @import {Answer, CounterfactualSet, Following, Piece, TimeResult} from "../../types/api.js"
 * @import {CounterfactualAddresses} from "../../types/page.js"
 *
 * @typedef {Object} Answers - the contents of a bundle's file of answers
 * @property {{following: string, time: string}} sentences
 * @property {Following} following
 * @property {{pieces: TimeResult, held_out: TimeResult | null}} time
 * @property {(Answer & {id: string})[]} clips
 * @property {(Answer & {piece: string})[]} shuffled
 *
 * @typedef {"band" | "score" | "both" | "neither"} Follows
 * @typedef {ReturnType<typeof composeClip>} Clip
 * @typedef {ReturnType<typeof index>} Counterfactuals
 */

const OWNER = "counterfactual set";
/** @type {Map<string, Promise<Counterfactuals>>} */
const loading = new Map(); // by the address of the answers

/**
 * What the model's answer matches: the class of the "band", of the "score", of "both" or of "neither".
 * @param {string} predicted
 * @param {string} scoreClass
 * @param {string} bandClass
 * @returns {Follows}
 */
export function followed(predicted, scoreClass, bandClass) {
  if (predicted !== scoreClass && predicted !== bandClass) return "neither";
  if (scoreClass === bandClass) return "both";
  return predicted === bandClass ? "band" : "score";
}

/**
 * A clip with its pieces and the bundle's answer.
 * @param {CounterfactualSet["clips"][number]} clip
 * @param {Answer} answer
 * @param {Piece} score
 * @param {Piece} band
 * @param {string} audio
 */
const composeClip = (clip, answer, score, band, audio) => ({
  ...clip,
  ...answer,
  score,
  band,
  follows: followed(answer.said, score.class_id, band.class_id),
  audio,
});

/**
 * @param {CounterfactualSet} set
 * @param {Answers} answers
 * @param {Pick<CounterfactualAddresses, "clip_audio" | "shuffled_audio">} addresses
 */
export function index(set, answers, { clip_audio: clipAudio, shuffled_audio: shuffledAudio }) {
  const pieceById = lookUp(new Map(set.pieces.map((piece) => [piece.id, piece])), OWNER);
  const pieceOfSet = lookUp(new Map(set.pieces.map((piece) => [`${piece.class_id}/${piece.set}`, piece])), OWNER);
  const answerOf = lookUp(new Map(answers.clips.map((answer) => [answer.id, answer])), OWNER);
  const shuffledAnswerOf = lookUp(new Map(answers.shuffled.map((answer) => [answer.piece, answer])), OWNER);
  const clipOf = lookUp(
    new Map(
      set.clips.map((clip) => {
        const [score, band] = [pieceById(clip.score), pieceById(clip.band)];
        const audio = clipAudio.replace("{id}", clip.id);
        return [`${clip.score}/${clip.band}`, composeClip(clip, answerOf(clip.id), score, band, audio)];
      }),
    ),
    OWNER,
  );
  return {
    ...set,
    shuffled: set.shuffled.map(({ piece }) => ({
      ...shuffledAnswerOf(piece),
      composed: clipOf(`${piece}/${piece}`),
      audio: shuffledAudio.replace("{piece}", piece),
    })),
    answers,
    /**
     * @param {string} classId
     * @param {number} number - of the set of pieces
     */
    pieceOf: (classId, number) => pieceOfSet(`${classId}/${number}`),
    /**
     * @param {Piece} score
     * @param {Piece} band
     */
    clipOf: (score, band) => clipOf(`${score.id}/${band.id}`),
  };
}

/**
 * Fetch the set and a bundle's answers, once.
 * @param {CounterfactualAddresses} addresses
 * @returns {Promise<Counterfactuals>}
 */
export function loadCounterfactuals(addresses) {
  const key = addresses.answers;
  const known = loading.get(key);
  if (known) return known;
  const both = Promise.all([getJson(addresses.index), getJson(addresses.answers)]);
  const loaded = both.then(([set, answers]) => index(set, answers, addresses));
  loaded.catch(() => loading.delete(key)); // the next visit tries again
  loading.set(key, loaded);
  return loaded;
}
