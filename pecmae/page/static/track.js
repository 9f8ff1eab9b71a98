// The left column: drop, choose or record a track, or open an example; below it, the current track.

import { analyse, describeClip, openExample, removeClip } from "./clip.js";
import { clock, closest, find, findAs, html, playButton, playIcons, render, reveal } from "./dom.js";
import { currentUrl, onPlayer, play, positionS } from "./player.js";
import { startRecording } from "./recorder.js";
import { messageOf } from "./server.js";
import { state, subscribe, update } from "./store.js";
import { waveformPath } from "./waveform.js";

/**
 * @import {PageState} from "./store.js"
 * @typedef {Awaited<ReturnType<typeof startRecording>>} Recording
 */

/**
 * Accept a file that is dropped anywhere on the page.
 * @param {HTMLElement} zone
 */
function acceptDrops(zone) {
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const lift = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => hasFiles(event) && lift(1));
  document.addEventListener("dragleave", (event) => hasFiles(event) && lift(-1));
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    lift(-depth);
    if (event.defaultPrevented) return; // another tab handled it
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) analyse(file);
  });
}

/** @param {HTMLElement} button */
function mountRecorder(button) {
  /** @type {Recording | null} */
  let recording = null;
  let timer = 0;
  const label = (/** @type {string} */ text) => {
    button.textContent = text;
  };
  const finish = async (/** @type {Recording} */ stopping) => {
    clearInterval(timer);
    recording = null;
    label("record");
    button.classList.remove("recording");
    try {
      analyse(await stopping.stop());
    } catch {
      update({
        error: { code: "recording", message: "The recording can't be used; it may be too short. Please record again." },
      });
    }
  };
  const begin = async () => {
    try {
      recording = await startRecording();
    } catch (reason) {
      update({ error: { code: "recording", message: messageOf(reason) } });
      return;
    }
    const started = performance.now();
    button.classList.add("recording");
    const tick = () => label(`stop recording (${clock((performance.now() - started) / 1000)})`);
    tick();
    timer = setInterval(tick, 500);
  };
  button.addEventListener("click", () => (recording ? finish(recording) : begin()));
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function drawExamples(root, { opening, clip }) {
  root.hidden = !opening?.examples.length;
  render(
    root,
    html`<p class="small mute">Or open an example:</p>${(opening?.examples ?? []).map(
      (
        example,
      ) => html`<button type="button" class="chip sample" data-example="${example.id}" data-sound="${example.audio}"
        data-name="${example.title}" aria-pressed="false" aria-label="Play ${example.title}"
        aria-current="${clip?.example === example.id}">${playIcons}${example.title}</button>`,
    )}`,
  );
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function drawProgress(root, { busy }) {
  root.hidden = !busy;
  if (!busy) return;
  const percentage = busy.fraction === null ? "" : ` ${Math.round(100 * busy.fraction)} %`;
  const width = busy.fraction === null ? "" : `width:${100 * busy.fraction}%`;
  render(
    root,
    html`<span>${busy.message}${percentage}</span><i class="${busy.fraction === null ? "endless" : ""}" style="${width}"></i>`,
  );
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function drawError(root, { error, explanation, opening, attempted }) {
  root.hidden = !error;
  if (!error) return;
  const minutes = Math.round((opening?.limits.max_s ?? 0) / 60);
  const firstPart = error.code === "too_long" && attempted;
  render(
    root,
    html`<p class="sentence">${error.message}</p>
      ${explanation && html`<p class="mute">The page still shows the previous result.</p>`}
      ${firstPart && html`<button type="button" class="quiet" data-first-part>Analyse the first ${minutes} minutes</button>`}
      <button type="button" class="quiet" data-dismiss>Dismiss</button>`,
  );
  reveal(root);
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function drawClip(root, { clip, explanation, bundle }) {
  root.hidden = !clip || !explanation;
  if (!clip || !explanation || !bundle) return;
  const outline = clip.peaks
    ? html`<svg class="wave" viewBox="0 0 240 56" preserveAspectRatio="none" aria-hidden="true"><path d="${waveformPath(clip.peaks)}"/><line class="playhead" x1="0" x2="0" y1="0" y2="56"/></svg>`
    : html`<p class="mute">${clip.playable ? "" : "This browser can't play this format. The analysis isn't affected."}</p>`;
  render(
    root,
    html`<h2><span class="clip-name">${clip.name}</span><button type="button" class="link end" data-remove>Remove</button></h2>
      <div class="own">${clip.playable && playButton(clip.url, "this track")}<div class="wave-place">${outline}</div></div>
      <p class="small mute">${describeClip(explanation, bundle.segmentS)} ${clip.example && `Example composed and rendered by this project's program, from its test data. Licence: ${clip.licence}.`}</p>
      ${explanation.clip.notes.map((note) => html`<p class="small note">${note}</p>`)}
      ${clip.file && html`<p class="small mute">The server keeps no copy after each analysis. Playback uses the copy in your browser.</p>`}`,
  );
}

/** @param {HTMLElement} root */
function followPlayhead(root) {
  const { clip, explanation } = state;
  const line = root.querySelector(".playhead");
  if (!line || !clip || !explanation) return;
  const mine = currentUrl() === clip.url;
  const place = mine ? (240 * positionS()) / explanation.clip.duration_s : 0;
  line.setAttribute("transform", `translate(${Math.min(place, 240)} 0)`);
  line.classList.toggle("on", mine && positionS() > 0);
}

/**
 * Draw the left column into `root` and keep it up to date.
 * @param {HTMLElement} root
 */
export function mountTrack(root) {
  render(
    root,
    html`<section class="card" aria-label="Your track"><h2>Your track</h2>
        <div class="drop" id="drop">
          <p>Drop a track here</p>
          <p>or <label class="choose"><input type="file" id="file" accept="audio/*,video/*"><span>choose a file</span></label>, or
            <button type="button" class="link" id="record">record</button></p>
        </div>
        <p class="small mute privacy">The server deletes your file as soon as the analysis ends.</p>
        <div class="progress" role="status" hidden></div>
        <div class="error" role="alert" hidden></div>
        <div class="chips"></div>
      </section>
      <section class="card clip" aria-label="Current track" hidden></section>`,
  );
  const part = (/** @type {string} */ selector) => find(root, selector);
  const clipCard = part(".clip");
  const fileField = findAs(root, "#file", HTMLInputElement);
  acceptDrops(part("#drop"));
  mountRecorder(part("#record"));
  fileField.addEventListener("change", () => {
    const file = fileField.files?.[0];
    if (file) analyse(file);
    fileField.value = ""; // the same file may be chosen again
  });
  root.addEventListener("click", (event) => {
    const id = closest(event, "[data-example]")?.dataset.example;
    const example = state.opening?.examples.find((item) => item.id === id);
    if (example && id !== state.clip?.example) openExample(example); // the player plays it
    if (closest(event, "[data-remove]")) removeClip();
    if (closest(event, "[data-dismiss]")) update({ error: null });
    if (closest(event, "[data-first-part]") && state.attempted) analyse(state.attempted, { firstPart: true });
  });
  clipCard.addEventListener("click", (event) => {
    const { clip, explanation } = state;
    const wave = event.target instanceof Element && event.target.closest(".wave");
    if (!wave || !clip || !explanation) return;
    const { left, width } = wave.getBoundingClientRect();
    play(clip.url, ((event.clientX - left) / width) * explanation.clip.duration_s);
  });
  subscribe(["opening"], ({ opening }) => {
    if (opening) fileField.accept = ["audio/*", "video/*", ...opening.limits.suffixes].join();
  });
  subscribe(["opening", "clip"], (now) => drawExamples(part(".chips"), now));
  subscribe(["busy"], (now) => drawProgress(part(".progress"), now));
  subscribe(["error"], (now) => drawError(part(".error"), now));
  subscribe(["clip", "explanation"], (now) => drawClip(clipCard, now));
  onPlayer(() => followPlayhead(clipCard));
}
