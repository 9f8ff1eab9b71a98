// Decoding of sounds in the browser.

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

/**
 * The mean of a buffer's channels.
 * @param {Pick<AudioBuffer, "numberOfChannels" | "length" | "getChannelData">} buffer
 */
export function mono(buffer) {
  if (buffer.numberOfChannels === 1) return buffer.getChannelData(0);
  const mixed = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < mixed.length; i++) mixed[i] += samples[i] / buffer.numberOfChannels;
  }
  return mixed;
}
