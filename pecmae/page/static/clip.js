// The clip on the page: an example with its precomputed explanation, or the visitor's own track, which Gradio's queue
// explains. After an error, the last result stays.

import { clipBefore, isSettled, settle } from "./address.js";
import { loadBundle } from "./bundle.js";
import { addPictures } from "./clippictures.js";
import { clock, find, reveal } from "./dom.js";
import { forget } from "./player.js";
import { byDistance, ranking } from "./reading.js";
import { getJson, messageOf, SentenceError, sendTrack } from "./server.js";
import { state, update } from "./store.js";
import { t, tn, translated } from "./texts.js";

/**
 * @import {Explanation} from "../types/api.js"
 * @import {Answer, Example, Opening, OwnTrack, Wanted} from "../types/page.js"
 * @import {Bundle} from "./bundle.js"
 * @import {Clip} from "./store.js"
 * @typedef {(event: "clear" | "submit" | "upload" | "select", data?: Object) => void} Tell - tell Python
 */

const NO_SEGMENT = { along: null, selectedSegment: null };
const NO_CLIP = { clip: null, explanation: null, chosenClass: null, selected: null, ...NO_SEGMENT };
const OWN_FILE_IS_GONE = t("Your own track is no longer on this page. Add it again to see its explanation.");
let latest = 0; // only the newest request may change the page
let openingExample = 0; // the request that opens an example, or 0
let running = 0; // number of calls in Gradio's queue
let newest = 0; // the newest answer of the queue; calls are numbered in the order of their beginning
/** @type {Tell} */
let tell = () => {};
/** @type {AbortController | null} */
let sending = null;

/**
 * Name the function that tells Python what the visitor does.
 * @param {Tell} trigger
 */
export function connect(trigger) {
  tell = trigger;
}

const isOwn = () => state.clip !== null && state.clip.example === null;

/**
 * @param {Clip} clip
 * @param {Explanation} explanation
 * @param {Bundle} bundle
 * @param {Partial<Wanted>} wanted - the class and the prototype to show, if they aren't the usual ones
 */
function show(clip, explanation, bundle, { class_id: classId, prototype } = {}) {
  if (isOwn() && state.clip && state.clip.url !== clip.url) forget(state.clip.url);
  const chosenClass = classId ?? explanation.classes[ranking(explanation)[0]];
  /** @type {import("./store.js").Selection} */
  const selected = { kind: "prototype", id: prototype ?? byDistance(explanation)[0].id };
  update({ bundle, clip, explanation, chosenClass, selected, ...NO_SEGMENT, busy: null, error: null });
}

/** @param {unknown} reason */
function fail(reason) {
  const { code, message } =
    reason instanceof SentenceError
      ? reason
      : { code: "page", message: t("An error occurred in this page: {message}", { message: messageOf(reason) }) };
  if (!(reason instanceof SentenceError)) console.error(reason);
  update({ busy: null, error: { code, message } });
}

/**
 * Show the precomputed explanation of an example of the chosen bundle.
 * @param {Example} example
 * @param {Partial<Wanted>} [wanted] - the class and the prototype to show, if they aren't the usual ones
 */
async function openExample(example, wanted) {
  const { opening } = state;
  if (!opening) return;
  const mine = ++latest;
  openingExample = mine;
  try {
    const [bundle, explanation] = await Promise.all([loadBundle(opening.name), getJson(example.explanation)]);
    if (mine !== latest) return;
    const clip = {
      name: example.title,
      url: example.audio,
      example: example.id,
      licence: example.licence,
      peaks: null,
      spectrogram: null,
      playable: true,
    };
    show(clip, explanation, bundle, wanted);
    showTags(example);
  } catch (reason) {
    if (mine === latest) fail(reason);
  } finally {
    if (openingExample === mine) openingExample = 0;
  }
  if (mine === latest && state.clip && state.explanation) draw(state.clip, state.explanation, mine);
}

/**
 * Draw the pictures of the clip. Nothing waits for them: the page answers while they are computed.
 * @param {Clip} clip
 * @param {Explanation} explanation
 * @param {number} mine - the request that shows the clip
 */
function draw(clip, explanation, mine) {
  addPictures(clip, explanation).catch((reason) => {
    if (mine === latest) fail(reason);
  });
}

/** @param {Example} example */
async function showTags({ audio: source, tags }) {
  try {
    update({ tagging: { source, tags: (await getJson(tags)).tags, error: null } });
  } catch (reason) {
    update({ tagging: { source, tags: null, error: messageOf(reason) } });
  }
}

/**
 * Open an example that the visitor chose.
 * @param {string} id
 */
export async function openExampleById(id) {
  const example = state.opening?.examples.find((item) => item.id === id);
  if (example) await openExample(example);
}

/**
 * Send a file that the visitor dropped or chose. Python then passes it on to `gr.Audio`.
 * @param {File} file
 */
export async function takeFile(file) {
  const { name } = file;
  sending?.abort();
  const mine = new AbortController();
  sending = mine;
  /** @param {number} fraction */
  const onSent = (fraction) => {
    if (sending === mine) update({ busy: { message: t("Sending {name}", { name }), fraction } });
  };
  update({ busy: { message: t("Sending {name}", { name }), fraction: 0 }, error: null });
  try {
    const address = await sendTrack(file, onSent, mine.signal);
    if (sending !== mine) return;
    sending = null;
    tell("upload", { address });
  } catch (reason) {
    if (sending !== mine) return;
    sending = null;
    fail(reason);
  }
}

/**
 * Gradio's queue takes the visitor's own track to explain it.
 * @param {string | null} track
 */
export function beginAnswer(track) {
  running++;
  if (track) update({ busy: { message: "", fraction: null }, error: null });
}

/** The explanation ended, whether it came or not. */
export function endAnswer() {
  running = Math.max(0, running - 1);
  if (!sending && !running) update({ busy: null });
}

/** The visitor doesn't want the explanation any more. */
export function cancelAnswer() {
  sending?.abort();
  sending = null;
  running = 0;
  update({ busy: null, error: { code: "cancelled", message: t("The analysis was cancelled.") } });
}

/**
 * Show the answer of the queue.
 * @param {Answer} answer
 */
export async function receiveAnswer({ number, error, track }) {
  if (number < newest) return; // the visitor has given another track since
  newest = number;
  if (error) update({ busy: null, error: { ...error, message: translated(error.message) } });
  else if (track?.tagging) update({ tagging: { source: track.url, ...track.tagging } });
  else if (track) await showOwn(track);
  else if (isOwn() && openingExample !== latest) removeClip(); // the visitor emptied `gr.Audio`
}

/** @param {OwnTrack} track */
async function showOwn({ name, url, first_part: firstPart, explanation, bundle: bundleName }) {
  const mine = ++latest;
  try {
    const bundle = await loadBundle(bundleName);
    if (mine !== latest) return;
    const clip = { name, url, example: null, firstPart, peaks: null, spectrogram: null, playable: true };
    show(clip, explanation, bundle);
    reveal(find(document, "#verdict"));
    draw(clip, explanation, mine);
  } catch (reason) {
    if (mine === latest) fail(reason);
  }
}

/** Analyse the first part of the visitor's track, which is too long. */
export const analyseFirstPart = () => tell("submit", {});

/** Remove the clip from the page. The map and the prototypes stay. */
export function removeClip() {
  latest++;
  if (state.clip) forget(state.clip.url);
  update({ ...NO_CLIP, busy: null, error: null });
  tell("clear", {});
}

/** @param {Partial<Wanted>} wanted */
const selectedBy = ({ prototype }) =>
  prototype ? /** @type {import("./store.js").Selection} */ ({ kind: "prototype", id: prototype }) : null;

/**
 * Show a bundle with the example that the address names, or the first one. The visitor's own track stays; Gradio's queue
 * explains it again.
 * @param {Opening} opening
 */
export async function openBundle(opening) {
  const mine = ++latest;
  const [stays, kind] = [isSettled(), clipBefore()];
  const usualTab = state.opening ? "explore" : state.tab; // while the page loads, the visitor may choose one
  update(stays ? { opening } : { opening, tab: opening.wanted.tab ?? usualTab });
  try {
    const bundle = await loadBundle(opening.name);
    if (mine !== latest) return;
    const { wanted } = opening;
    if (isOwn() && (stays || kind === "own")) return;
    const example = opening.examples.find(({ id }) => id === wanted.example) ?? opening.examples[0];
    if (example && kind !== "own" && kind !== "none") {
      await openExample(example, wanted);
      return;
    }
    removeClip();
    update({ bundle, selected: selectedBy(wanted) });
    if (kind === "own") update({ notice: OWN_FILE_IS_GONE });
  } catch (reason) {
    if (mine === latest) fail(reason);
  } finally {
    settle();
  }
}

/**
 * "Length 1:01, 44.1 kHz, stereo; divided into 16 segments of 4 s."
 * @param {Explanation} explanation
 * @param {number} segmentS
 */
export function describeClip(explanation, segmentS) {
  const { duration_s: duration, sample_rate: rate, channels } = explanation.clip;
  const few = channels === 1 ? t("mono") : t("stereo");
  return tn(
    "Length {length}, {rate} kHz, {channels}; analysed as {n} segment of {segment} s.",
    "Length {length}, {rate} kHz, {channels}; divided into {n} segments of {segment} s.",
    explanation.segments.length,
    {
      length: duration < 60 ? t("{seconds} s", { seconds: +duration.toFixed(1) }) : clock(duration),
      rate: +(rate / 1000).toFixed(2),
      channels: channels <= 2 ? few : tn("{n} channel", "{n} channels", channels),
      segment: segmentS,
    },
  );
}
