// Spectrograms: <sound-picture src="..."> draws the mel spectrogram of an audio address when it scrolls into view.
//
// The colours run from dark blue to paper in even steps of lightness; no class uses them.

import { melSpectrogram } from "./fft.js";

const SHAPE = { nColumns: 192, nBands: 64, size: 2048, lowHz: 30, highHz: 11000 };
const RANGE_DB = 65;
const RAMP = [
  [14, 21, 33],
  [32, 49, 74],
  [66, 94, 130],
  [138, 164, 186],
  [204, 214, 218],
  [251, 246, 233],
];

const decoder = new OfflineAudioContext(1, 1, 24000);

/** Decode audio to 24 kHz, in any format that the browser supports. */
export const decodeAudio = (bytes) => decoder.decodeAudioData(bytes);

/** The mean of a buffer's channels. */
export function mono(buffer) {
  if (buffer.numberOfChannels === 1) return buffer.getChannelData(0);
  const mixed = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < mixed.length; i++) mixed[i] += samples[i] / buffer.numberOfChannels;
  }
  return mixed;
}

function colour(level, pixels, offset) {
  const place = Math.min(Math.max(level, 0), 1) * (RAMP.length - 1);
  const i = Math.min(Math.floor(place), RAMP.length - 2);
  for (let k = 0; k < 3; k++) pixels[offset + k] = RAMP[i][k] + (RAMP[i + 1][k] - RAMP[i][k]) * (place - i);
  pixels[offset + 3] = 255;
}

function draw(samples, sampleRate) {
  const { nColumns, nBands } = SHAPE;
  const decibels = melSpectrogram(samples, sampleRate, SHAPE);
  const loudest = decibels.reduce((a, b) => Math.max(a, b), -Infinity);
  const image = new ImageData(nColumns, nBands);
  for (let column = 0; column < nColumns; column++) {
    for (let band = 0; band < nBands; band++) {
      const level = 1 + (decibels[column * nBands + band] - loudest) / RANGE_DB;
      colour(level, image.data, 4 * ((nBands - 1 - band) * nColumns + column));
    }
  }
  return image;
}

const pictures = new Map(); // address -> promise of ImageData
let queue = Promise.resolve();

/** The spectrogram of an address, computed once. One is computed at a time, so that the page stays responsive. */
function pictureOf(url) {
  if (!pictures.has(url)) {
    const bytes = fetch(url).then((response) =>
      response.ok ? response.arrayBuffer() : Promise.reject(response.status),
    );
    const picture = Promise.all([bytes.then(decodeAudio), queue]).then(([buffer]) =>
      draw(mono(buffer), buffer.sampleRate),
    );
    queue = picture.then(
      () => new Promise((next) => setTimeout(next)),
      () => {},
    );
    pictures.set(url, picture);
  }
  return pictures.get(url);
}

const onSight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter((item) => item.isIntersecting)) {
      onSight.unobserve(entry.target);
      entry.target.show();
    }
  },
  { rootMargin: "200px" },
);

class SoundPicture extends HTMLElement {
  connectedCallback() {
    if (!this.firstChild) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [SHAPE.nColumns, SHAPE.nBands];
      this.append(canvas);
    }
    onSight.observe(this);
  }

  disconnectedCallback() {
    onSight.unobserve(this);
  }

  async show() {
    try {
      const picture = await pictureOf(this.getAttribute("src"));
      this.firstChild.getContext("2d").putImageData(picture, 0, 0);
      this.classList.add("drawn");
    } catch {
      this.classList.add("blank"); // the browser can't decode this sound; its play button shows the error
    }
  }
}

export const defineSoundPicture = () =>
  customElements.get("sound-picture") ?? customElements.define("sound-picture", SoundPicture);
