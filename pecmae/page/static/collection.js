// The tab "Your collection": gather recordings, follow the training, explore the trained bundle, download or remove it.

import { gatheringCard, mountGathering } from "./gathering.js";
import { html, render } from "./dom.js";
import { forgetCollection, keepCollection, keptCollection } from "./kept.js";
import { progressCard, resultCard } from "./learned.js";
import { follow, removeCollection, SentenceError, sendCollection } from "./server.js";
import { state } from "./store.js";

const POLL_MS = 700;
const N_PATIENT = 5; // consecutive requests that may fail before an error is shown

const layout = (rules) => html`<div class="stack own-collection">
  <section class="card" id="own-progress" aria-label="Training progress" hidden></section>
  <section class="card" id="own-result" aria-label="Result" hidden></section>
  <div class="error" id="own-error" role="alert" hidden></div>
  <section class="card" id="own-gathering" aria-label="Your recordings">${gatheringCard(rules)}</section></div>`;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Draw the tab into `root`.
 * @param {HTMLElement} root
 * @param {Object} rules - the server's rules, from `collection_rules` in view.py
 * @param {(id: string) => void} showBundle - show a collection in all tabs; with an empty id, the default bundle
 */
export function mountCollection(root, rules, showBundle) {
  render(root, layout(rules));
  const find = (id) => root.querySelector(`#${id}`);
  let task = null; // the upload or build in progress: {id, abort, started}
  let ready = null; // id of the collection that the result card shows

  const show = (...ids) => {
    for (const id of ["own-progress", "own-result", "own-gathering"]) find(id).hidden = !ids.includes(id);
  };
  const fail = (reason) => {
    if (!(reason instanceof SentenceError)) console.error(reason);
    const text = reason instanceof SentenceError ? reason.message : `The page had an internal error: ${reason.message}`;
    find("own-error").hidden = false;
    render(find("own-error"), html`<p class="sentence">${text}</p>`);
  };
  const showIdle = () => show(ready ? "own-result" : "", "own-gathering");
  const calm = () => (find("own-error").hidden = true);

  const showResult = (status) => {
    ready = status.id;
    show("own-result");
    render(find("own-result"), resultCard(status));
    find("own-result").querySelector("h2").focus();
  };

  /** Poll a collection until it is ready or has failed. */
  async function watch(id) {
    const mine = { id, started: performance.now(), abort: null };
    task = mine;
    let unanswered = 0;
    for (;;) {
      let status;
      try {
        status = await follow(id);
        unanswered = 0;
      } catch (reason) {
        if (task !== mine) return;
        if (reason.code === "unreachable" && ++unanswered < N_PATIENT) {
          await pause(POLL_MS * 2);
          continue;
        }
        throw reason;
      }
      if (task !== mine) return;
      if (status.state === "ready") {
        task = null;
        showResult(status);
        return;
      }
      if (status.state === "failed") throw new SentenceError(status.error.code, status.error.message);
      show("own-progress");
      progressCard(find("own-progress"), status, (performance.now() - mine.started) / 1000);
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

  async function attempt(work) {
    try {
      await work();
    } catch (reason) {
      stop();
      fail(reason);
    }
  }

  /** Send a zip and follow its build. */
  const build = (pack, { name, title, perClass }) =>
    attempt(async () => {
      calm();
      const mine = { id: null, started: performance.now(), abort: new AbortController() };
      task = mine;
      show("own-progress");
      const showProgress = (progress) => task === mine && progressCard(find("own-progress"), progress, 0);
      showProgress({ state: "packing" });
      const zip = await pack();
      if (task !== mine) return;
      showProgress({ state: "sending", fraction: 0 });
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
    find("own-build").focus();
  }

  async function remove() {
    const id = ready;
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

  root.addEventListener("click", ({ target }) => {
    if (target.closest("[data-cancel]")) cancel();
    if (target.closest("[data-explore]")) showBundle(ready);
    if (target.closest("[data-remove-own]")) remove();
    if (target.closest("[data-another]")) showIdle();
  });
  mountGathering(find("own-gathering"), rules, { build, calm, fail, isShown: () => root.checkVisibility() });

  const kept = keptCollection() ?? new URL(window.location).searchParams.get("bundle");
  if (kept?.startsWith(rules.id_prefix)) {
    keepCollection(kept);
    attempt(() => watch(kept));
  }
}
