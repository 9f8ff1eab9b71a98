// Entry point of the page's scripts: lays out the cards and connects them to the values of Gradio's components.

import { settle, showTab, startAddress } from "./address.js";
import { connect, openBundle, receiveAnswer } from "./clip.js";
import { mountCollection } from "./collection.js";
import { mountDistances } from "./distances.js";
import { closest, find, html, render } from "./dom.js";
import { mountGallery } from "./gallery.js";
import { mountLedger } from "./ledger.js";
import { mountMap } from "./map.js";
import { startPlayer } from "./player.js";
import { mountQuestion } from "./question.js";
import { mountScores } from "./scores.js";
import { mountSoundCard } from "./soundcard.js";
import { defineSoundPicture } from "./soundpicture.js";
import { state, subscribe, update } from "./store.js";
import { mountTags } from "./tags.js";
import { mountTimeline } from "./timeline.js";
import { acceptFiles, drawTrack } from "./track.js";
import { mountVerdict } from "./verdict.js";

/**
 * @import {Answer, CollectionRules, Failure, Opening} from "../types/page.js"
 */

const LAYOUT = html`<div class="stack">
    <section class="card" id="verdict" aria-label="Verdict" aria-live="polite"></section>
    <div class="two">
      <section class="card" id="scores" aria-label="Class scores"></section>
      <section class="card" id="distances" aria-label="Distance to prototypes"></section>
    </div>
    <section class="card" id="timeline" aria-label="Scores along the track"></section>
    <div class="map-row">
      <section class="card" id="map-card" aria-label="Map"></section>
      <section class="card" id="sound" aria-label="Selected sound"></section>
    </div>
    <section class="card" id="ledger" aria-label="Contributions of the prototypes"></section>
    <section class="card" id="tags" aria-label="Tags by MusiCNN"></section>
  </div>`;

const CARDS = {
  verdict: mountVerdict,
  scores: mountScores,
  distances: mountDistances,
  timeline: mountTimeline,
  "map-card": mountMap,
  sound: mountSoundCard,
  ledger: mountLedger,
  tags: mountTags,
};

/**
 * Draw the tab Explore into the element of its gr.HTML component, whose value comes from `opening` in view.py.
 * @param {HTMLElement} element
 * @param {{value: Opening | Failure | null}} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {import("./clip.js").Tell} trigger
 */
export function mountExplore(element, props, watch, trigger) {
  const root = render(find(element, ".pe"), LAYOUT);
  defineSoundPicture();
  startPlayer();
  for (const [id, mount] of Object.entries(CARDS)) mount(find(root, `#${id}`));
  const open = () => {
    const { value } = props;
    if (!value) return;
    if (value.error) update({ error: value.error });
    else openBundle(value);
  };
  watch("value", open);
  connect(trigger);
  open();
  acceptFiles();
  subscribe(["busy"], ({ busy }) => document.body.classList.toggle("explaining", busy !== null));
  startAddress((view, clip) => {
    update({ notice: "" });
    if (clip === "own" && state.clip?.example === null && view.bundle === state.opening?.name) {
      showTab(view.tab ?? "explore");
      settle();
    } else trigger("select", { query: window.location.search.slice(1), clip: clip ?? "example" }); // calls `open`
  });
}

/**
 * Draw the visitor's track, the progress and the error into the element of their gr.HTML component.
 * @param {HTMLElement} element
 * @param {{value: Answer | ""}} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mountTrack(element, props, watch) {
  drawTrack(find(element, ".pe"));
  watch("value", () => props.value && receiveAnswer(props.value));
}

/**
 * Draw the sentence on what a link couldn't show.
 * @param {HTMLElement} element
 * @param {{value: string}} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mountNotice(element, props, watch) {
  const root = find(element, ".pe");
  root.addEventListener("click", (event) => closest(event, "[data-dismiss]") && update({ notice: "" }));
  root.setAttribute("role", "status");
  const take = () => update({ notice: props.value });
  watch("value", take);
  take();
  subscribe(["notice"], ({ notice }) => {
    render(
      root,
      html`${notice && html`<p class="notice">${notice} <button type="button" class="link" data-dismiss>Dismiss</button></p>`}`,
    );
  });
}

/**
 * Draw the tab "Test the model" into the element of its gr.HTML component.
 * @param {HTMLElement} element
 */
export function mountQuestions(element) {
  defineSoundPicture();
  mountQuestion(find(element, ".pe"));
}

/**
 * Draw the tab "Your collection" into the element of its gr.HTML component; `trigger` tells Python which bundle to show.
 * @param {HTMLElement} element
 * @param {{value: CollectionRules}} props - the value comes from `collection_rules` in view.py
 * @param {(event: string, data: Object) => void} trigger
 */
export function mountOwnCollection(element, props, trigger) {
  mountCollection(find(element, ".pe"), props.value, (id) => trigger("select", { index: 0, value: id }));
}

/**
 * Draw the tab Prototypes into the element of its gr.HTML component.
 * @param {HTMLElement} element
 */
export function mountPrototypes(element) {
  defineSoundPicture();
  mountGallery(find(element, ".pe"));
}
