// The left column below `gr.Audio` and the examples: the progress, the error and the current track. Also takes files.

import { showTab } from "../../static/address.js";
import { analyseFirstPart, describeClip, receiveAnswer, removeClip, takeFile } from "../../static/clip.js";
import { closest, find, html, playButton, render, reveal } from "../../static/dom.js";
import { currentUrl, onPlayer, play, positionS } from "../../static/player.js";
import { state, subscribe, update } from "../../static/store.js";
import { t, translated } from "../../static/texts.js";
import { waveformPath } from "../../static/waveform.js";

/**
 * @import {PageState} from "../../static/store.js"
 * @import {Answer} from "../../types/page.js"
 */

const PRIVACY = t(
  "The server deletes your track when you close this page, and at the latest an hour after its last use.",
);

/** Whether a drag carries files. */
const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * Take a file and show the tab Explore.
 * @param {File | undefined} file
 */
export function explainFile(file) {
  if (!file) return;
  showTab("explore");
  takeFile(file);
}

/**
 * Take files that are dropped anywhere on the page, except on the tab "Your collection" (`acceptFolders`); and files that
 * are chosen in `gr.Audio`, which would refuse videos and whatever the browser doesn't know as audio.
 */
export function acceptFiles() {
  let depth = 0;
  const lift = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    document.querySelector("#track")?.classList.toggle("over", depth > 0);
  };
  const capture = { capture: true };
  document.addEventListener("dragenter", (event) => hasFiles(event) && lift(1));
  document.addEventListener("dragleave", (event) => hasFiles(event) && lift(-1));
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  const onDrop = (/** @type {DragEvent} */ event) => {
    if (!hasFiles(event)) return;
    lift(-depth);
    if (event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    explainFile(event.dataTransfer?.files[0]);
  };
  document.addEventListener("drop", onDrop, capture);
  const onChoice = (/** @type {Event} */ event) => {
    const { target } = event;
    if (!(target instanceof HTMLInputElement) || target.type !== "file" || !target.closest("#track")) return;
    event.stopPropagation();
    explainFile(target.files?.[0]);
    target.value = ""; // the same file may be chosen again
  };
  document.addEventListener("change", onChoice, capture);
  const onDialog = (/** @type {Event} */ { target }) => {
    if (target instanceof HTMLInputElement && target.type === "file" && target.closest("#track"))
      target.accept = ["audio/*", "video/*", ...(state.opening?.limits.suffixes ?? [])].join();
  };
  document.addEventListener("click", onDialog, capture);
  recordAsIs();
}

/** Record the microphone as it is: `gr.Audio` leaves on what browsers do to make speech clearer, which distorts music. */
function recordAsIs() {
  const { mediaDevices } = navigator;
  if (!mediaDevices) return; // neither https nor localhost
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (constraints) => {
    const audio = constraints?.audio;
    return ask(audio ? { ...constraints, audio: { ...(audio === true ? {} : audio), ...plain } } : constraints);
  };
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function drawProgress(root, { busy }) {
  root.hidden = !busy?.message;
  if (!busy?.message) return;
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
function drawError(root, { error, explanation, opening }) {
  root.hidden = !error;
  if (!error) return;
  const limitS = opening?.limits.max_s ?? 0;
  const limit =
    limitS < 120
      ? t("Analyse the first {n} seconds", { n: limitS })
      : t("Analyse the first {n} minutes", { n: Number((limitS / 60).toFixed(1)) });
  const firstPart = error.code === "too_long";
  render(
    root,
    html`<p class="sentence">${error.message}</p>
      ${explanation && html`<p class="mute">${t("The page still shows the previous result.")}</p>`}
      ${firstPart && html`<button type="button" class="quiet" data-first-part>${limit}</button>`}
      <button type="button" class="quiet" data-dismiss>${t("Dismiss")}</button>`,
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
    : html`<p class="mute">${clip.playable ? "" : t("This browser can't play this format. The analysis isn't affected.")}</p>`;
  render(
    root,
    html`<h2><span class="clip-name">${clip.name}</span><button type="button" class="link end" data-remove>${t("Remove")}</button></h2>
      <div class="own">${clip.playable && playButton(clip.url, t("this track"))}<div class="wave-place">${outline}</div></div>
      <p class="small mute">${describeClip(explanation, bundle.segmentS)} ${clip.example && t("Example composed and rendered by this project's program; no model was trained on it. Licence: {licence}.", { licence: clip.licence })}</p>
      ${explanation.clip.notes.map((note) => html`<p class="small note">${translated(note)}</p>`)}
      ${clip.example === null && html`<p class="small mute">${PRIVACY}</p>`}`,
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
 * Draw the progress, the error and the current track into the element of their gr.HTML component, and keep them up to
 * date. The component's value is the answer of Gradio's queue.
 * @param {HTMLElement} element
 * @param {{value: Answer | ""}} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const root = find(element, ".pe");
  render(
    root,
    html`<div class="progress" role="status" hidden></div>
      <div class="error" role="alert" hidden></div>
      <section class="card clip" aria-label="${t("Current track")}" hidden></section>`,
  );
  const part = (/** @type {string} */ selector) => find(root, selector);
  const clipCard = part(".clip");
  root.addEventListener("click", (event) => {
    if (closest(event, "[data-remove]")) removeClip();
    if (closest(event, "[data-dismiss]")) update({ error: null });
    if (closest(event, "[data-first-part]")) analyseFirstPart();
  });
  clipCard.addEventListener("click", (event) => {
    const { clip, explanation } = state;
    const wave = event.target instanceof Element && event.target.closest(".wave");
    if (!wave || !clip || !explanation) return;
    const { left, width } = wave.getBoundingClientRect();
    play(clip.url, ((event.clientX - left) / width) * explanation.clip.duration_s);
  });
  subscribe(["busy"], (now) => drawProgress(part(".progress"), now));
  subscribe(["error"], (now) => drawError(part(".error"), now));
  subscribe(["clip", "explanation"], (now) => drawClip(clipCard, now));
  onPlayer(() => followPlayhead(clipCard));
  watch("value", () => props.value && receiveAnswer(props.value));
}
