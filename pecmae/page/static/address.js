// The state of the page in its address: bundle, example, class, prototype and tab. pecmae/page/address.py reads it.
//
// What the page would show anyway is left out, and so is the state of a visitor's own file. Parameters that this module
// doesn't know, such as a language, are kept. Selecting sounds one after the other makes no entries in the history.

import { byDistance, ranking } from "./reading.js";
import { state, subscribe } from "./store.js";

/**
 * @import {PageState} from "./store.js"
 * @typedef {"bundle" | "example" | "class" | "prototype" | "tab"} Key
 * @typedef {Record<Key, string | null>} View - null for what the page shows by default
 * @typedef {"example" | "own" | "none"} ClipKind - what is explained; the address doesn't name a visitor's own file
 */

/** @type {Key[]} */
const KEYS = ["bundle", "example", "class", "prototype", "tab"];
const FIRST_TAB = "explore";

/**
 * What the page shows.
 * @param {Pick<PageState, "opening" | "clip" | "explanation" | "chosenClass" | "selected" | "tab">} state
 * @returns {View}
 */
export function viewOf({ opening, clip, explanation, chosenClass, selected, tab }) {
  const bundle = opening?.name ?? null;
  const isOwnFile = clip !== null && clip.example === null;
  const usual = explanation && {
    class: explanation.classes[ranking(explanation)[0]],
    prototype: byDistance(explanation)[0].id,
  };
  const prototype = selected?.kind === "prototype" ? selected.id : null;
  return {
    bundle,
    example: clip?.example ?? null,
    class: isOwnFile || chosenClass === usual?.class ? null : chosenClass,
    prototype: isOwnFile || prototype === usual?.prototype ? null : prototype,
    tab: tab === FIRST_TAB ? null : tab,
  };
}

/**
 * An address with another view.
 * @param {URL} address
 * @param {View} view
 */
export function withView(address, view) {
  const changed = new URL(address);
  for (const key of KEYS) {
    const value = view[key];
    if (value === null) changed.searchParams.delete(key);
    else changed.searchParams.set(key, value);
  }
  return changed;
}

/**
 * The view that an address asks for.
 * @param {URL} address
 * @returns {View}
 */
export function readView({ searchParams }) {
  const entries = KEYS.map((key) => [key, searchParams.get(key)]);
  return Object.fromEntries(entries);
}

/** @returns {ClipKind} */
const clipKind = () => (state.clip === null ? "none" : state.clip.example === null ? "own" : "example");

let pending = 1; // while the page opens, or follows the history, its address stays
/** Whether the address follows the page, and not the page the address. */
export const isSettled = () => pending === 0;

/** What was explained, while the page opens or follows the history; undefined if that is unknown. */
export const clipBefore = () => /** @type {ClipKind | undefined} */ (isSettled() ? undefined : history.state?.clip);

/** Write the address if the page shows something else than it says. */
function remember({ replace = false } = {}) {
  const { opening, bundle } = state;
  if (!isSettled() || !opening || bundle?.name !== opening.name) return;
  const [kind, before] = [clipKind(), new URL(window.location.href)];
  const [old, view] = [readView(before), viewOf(state)];
  const isOtherView = KEYS.some((key) => key !== "prototype" && old[key] !== view[key]);
  const isOtherClip = history.state?.clip !== kind;
  const after = withView(before, view);
  if (!isOtherClip && after.href === before.href) return;
  if (replace || !(isOtherView || isOtherClip)) history.replaceState({ ...history.state, clip: kind }, "", after);
  else history.pushState({ clip: kind }, "", after);
}

/** The page has opened, or it has followed the history once. Then every other view is a new entry. */
export function settle() {
  pending = Math.max(0, pending - 1);
  remember({ replace: true });
}

/**
 * Keep the address up to date.
 * @param {(view: View, clip: ClipKind | undefined) => void} follow - show the view to which the visitor went
 *   back or forward, and call `settle` in the end
 */
export function startAddress(follow) {
  subscribe(["bundle", "clip", "chosenClass", "selected", "tab"], () => remember());
  window.addEventListener("popstate", () => {
    pending++;
    follow(readView(new URL(window.location.href)), history.state?.clip);
  });
}

/**
 * Show a tab.
 * @param {string} id
 */
export function showTab(id) {
  const button = document.querySelector(`#tabs [role=tab][data-tab-id="${CSS.escape(id)}"]`);
  if (button instanceof HTMLElement && id !== state.tab) button.click();
}
