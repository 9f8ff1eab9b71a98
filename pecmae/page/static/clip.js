// The clip on the page: opens an example or sends a file to be explained. After an error, the last result stays.

import { loadBundle } from "./bundle.js";
import { clock, find, plural, reveal } from "./dom.js";
import { keptCollection } from "./kept.js";
import { forget } from "./player.js";
import { byDistance, ranking } from "./reading.js";
import { explain, getJson, messageOf, SentenceError, withWeights } from "./server.js";
import { state, update } from "./store.js";
import { peaksOf } from "./waveform.js";

/**
 * @import {Explanation} from "../types/api.js"
 * @import {Example, Opening} from "../types/page.js"
 * @import {Bundle} from "./bundle.js"
 * @import {Clip} from "./store.js"
 */

let latest = 0; // only the newest request may change the page

/** Keep the bundle and the example in the address, so that a copied link opens the same view. */
function rememberAddress() {
  if (!state.opening) return;
  const { name } = state.opening;
  const address = new URL(window.location.href);
  address.searchParams.set("bundle", name);
  const own = keptCollection();
  if (own && own !== name)
    address.searchParams.set("own", own); // the menu lists it after a reload
  else address.searchParams.delete("own");
  if (state.clip?.example) address.searchParams.set("example", state.clip.example);
  else address.searchParams.delete("example");
  history.replaceState(history.state, "", address);
}

/**
 * @param {Clip} clip
 * @param {Explanation} explanation
 * @param {Bundle} bundle
 */
function show(clip, explanation, bundle) {
  if (state.clip?.file && state.clip.url !== clip.url) {
    forget(state.clip.url);
    URL.revokeObjectURL(state.clip.url);
  }
  const winner = explanation.classes[ranking(explanation)[0]];
  /** @type {import("./store.js").Selection} */
  const selected = { kind: "prototype", id: byDistance(explanation)[0].id };
  update({ bundle, clip, explanation, chosenClass: winner, selected, busy: null, error: null });
  rememberAddress();
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
 */
export async function openExample(example) {
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
    show(clip, explanation, bundle);
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
  update({ clip: null, explanation: null, chosenClass: null, selected: null, busy: null, error: null });
  rememberAddress();
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
    const example = opening.examples.find((item) => item.id === opening.example) ?? opening.examples[0];
    if (example) await openExample(example);
    else {
      update({ bundle, clip: null, explanation: null, chosenClass: null, selected: null });
      rememberAddress();
    }
  } catch (reason) {
    if (mine === latest) fail(reason);
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
