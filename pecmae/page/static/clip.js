// The clip on the page: opens an example or sends a file to be explained. After an error, the last result stays.

import { clipBefore, settle } from "./address.js";
import { loadBundle } from "./bundle.js";
import { clock, find, plural, reveal } from "./dom.js";
import { forget } from "./player.js";
import { byDistance, ranking } from "./reading.js";
import { explain, getJson, messageOf, SentenceError, withWeights } from "./server.js";
import { state, update } from "./store.js";
import { peaksOf } from "./waveform.js";

/**
 * @import {Explanation} from "../types/api.js"
 * @import {Example, Opening, Wanted} from "../types/page.js"
 * @import {ClipKind} from "./address.js"
 * @import {Bundle} from "./bundle.js"
 * @import {Clip} from "./store.js"
 */

const NO_CLIP = { clip: null, explanation: null, chosenClass: null, selected: null };
let latest = 0; // only the newest request may change the page

/**
 * @param {Clip} clip
 * @param {Explanation} explanation
 * @param {Bundle} bundle
 * @param {Partial<Wanted>} wanted - the class and the prototype to show, if they aren't the usual ones
 */
function show(clip, explanation, bundle, { class_id: classId, prototype } = {}) {
  if (state.clip?.file && state.clip.url !== clip.url) {
    forget(state.clip.url);
    URL.revokeObjectURL(state.clip.url);
  }
  const chosenClass = classId ?? explanation.classes[ranking(explanation)[0]];
  /** @type {import("./store.js").Selection} */
  const selected = { kind: "prototype", id: prototype ?? byDistance(explanation)[0].id };
  update({ bundle, clip, explanation, chosenClass, selected, busy: null, error: null });
}

/** @param {unknown} reason */
function fail(reason) {
  const { code, message } =
    reason instanceof SentenceError
      ? reason
      : { code: "page", message: `An error occurred in this page: ${messageOf(reason)}` };
  if (!(reason instanceof SentenceError)) console.error(reason);
  update({ busy: null, error: { code, message } });
}

/** Scroll to the result after a visitor's own action. */
const revealAnswer = () => reveal(find(document, "#verdict"));

/**
 * @param {Clip} clip
 * @param {Blob} blob
 */
async function withPeaks(clip, blob) {
  const peaks = await peaksOf(blob);
  if (state.clip?.url !== clip.url) return;
  update({ clip: { ...state.clip, peaks, playable: peaks !== null } });
}

/**
 * Show the precomputed explanation of an example of the chosen bundle.
 * @param {Example} example
 * @param {Partial<Wanted>} [wanted] - the class and the prototype to show, if they aren't the usual ones
 */
export async function openExample(example, wanted) {
  const { opening } = state;
  if (!opening) return;
  const mine = ++latest;
  try {
    const [bundle, explanation, response] = await Promise.all([
      loadBundle(opening.name),
      getJson(example.explanation),
      fetch(example.audio),
    ]);
    if (mine !== latest) return;
    const clip = {
      name: example.title,
      url: example.audio,
      example: example.id,
      licence: example.licence,
      file: null,
      peaks: null,
      playable: true,
    };
    show(clip, explanation, bundle, wanted);
    await withPeaks(clip, await response.blob());
  } catch (reason) {
    if (mine === latest) fail(reason);
  }
}

const NO_BUNDLE = new SentenceError("no_bundle", "No bundle is shown. Choose one, then add your track again.");

/**
 * Explain the visitor's file with the chosen bundle. The last result stays until the new one arrives.
 * @param {File} file
 * @param {{firstPart?: boolean}} options - analyse only the first part of a file that is too long
 */
export async function analyse(file, { firstPart = false } = {}) {
  const { opening } = state;
  if (!opening) {
    fail(NO_BUNDLE);
    return;
  }
  const mine = ++latest;
  /** @param {number} fraction */
  const onSent = (fraction) => {
    if (mine !== latest) return;
    const busy =
      fraction < 1
        ? { message: `Sending ${file.name}`, fraction }
        : { message: `Analysing ${file.name}`, fraction: null };
    update({ busy });
  };
  update({ busy: { message: `Sending ${file.name}`, fraction: 0 }, error: null, attempted: file });
  try {
    const [bundle, explanation] = await Promise.all([
      loadBundle(opening.name),
      withWeights(
        () => explain(file, opening.name, { firstPart, onSent }),
        (busy) => {
          if (mine === latest) update({ busy });
          return mine === latest;
        },
      ),
    ]);
    if (mine !== latest) return;
    const clip = {
      name: file.name,
      url: URL.createObjectURL(file),
      example: null,
      file,
      firstPart,
      peaks: null,
      playable: true,
    };
    show(clip, explanation, bundle);
    revealAnswer();
    await withPeaks(clip, file);
  } catch (reason) {
    if (mine === latest) fail(reason);
  }
}

/** Remove the clip from the page. The map and the prototypes stay. */
export function removeClip() {
  latest++;
  const { clip } = state;
  if (clip) forget(clip.url);
  if (clip?.file) URL.revokeObjectURL(clip.url);
  update({ ...NO_CLIP, busy: null, error: null });
}

/**
 * Show a bundle: explain the visitor's own file again with it, or open one of its examples.
 * @param {Opening} opening
 */
export async function openBundle(opening) {
  const mine = ++latest;
  const { file, firstPart } = state.clip ?? {};
  update({ opening });
  try {
    const bundle = await loadBundle(opening.name);
    if (mine !== latest) return;
    if (file) {
      await analyse(file, { firstPart });
      return;
    }
    const { wanted } = opening;
    const kind = clipBefore();
    const isEmpty = kind === "own" || kind === "none";
    const example = opening.examples.find(({ id }) => id === wanted.example) ?? opening.examples[0];
    if (example && !isEmpty) await openExample(example, wanted);
    else update({ bundle, ...NO_CLIP, selected: selectedBy(wanted) });
    if (kind === "own") update({ notice: OWN_FILE_IS_GONE });
  } catch (reason) {
    if (mine === latest) fail(reason);
  } finally {
    settle();
  }
}

const OWN_FILE_IS_GONE = "Your own track is no longer on this page. Add it again to see its explanation.";

/** @param {Partial<Wanted>} wanted */
const selectedBy = ({ prototype }) =>
  prototype ? /** @type {import("./store.js").Selection} */ ({ kind: "prototype", id: prototype }) : null;

/**
 * Show what an entry of the history says about the chosen bundle.
 * @param {Wanted} wanted
 * @param {ClipKind | undefined} kind - what was explained
 */
export async function returnTo(wanted, kind) {
  const { opening, clip } = state;
  if (kind === "own") {
    if (clip?.file) return;
    removeClip();
    update({ notice: OWN_FILE_IS_GONE });
  } else if (kind === "none") {
    removeClip();
    update({ selected: selectedBy(wanted) });
  } else {
    const example = opening?.examples.find(({ id }) => id === wanted.example);
    if (example) await openExample(example, wanted);
  }
}

/**
 * "Length 1:01, 44.1 kHz, stereo; divided into 16 segments of 4 s."
 * @param {Explanation} explanation
 * @param {number} segmentS
 */
export function describeClip(explanation, segmentS) {
  const { duration_s: duration, sample_rate: rate, channels } = explanation.clip;
  const form = channels === 1 ? "mono" : channels === 2 ? "stereo" : plural(channels, "channel");
  const length = duration < 60 ? `${+duration.toFixed(1)} s` : clock(duration);
  return `Length ${length}, ${+(rate / 1000).toFixed(2)} kHz, ${form}; divided into ${plural(explanation.segments.length, "segment")} of ${segmentS} s.`;
}
