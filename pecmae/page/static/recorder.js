// Recording from the microphone, as a 16-bit WAV file.

import { decodeAudio, mono } from "./decoding.js";

/**
 * Mono samples as a WAV file.
 * @param {Float32Array} samples
 * @param {number} sampleRate
 * @param {string} name
 */
export function encodeWav(samples, sampleRate, name) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  /**
   * @param {number} offset
   * @param {string} letters
   */
  const text = (offset, letters) => {
    for (let i = 0; i < letters.length; i++) view.setUint8(offset + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (const [i, sample] of samples.entries()) {
    view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, sample)) * 32767, true);
  }
  return new File([view.buffer], name, { type: "audio/wav" });
}

/** @type {Record<string, string>} */
const ERRORS = {
  NotAllowedError: "The browser doesn't allow this page to use the microphone. Allow it, or drop a file instead.",
  NotFoundError: "No microphone was found. Connect one, or drop a file instead.",
};

/**
 * Start recording.
 * @returns {Promise<{stop: () => Promise<File>, cancel: () => void}>}
 * @throws {Error} with a message for the visitor
 */
export async function startRecording() {
  if (!navigator.mediaDevices) {
    throw new Error("Browsers allow recording only over https or on localhost. Drop a file instead.");
  }
  const constraints = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch((reason) => {
    throw new Error(ERRORS[reason.name] ?? `The microphone can't be used (${reason.name}). Drop a file instead.`);
  });
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  const finish = async () => {
    if (recorder.state !== "inactive") recorder.stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
  };
  recorder.start();
  return {
    cancel: finish,
    async stop() {
      await finish();
      const buffer = await decodeAudio(await new Blob(parts, { type: recorder.mimeType }).arrayBuffer());
      return encodeWav(mono(buffer), buffer.sampleRate, "recording.wav");
    },
  };
}
