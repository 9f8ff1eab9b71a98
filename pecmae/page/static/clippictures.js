// The waveform and the spectrogram of the clip on the page.

import { decodeAudio, mono } from "./decoding.js";
import { HEIGHT, pixelsOf, WIDTH } from "./spectrogram.js";
import { state, update } from "./store.js";
import { peaksOf } from "./waveform.js";

/**
 * @import {Explanation} from "../types/api.js"
 * @import {Clip} from "./store.js"
 */

const MAX_WIDTH = 1600;

/**
 * Decode a clip and draw its waveform and its spectrogram, unless another clip takes its place meanwhile.
 * @param {Clip} clip
 * @param {Explanation} explanation
 */
export async function addPictures({ url }, { segments }) {
  /** @param {Partial<Clip>} patch */
  const add = (patch) => {
    if (state.clip?.url === url) update({ clip: { ...state.clip, ...patch } });
    return state.clip?.url === url;
  };
  const bytes = await (await fetch(url)).arrayBuffer();
  const buffer = await decodeAudio(bytes).catch(() => null);
  if (!buffer) {
    add({ playable: false });
    return;
  }
  const samples = await mono(buffer);
  if (!add({ peaks: await peaksOf(samples) })) return;
  const analysed = samples.subarray(0, Math.round(segments[segments.length - 1].end_s * buffer.sampleRate));
  const width = Math.round(Math.min(Math.max(window.innerWidth * window.devicePixelRatio, WIDTH), MAX_WIDTH));
  const pixels = await pixelsOf(analysed, buffer.sampleRate, width);
  add({ spectrogram: new ImageData(pixels, width, HEIGHT) });
}
