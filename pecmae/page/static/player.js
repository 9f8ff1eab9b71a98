// The player: one audio element for all sounds, play buttons that show its state, and the keys Space and Escape.

import { closest } from "./dom.js";
import { state, update } from "./store.js";
import { t } from "./texts.js";

const FIELDS =
  "a[href], button, input, select, textarea, summary, [contenteditable=true], [role=slider], [role=option]";

const audio = new Audio();
audio.id = "pecmae-audio";
audio.hidden = true;
audio.preload = "auto";

/** @type {(() => void)[]} */
const listeners = [];

/** Address of the sound that is playing or was played last; empty at first. */
export const currentUrl = () => audio.dataset.sound ?? "";
/** @param {string} url */
export const isPlaying = (url) => !audio.paused && currentUrl() === url;
export const positionS = () => audio.currentTime;

/**
 * Call `changed` when a sound starts or stops, and in every animation frame during playback.
 * @param {() => void} changed
 */
export function onPlayer(changed) {
  listeners.push(changed);
}

/**
 * Play a sound from `startS`. Any other sound stops.
 * @param {string} url
 * @param {number} [startS]
 */
export function play(url, startS = 0) {
  if (currentUrl() !== url) {
    audio.src = url;
    audio.dataset.sound = url;
  }
  audio.currentTime = startS;
  audio.play().catch((reason) => {
    if (reason.name === "AbortError") return; // another sound took its place
    update({
      error: {
        code: "playback",
        message: t("This browser can't play the sound. Try a current version of Firefox, Chrome or Safari."),
      },
    });
  });
}

/**
 * Play a sound, or stop it if it is playing.
 * @param {string} url
 * @param {number} [startS]
 */
export function toggle(url, startS) {
  if (isPlaying(url)) stop();
  else play(url, startS);
}

/** Stop and stay there. */
export const pause = () => audio.pause();

/** Stop and return to the beginning. */
export function stop() {
  audio.pause();
  audio.currentTime = 0;
  announce();
}

/**
 * Unload a sound whose address is about to become invalid, such as the visitor's own file.
 * @param {string} url
 */
export function forget(url) {
  if (currentUrl() !== url) return;
  audio.pause();
  audio.removeAttribute("src");
  delete audio.dataset.sound;
  announce();
}

function showStates() {
  for (const button of document.querySelectorAll("[data-sound]")) {
    if (button instanceof HTMLElement) showState(button);
  }
}

function announce() {
  showStates();
  for (const listener of listeners) listener();
}

/** @param {HTMLElement} button */
function showState(button) {
  const { sound, name } = button.dataset;
  const playing = sound !== undefined && isPlaying(sound);
  if (button.getAttribute("aria-pressed") === String(playing)) return;
  const label = playing ? t("Stop {name}", { name }) : t("Play {name}", { name });
  button.setAttribute("aria-pressed", String(playing));
  button.setAttribute("aria-label", label);
  button.title = label;
}

function followFrames() {
  if (audio.paused) return;
  for (const listener of listeners) listener();
  requestAnimationFrame(followFrames);
}

/** @param {MouseEvent} event */
function onClick(event) {
  const { sound, start } = closest(event, "[data-sound]")?.dataset ?? {};
  if (sound) toggle(sound, start === undefined ? undefined : Number(start));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Escape") {
    if (audio.paused) update({ selectedSegment: null });
    stop();
  }
  if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target instanceof Element && event.target.closest(FIELDS)) return; // there, Space activates the focused element
  const url = currentUrl() || state.clip?.url;
  if (!url) return;
  event.preventDefault();
  if (isPlaying(url)) audio.pause();
  else play(url, audio.ended || !currentUrl() ? 0 : audio.currentTime);
}

/** Attach the audio element and the listeners; called once per page. */
export function startPlayer() {
  document.body.append(audio);
  for (const name of ["play", "pause", "ended", "emptied"]) audio.addEventListener(name, announce);
  audio.addEventListener("play", () => requestAnimationFrame(followFrames));
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  // A button that is drawn while its sound plays shows the playing state at once.
  new MutationObserver(showStates).observe(document.body, { childList: true, subtree: true });
}
