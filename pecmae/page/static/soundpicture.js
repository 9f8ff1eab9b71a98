// <sound-picture src="..."> draws the mel spectrogram of an audio address when it scrolls into view.

import { decodeAudio, mono } from "./decoding.js";
import { HEIGHT, pixelsOf, WIDTH } from "./spectrogram.js";

/** @type {Map<string, Promise<ImageData>>} */
const pictures = new Map(); // by address
/** @type {Promise<unknown>} */
let queue = Promise.resolve();

/**
 * Compute the spectrogram of an address. One is computed at a time, so that the page stays responsive.
 * @param {string} url
 */
async function compute(url) {
  const before = queue;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const buffer = await decodeAudio(await response.arrayBuffer());
  await before;
  return new ImageData(await pixelsOf(await mono(buffer), buffer.sampleRate), WIDTH, HEIGHT);
}

/**
 * The spectrogram of an address, computed once.
 * @param {string} url
 */
function pictureOf(url) {
  const known = pictures.get(url);
  if (known) return known;
  const picture = compute(url);
  queue = picture.then(
    () => new Promise((next) => setTimeout(next)),
    () => {},
  );
  pictures.set(url, picture);
  return picture;
}

/** Define the element; called by each tab, done once. */
export function defineSoundPicture() {
  if (customElements.get("sound-picture")) return;

  const onSight = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof SoundPicture)) continue;
        onSight.unobserve(target);
        target.show();
      }
    },
    { rootMargin: "200px" },
  );

  class SoundPicture extends HTMLElement {
    connectedCallback() {
      if (!this.querySelector("canvas")) {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [WIDTH, HEIGHT];
        this.append(canvas);
      }
      onSight.observe(this);
    }

    disconnectedCallback() {
      onSight.unobserve(this);
    }

    async show() {
      try {
        const picture = await pictureOf(this.getAttribute("src") ?? "");
        this.querySelector("canvas")?.getContext("2d")?.putImageData(picture, 0, 0);
        this.classList.add("drawn");
      } catch {
        this.classList.add("blank"); // the browser can't decode this sound; its play button shows the error
      }
    }
  }

  customElements.define("sound-picture", SoundPicture);
}
