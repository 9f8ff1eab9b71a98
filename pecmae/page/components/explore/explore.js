// The tab Explore: lays out the cards and connects them to the value of its Gradio component.

import { settle, showTab, startAddress } from "../../static/address.js";
import { connect, openBundle } from "../../static/clip.js";
import { find, html, render } from "../../static/dom.js";
import { startPlayer } from "../../static/player.js";
import { defineSoundPicture } from "../../static/soundpicture.js";
import { state, subscribe, update } from "../../static/store.js";
import { t, translated } from "../../static/texts.js";
import { acceptFolders } from "../collection/folders.js";
import { mountDistances } from "../distances/distances.js";
import { mountLedger } from "../ledger/ledger.js";
import { mountMap } from "../map/map.js";
import { mountScores } from "../scores/scores.js";
import { mountSoundCard } from "../sound/soundcard.js";
import { mountTags } from "../tags/tags.js";
import { mountTimeline } from "../timeline/timeline.js";
import { acceptFiles } from "../track/track.js";
import { mountVerdict } from "../verdict/verdict.js";

/**
 * @import {Failure, Opening} from "../../types/page.js"
 */

const LAYOUT = html`<div class="stack">
    <section class="card" id="verdict" aria-label="${t("Verdict")}" aria-live="polite"></section>
    <div class="two">
      <section class="card" id="scores" aria-label="${t("Class scores")}"></section>
      <section class="card" id="distances" aria-label="${t("Distance to prototypes")}"></section>
    </div>
    <section class="card" id="timeline" aria-label="${t("Along the track")}"></section>
    <div class="map-row">
      <section class="card" id="map-card" aria-label="${t("Map")}"></section>
      <section class="card" id="sound" aria-label="${t("Selected sound")}"></section>
    </div>
    <section class="card" id="ledger" aria-label="${t("Contributions of the prototypes")}"></section>
    <section class="card" id="tags" aria-label="${t("Tags by MusiCNN")}"></section>
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
 * @param {import("../../static/clip.js").Tell} trigger
 */
export function mount(element, props, watch, trigger) {
  const root = render(find(element, ".pe"), LAYOUT);
  defineSoundPicture();
  startPlayer();
  for (const [id, mount] of Object.entries(CARDS)) mount(find(root, `#${id}`));
  const open = () => {
    const { value } = props;
    if (!value) return;
    if (value.error) update({ error: { ...value.error, message: translated(value.error.message) } });
    else openBundle(value);
  };
  watch("value", open);
  connect(trigger);
  open();
  acceptFolders(); // before `acceptFiles`, which leaves alone what it takes
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
