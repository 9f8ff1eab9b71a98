// Gathering recordings: drop folders or a zip, or add classes and clips by hand; then start the training.

import { closest, find, findAs, html, plural, render } from "../../static/dom.js";
import { SentenceError } from "../../static/server.js";
import { explainFile } from "../track/track.js";
import {
  counts,
  droppedFiles,
  filesToSend,
  holdsBundle,
  isSound,
  missing,
  nothing,
  sortIntoClasses,
  withClasses,
} from "./classes.js";
import { listZip, makeZip } from "./zip.js";

/**
 * @import {CollectionRules} from "../../types/page.js"
 * @import {GatheredClass, Gathering} from "./classes.js"
 * @typedef {(pack: () => Promise<Blob>, form: {name: string, title: string, perClass: string}) => Promise<void>} Build
 *   - send what `pack` returns, and train on it
 */

const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname);
const PRIVACY = isLocal
  ? "If this server runs on your own computer, your recordings don't leave it."
  : "Your recordings are used only for this training. Only people who know the address of the trained collection can hear excerpts.";

/**
 * The card before any recordings are added.
 * @param {CollectionRules} rules
 */
export const gatheringCard = (rules) => html`<p class="verdict">Train a model on your own recordings</p>
  <p class="evidence">Add at least ${rules.min_classes} classes that you can tell apart by ear, such as musicians, instruments, rooms or styles. Each class
    needs at least ${rules.min_clips_per_class} clips. The model learns prototypes for each class. You can then explore the model on the tabs Explore, Prototypes and About. Training takes about a minute for a small collection, and longer for a large one.</p>
  <div class="drop" id="own-drop">
    <p>Drop one folder per class here, or a zip of these folders</p>
    <p>or <label class="choose"><input type="file" id="own-folder" webkitdirectory multiple><span>choose a folder that contains the class folders</span></label>,
      <label class="choose"><input type="file" id="own-zip" accept=".zip,application/zip"><span>choose a zip</span></label>, or
      <button type="button" class="link" id="own-add">add a class by hand</button></p>
  </div>
  <ul class="gathered" aria-label="Classes"></ul>
  <p class="tally" role="status"></p>
  <div class="settings">
    <label>Collection name <input type="text" id="own-title" maxlength="60" placeholder="My collection"></label>
    <label>Prototypes per class <select id="own-per-class"><option value="">automatic</option>${Array.from({ length: rules.max_prototypes_per_class }, (_, i) => html`<option>${i + 1}</option>`)}</select></label>
    <button type="button" class="primary" id="own-build" disabled>Start training</button>
  </div>
  <p class="small mute">Your recordings are deleted as soon as training ends. The trained bundle contains short excerpts of them; it is deleted
    one hour after you last used it, or when the server restarts. ${PRIVACY}</p>
  <p class="again">Did you download a trained collection before? <label class="choose"><input type="file" id="own-load" accept=".zip,application/zip"><span>Load the downloaded file</span></label></p>`;

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;

/** @param {Gathering} gathering */
function sizeOf({ zip, classes }) {
  const bytes = zip
    ? zip.size
    : classes.reduce((sum, { clips }) => sum + clips.reduce((all, { file }) => all + (file?.size ?? 0), 0), 0);
  return bytes ? megabytes(bytes) : "";
}

/** @param {GatheredClass} item */
const fixedRow = ({ label, clips }) =>
  html`<li class="fixed"><span class="label">${label}</span><span class="number">${plural(clips.length, "clip")}</span></li>`;

/**
 * @param {GatheredClass} item
 * @param {number} i
 * @param {CollectionRules} rules
 */
const row = (
  { label, clips },
  i,
  rules,
) => html`<li data-row="${i}"><input type="text" value="${label}" maxlength="60" aria-label="Name of class ${i + 1}" placeholder="Class name">
  <span class="number">${plural(clips.length, "clip")}</span>
  <label class="choose"><input type="file" multiple accept="audio/*,${rules.suffixes.join()}" aria-label="Add clips to ${label || `class ${i + 1}`}"><span>Add clips</span></label>
  <button type="button" class="link" data-drop-class aria-label="Remove the class ${label || i + 1}">Remove</button></li>`;

/**
 * Attach the card's event handlers.
 * @param {HTMLElement} root
 * @param {CollectionRules} rules
 * @param {{build: Build, calm: () => void, fail: (reason: unknown) => void, isShown: () => boolean}} tab
 */
export function mountGathering(root, rules, { build, calm, fail, isShown }) {
  const part = (/** @type {string} */ selector) => find(root, selector);
  const buildButton = findAs(root, "#own-build", HTMLButtonElement);
  const titleField = findAs(root, "#own-title", HTMLInputElement);
  const perClassMenu = findAs(root, "#own-per-class", HTMLSelectElement);
  let gathering = nothing();

  const tally = () => {
    const lack = missing(gathering, rules);
    const ready = gathering.classes.length > 0 && !lack;
    const what = gathering.classes.length ? `${counts(gathering, sizeOf(gathering))}. ` : "";
    const unknown = gathering.classes.length ? null : gathering.zip; // a zip whose paths can't be read here
    part(".tally").textContent = unknown
      ? `${[unknown.name, sizeOf(gathering)].filter(Boolean).join(", ")}.`
      : what + (lack || (ready ? "Ready to train." : ""));
    buildButton.disabled = !ready && !unknown;
  };
  const draw = () => {
    const { zip, classes } = gathering;
    const head = zip
      ? html`<li class="fixed"><span class="label">From ${zip.name}</span><button type="button" class="link" data-drop-zip>Remove</button></li>`
      : "";
    render(part(".gathered"), html`${head}${classes.map((item, i) => (zip ? fixedRow(item) : row(item, i, rules)))}`);
    tally();
  };
  /** @param {{path: string, file: File}[]} files */
  const take = (files) => {
    calm();
    const sorted = sortIntoClasses(files, rules);
    if (!sorted.classes.length) {
      fail(new SentenceError("no_classes", "No folder with recordings was found. Make one folder for each class."));
      return;
    }
    gathering = withClasses(gathering, sorted);
    draw();
  };
  /** @param {File} file */
  const load = (file) => build(async () => file, { name: file.name, title: "", perClass: "" });
  /** @param {File} file */
  const takeZip = async (file) => {
    calm();
    const paths = await listZip(file);
    if (paths && holdsBundle(paths, rules)) {
      load(file);
      return;
    }
    const sorted = sortIntoClasses(
      (paths ?? []).map((path) => ({ path, file: null })),
      rules,
    );
    gathering = { zip: file, ...sorted };
    if (!titleField.value) titleField.value = file.name.replace(/\.zip$/i, "");
    draw();
  };
  /** @param {DataTransfer} transfer */
  const takeDropped = async (transfer) => {
    const files = await droppedFiles(transfer);
    const zip = files.find(({ path }) => path.toLowerCase().endsWith(".zip"));
    const [first, ...others] = files;
    if (zip) await takeZip(zip.file);
    else if (first && !others.length && !first.path.includes("/") && isSound(first.path, rules))
      explainFile(first.file);
    else take(files);
  };
  const begin = () => {
    const title = titleField.value.trim() || "My collection";
    const { zip } = gathering;
    const pack = async () => zip ?? makeZip(filesToSend(gathering));
    build(pack, { name: zip?.name ?? "collection.zip", title, perClass: perClassMenu.value });
  };

  // While this tab is shown, it takes all drops on the page. A single recording is explained on the tab Explore.
  document.addEventListener(
    "drop",
    (event) => {
      if (!isShown() || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      part("#own-drop").classList.remove("over");
      if (!root.hidden) takeDropped(event.dataTransfer).catch(fail);
    },
    { capture: true },
  );
  for (const [kind, isOver] of Object.entries({ dragover: true, dragleave: false })) {
    document.addEventListener(kind, () => part("#own-drop").classList.toggle("over", isOver && isShown()));
  }

  root.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const files = [...(target.files ?? [])];
    const line = target.closest("[data-row]");
    if (target.id === "own-folder") take(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
    else if (target.id === "own-zip" && files[0]) takeZip(files[0]).catch(fail);
    else if (target.id === "own-load" && files[0]) load(files[0]);
    else if (line instanceof HTMLElement && target.type === "file") {
      const item = gathering.classes[Number(line.dataset.row)];
      const sounds = files.filter(({ name }) => isSound(name, rules));
      item.clips.push(...sounds.map((file) => ({ name: file.name, file })));
      gathering.others += files.length - sounds.length;
      draw();
      part(`[data-row="${line.dataset.row}"] input[type=file]`).focus();
    }
    if (target.type === "file") target.value = ""; // the same files may be chosen again
  });
  root.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== "text") return;
    const line = target.closest("[data-row]");
    if (!(line instanceof HTMLElement)) return;
    gathering.classes[Number(line.dataset.row)].label = target.value;
    tally();
  });
  root.addEventListener("click", (event) => {
    if (closest(event, "#own-add")) {
      if (gathering.zip) gathering = nothing();
      gathering.classes.push({ label: "", clips: [] });
      draw();
      part("[data-row]:last-child input[type=text]").focus();
    }
    const line = closest(event, "[data-row]");
    if (line && closest(event, "[data-drop-class]")) {
      gathering.classes.splice(Number(line.dataset.row), 1);
      draw();
      part("#own-add").focus();
    }
    if (closest(event, "[data-drop-zip]")) {
      gathering = nothing();
      draw();
      part("#own-zip").focus();
    }
    if (closest(event, "#own-build")) begin();
  });
}
