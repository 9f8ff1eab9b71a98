// The tab Prototypes: a card for every prototype, and the bundle as a whole.

import { className, closest, find, html, reducedMotion, render } from "../../static/dom.js";
import { byDistance } from "../../static/reading.js";
import { defineSoundPicture } from "../../static/soundpicture.js";
import { state, subscribe, update } from "../../static/store.js";
import { t } from "../../static/texts.js";
import { startDecoding } from "../sound/seeds.js";
import { segmentSource } from "../sound/soundcard.js";
import { mountBundlePage } from "./bundlepage.js";
import { prototypeCard } from "./prototypecard.js";

/**
 * @import {Bundle, ClassItem} from "../../static/bundle.js"
 * @import {PageState} from "../../static/store.js"
 */

const DECODED = t(
  "A prototype is a list of numbers that the model learned, in the same form as its description of a segment. Here each one is decoded to audio by the model's decoder; it isn't a recording. Listen for texture, such as the drum sound, the density and the brightness; most prototypes have no clear melody.",
);
const NOT_DECODED = t(
  "A prototype is a list of numbers that the model learned, in the same form as its description of a segment. This bundle has no audio for its prototypes. Listen to training segments instead.",
);
const FIELDS = "input, select, textarea, [role=slider], [role=option], [role=tab], [role=combobox]";

const LAYOUT = html`<div class="views" role="group" aria-label="${t("What to show")}">
    <button type="button" class="chip" data-view="cards" aria-pressed="true">${t("Prototypes")}</button>
    <button type="button" class="chip" data-view="whole" aria-pressed="false">${t("The bundle as a whole")}</button></div>
  <div id="cards"></div><div id="whole" hidden></div>`;

/** @param {ClassItem} item */
const jump = (item) => html`<button type="button" class="chip" data-jump="${item.id}">${className(item)}</button>`;

/**
 * @param {Bundle} bundle
 * @param {ClassItem} item
 * @param {number} largest
 */
function section(bundle, item, largest) {
  const own = bundle.prototypes.filter((prototype) => prototype.class === item.id);
  return html`<section aria-label="${item.label}"><h2 class="class-title" id="class-${item.id}">${className(item)}</h2>
    <div class="stack">${own.map((prototype) => prototypeCard(bundle, prototype, largest))}</div></section>`;
}

/**
 * @param {HTMLElement} root
 * @param {PageState} state
 */
function draw(root, { bundle, opening }) {
  if (!bundle) return;
  const { prototypes } = bundle;
  const n = prototypes.length;
  const isDecoded = prototypes.some(({ audio }) => audio);
  const largest = prototypes.reduce((most, { weights }) => Math.max(most, ...weights.map(Math.abs)), 1e-9);
  render(
    root,
    html`<section class="card intro"><p class="verdict">${isDecoded ? t("Listen to all {n} prototypes", { n }) : t("All {n} prototypes", { n })}</p>
        <p class="evidence">${isDecoded ? DECODED : NOT_DECODED}
        ${t("The keys ← and → go to the previous and the next prototype.")} ${segmentSource(bundle)}</p>
        ${opening?.decoding && html`<p class="evidence">${opening.decoding}</p>`}
        <nav class="jumps" aria-label="${t("Go to a class")}">${bundle.classes.map(jump)}</nav></section>
      ${bundle.classes.map((item) => section(bundle, item, largest))}`,
  );
}

/** @param {HTMLElement} root */
function showSelected(root) {
  const { selected } = state;
  for (const card of root.querySelectorAll("[data-card]")) {
    const isSelected = selected?.kind === "prototype" && card.getAttribute("data-card") === selected.id;
    if (isSelected) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
}

/**
 * Whether the selected prototype isn't the one that is selected for every new track, the nearest.
 * @param {PageState} state
 */
const isChosen = ({ selected, explanation }) => !explanation || selected?.id !== byDistance(explanation)[0].id;

/** @param {Element} card */
const scrollTo = (card) => card.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth", block: "start" });

/**
 * Go to the previous or next card with the arrow keys, if the tab is shown and no field is focused. Without focus on a
 * card, they go to the first one on the screen.
 * @param {HTMLElement} root
 * @param {KeyboardEvent} event
 */
function onKey(root, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const { target } = event;
  if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (!(target instanceof HTMLElement) || target.closest(FIELDS) || !root.checkVisibility()) return;
  if (target !== document.body && !root.contains(target)) return;
  const cards = [...root.querySelectorAll("[data-card]")].filter((card) => card instanceof HTMLElement);
  const at = cards.findIndex((card) => card.contains(target));
  const card = at < 0 ? cards.find((item) => item.getBoundingClientRect().top >= 0) : cards[at + step];
  if (!card) return;
  event.preventDefault();
  card.focus({ preventScroll: true });
  scrollTo(card);
  update({ selected: { kind: "prototype", id: card.dataset.card ?? "" } });
}

/**
 * Draw the tab Prototypes into the element of its gr.HTML component, and keep it up to date.
 * @param {HTMLElement} element
 */
export function mount(element) {
  const root = find(element, ".pe");
  defineSoundPicture();
  render(root, LAYOUT);
  const cards = find(root, "#cards");
  const whole = find(root, "#whole");
  const showWhole = mountBundlePage(whole);
  root.addEventListener("click", (event) => {
    const { view, jump, card } = closest(event, "[data-view], [data-jump], [data-card]")?.dataset ?? {};
    if (jump) scrollTo(find(cards, `#class-${CSS.escape(jump)}`));
    if (card) update({ selected: { kind: "prototype", id: card } });
    if (!view) return;
    cards.hidden = view !== "cards";
    whole.hidden = view !== "whole";
    for (const button of root.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-view") === view));
    }
    if (view === "whole") showWhole();
  });
  document.addEventListener("keydown", (event) => onKey(cards, event));
  startDecoding(cards);
  // A prototype that the visitor selected elsewhere, such as on the map, is in view when the tab opens.
  new IntersectionObserver(([entry]) => {
    const card = entry.isIntersecting && isChosen(state) && cards.querySelector("[aria-current]");
    if (card && !cards.contains(document.activeElement)) card.scrollIntoView({ block: "start" });
  }).observe(cards);
  subscribe(["bundle"], (now) => draw(cards, now));
  subscribe(["bundle", "selected"], () => showSelected(cards));
}
