// The tab "Your collection": gather recordings, follow the training, explore the trained bundle, download or remove it.

import { closest, find, html, render } from "../../static/dom.js";
import { follow, messageOf, removeCollection, SentenceError, sendCollection } from "../../static/server.js";
import { state } from "../../static/store.js";
import { gatheringCard, mountGathering } from "./gathering.js";
import { forgetCollection, keepCollection, keptCollection } from "./kept.js";
import { progressCard, resultCard } from "./learned.js";

const POLL_MS = 700;
const N_PATIENT = 5; // consecutive requests that may fail before an error is shown

/**
 * @import {BundleSummary, CollectionStatus} from "../../types/api.js"
 * @import {CollectionRules} from "../../types/page.js"
 * @import {BeforeBuild} from "./learned.js"
 * @typedef {{id: string | null, abort: AbortController | null, started: number}} Task
 */

/** @param {CollectionRules} rules */
const layout = (rules) => html`<div class="stack own-collection">
  <section class="card" id="own-progress" aria-label="Progress of your collection" hidden></section>
  <section class="card" id="own-result" aria-label="Result" hidden></section>
  <div class="error" id="own-error" role="alert" hidden></div>
  <section class="card" id="own-gathering" aria-label="Your recordings">${gatheringCard(rules)}</section></div>`;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Draw the tab "Your collection" into the element of its gr.HTML component; `trigger` tells Python which bundle to show.
 * @param {HTMLElement} element
 * @param {{value: CollectionRules}} props - the value comes from `collection_rules` in view.py
 * @param {(name: string, changed: () => void) => void} _watch
 * @param {(event: string, data: Object) => void} trigger
 */
export function mount(element, { value: rules }, _watch, trigger) {
  const root = find(element, ".pe");
  /** Show a collection in all tabs; with an empty id, the default bundle. */
  const showBundle = (/** @type {string} */ id) => trigger("select", { index: 0, value: id });
  render(root, layout(rules));
  const part = (/** @type {string} */ id) => find(root, `#${id}`);
  /** @type {Task | null} */
  let task = null; // the upload or build in progress
  /** @type {string | null} */
  let ready = null; // id of the collection that the result card shows

  /** @param {string[]} ids */
  const show = (...ids) => {
    for (const id of ["own-progress", "own-result", "own-gathering"]) part(id).hidden = !ids.includes(id);
  };
  /** @param {unknown} reason */
  const fail = (reason) => {
    if (!(reason instanceof SentenceError)) console.error(reason);
    const text =
      reason instanceof SentenceError ? reason.message : `The page had an internal error: ${messageOf(reason)}`;
    part("own-error").hidden = false;
    render(part("own-error"), html`<p class="sentence">${text}</p>`);
  };
  const showIdle = () => show(ready ? "own-result" : "", "own-gathering");
  const calm = () => (part("own-error").hidden = true);

  /**
   * @param {CollectionStatus} status
   * @param {BundleSummary} bundle
   */
  const showResult = (status, bundle) => {
    ready = status.id;
    show("own-result");
    render(part("own-result"), resultCard(status, bundle));
    find(part("own-result"), "h2").focus();
  };

  /**
   * Poll a collection until it is ready or has failed.
   * @param {string} id
   */
  async function watch(id) {
    /** @type {Task} */
    const mine = { id, started: performance.now(), abort: null };
    task = mine;
    let unanswered = 0;
    for (;;) {
      /** @type {CollectionStatus} */
      let status;
      try {
        status = await follow(id);
        unanswered = 0;
      } catch (reason) {
        if (task !== mine) return;
        if (reason instanceof SentenceError && reason.code === "unreachable" && ++unanswered < N_PATIENT) {
          await pause(POLL_MS * 2);
          continue;
        }
        throw reason;
      }
      if (task !== mine) return;
      if (status.bundle) {
        task = null;
        showResult(status, status.bundle);
        return;
      }
      if (status.error) throw new SentenceError(status.error.code, status.error.message);
      show("own-progress");
      progressCard(part("own-progress"), status, (performance.now() - mine.started) / 1000);
      await pause(POLL_MS);
    }
  }

  /** Cancel the upload or build in progress and delete its data, here and on the server. */
  function stop() {
    const { id, abort } = task ?? {};
    task = null;
    abort?.abort();
    if (id) {
      removeCollection(id).catch(() => {});
      forgetCollection();
    }
    showIdle();
  }

  /** @param {() => Promise<void>} work */
  async function attempt(work) {
    try {
      await work();
    } catch (reason) {
      stop();
      fail(reason);
    }
  }

  /**
   * Send a zip and follow its build.
   * @type {import("./gathering.js").Build}
   */
  const build = (pack, { name, title, perClass }) =>
    attempt(async () => {
      calm();
      const mine = { id: null, started: performance.now(), abort: new AbortController() };
      task = mine;
      show("own-progress");
      /** @param {BeforeBuild} progress */
      const showProgress = (progress) => {
        if (task === mine) progressCard(part("own-progress"), progress, 0);
      };
      showProgress({ state: "packing" });
      const zip = await pack();
      if (task !== mine) return;
      showProgress({ state: "sending", fraction: 0 });
      /** @param {number} fraction */
      const onSent = (fraction) => showProgress({ state: "sending", fraction });
      const { id } = await sendCollection(zip, { name, title, perClass, onSent, signal: mine.abort.signal });
      if (task !== mine) {
        removeCollection(id).catch(() => {}); // the visitor cancelled during the upload
        return;
      }
      keepCollection(id);
      await watch(id);
    });

  function cancel() {
    stop();
    part("own-build").focus();
  }

  async function remove() {
    const id = ready;
    if (!id) return;
    try {
      await removeCollection(id);
    } catch (reason) {
      fail(reason);
      return;
    }
    ready = null;
    forgetCollection();
    showIdle();
    if (state.opening?.name === id) showBundle("");
  }

  root.addEventListener("click", (event) => {
    if (closest(event, "[data-cancel]")) cancel();
    if (closest(event, "[data-explore]") && ready) showBundle(ready);
    if (closest(event, "[data-remove-own]")) remove();
    if (closest(event, "[data-another]")) showIdle();
  });
  mountGathering(part("own-gathering"), rules, { build, calm, fail, isShown: () => root.checkVisibility() });

  const kept = keptCollection() ?? new URL(window.location.href).searchParams.get("bundle");
  if (kept?.startsWith(rules.id_prefix)) {
    keepCollection(kept);
    attempt(() => watch(kept));
  }
}
