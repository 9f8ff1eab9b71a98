// Recording from the microphone, handed over as a 16-bit WAV file that needs no decoder on the server.

import { decodeAudio, mono } from "./spectrogram.js";

/** Mono samples as a WAV file. */
export function encodeWav(samples, sampleRate, name) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (offset, letters) =>
    [...letters].forEach((letter, i) => view.setUint8(offset + i, letter.charCodeAt(0)));
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
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return new File([view.buffer], name, { type: "audio/wav" });
}

const REFUSALS = {
  NotAllowedError: "The browser didn't allow the microphone; allow it for this page, or drop a file.",
  NotFoundError: "No microphone was found; plug one in, or drop a file.",
};

/**
 * Start recording.
 * @returns {Promise<{stop: () => Promise<File>, cancel: () => void}>}
 * @throws {Error} with one sentence for the page
 */
export async function startRecording() {
  if (!navigator.mediaDevices) {
    throw new Error("Browsers record only on https or on this computer's own address; drop a file instead.");
  }
  const constraints = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch((reason) => {
    throw new Error(REFUSALS[reason.name] ?? `The microphone can't be used (${reason.name}); drop a file instead.`);
  });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((resolve) => (recorder.onstop = resolve));
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
