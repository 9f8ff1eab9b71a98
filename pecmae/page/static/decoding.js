// Decoding of sounds in the browser.

import { inSlices } from "./slices.js";

const SAMPLE_RATE = 24000;

/** @type {OfflineAudioContext | null} */
let decoder = null;

/**
 * Decode audio to 24 kHz, in any format that the browser supports.
 * @param {ArrayBuffer} bytes
 */
export function decodeAudio(bytes) {
  decoder ??= new OfflineAudioContext(1, 1, SAMPLE_RATE);
  return decoder.decodeAudioData(bytes);
}

const BLOCK = 2 ** 16; // samples that are averaged at once

/**
 * The mean of a buffer's channels.
 * @param {Pick<AudioBuffer, "numberOfChannels" | "length" | "getChannelData">} buffer
 */
export async function mono(buffer) {
  if (buffer.numberOfChannels === 1) return buffer.getChannelData(0);
  const mixed = new Float32Array(buffer.length);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  await inSlices(Math.ceil(mixed.length / BLOCK), (block) => {
    const end = Math.min((block + 1) * BLOCK, mixed.length);
    for (const samples of channels) for (let i = block * BLOCK; i < end; i++) mixed[i] += samples[i] / channels.length;
  });
  return mixed;
}
