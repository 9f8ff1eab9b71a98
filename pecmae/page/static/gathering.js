// Gathering recordings: drop folders or a zip, or add classes and clips by hand; then start the training.

import { counts, droppedFiles, filesToSend, holdsBundle, isSound, missing, nothing, sortIntoClasses, withClasses } from "./classes.js";
import { html, plural, render } from "./dom.js";
import { SentenceError } from "./server.js";
import { listZip, makeZip } from "./zip.js";

const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname);
const PRIVACY = isLocal
  ? "This server runs on your own computer, so your recordings don't leave it."
  : "Your recordings are used only for this training, and other visitors can't access them.";

/** The card before any recordings are added. */
export const gatheringCard = (rules) => html`<p class="verdict">Train a model on your own recordings</p>
  <p class="evidence">Add at least ${rules.min_classes} classes that you can tell apart by ear, such as musicians, instruments, rooms or styles. Each class
    needs at least ${rules.min_clips_per_class} clips. The model learns prototypes for each class, and you can explore it in all tabs. Training takes about a minute.</p>
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
    one hour after you last used it. ${PRIVACY}</p>
  <p class="again">Did you download a bundle before? <label class="choose"><input type="file" id="own-load" accept=".zip,application/zip"><span>Load the downloaded file</span></label></p>`;

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;

function sizeOf({ zip, classes }) {
  const bytes = zip ? zip.size : classes.reduce((sum, { clips }) => sum + clips.reduce((all, { file }) => all + file.size, 0), 0);
  return bytes ? `, ${megabytes(bytes)}` : "";
}

const fixedRow = ({ label, clips }) => html`<li class="fixed"><span class="label">${label}</span><span class="number">${plural(clips.length, "clip")}</span></li>`;

const row = ({ label, clips }, i, rules) => html`<li data-row="${i}"><input type="text" value="${label}" maxlength="60" aria-label="Name of class ${i + 1}" placeholder="Class name">
  <span class="number">${plural(clips.length, "clip")}</span>
  <label class="choose"><input type="file" multiple accept="audio/*,${rules.suffixes.join()}" aria-label="Add clips to ${label || `class ${i + 1}`}"><span>add clips</span></label>
  <button type="button" class="link" data-drop-class aria-label="Remove the class ${label || i + 1}">remove</button></li>`;

/**
 * Attach the card's event handlers.
 * @param {HTMLElement} root
 * @param {Object} rules - the server's rules for collections
 * @param {{build: Function, calm: Function, fail: (reason: Error) => void, isShown: () => boolean}} tab
 */
export function mountGathering(root, rules, { build, calm, fail, isShown }) {
  const find = (selector) => root.querySelector(selector);
  let gathering = nothing();

  const tally = () => {
    const lack = missing(gathering, rules);
    const ready = gathering.classes.length > 0 && !lack;
    const what = gathering.classes.length ? `${counts(gathering)}${sizeOf(gathering)}. ` : "";
    const unknown = gathering.zip && !gathering.classes.length;
    find(".tally").textContent = unknown ? `${gathering.zip.name}${sizeOf(gathering)}.` : what + (lack || (ready ? "Ready to train." : ""));
    find("#own-build").disabled = !ready && !unknown;
  };
  const draw = () => {
    const { zip, classes } = gathering;
    const head = zip ? html`<li class="fixed"><span class="label">From ${zip.name}</span><button type="button" class="link" data-drop-zip>remove</button></li>` : "";
    render(find(".gathered"), html`${head}${classes.map((item, i) => (zip ? fixedRow(item) : row(item, i, rules)))}`);
    tally();
  };
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
  const load = (file) => build(async () => file, { name: file.name, title: "", perClass: "" });
  const takeZip = async (file) => {
    calm();
    const paths = await listZip(file);
    if (paths && holdsBundle(paths, rules)) {
      load(file);
      return;
    }
    const sorted = sortIntoClasses((paths ?? []).map((path) => ({ path, file: null })), rules);
    gathering = { zip: file, ...sorted };
    if (!find("#own-title").value) find("#own-title").value = file.name.replace(/\.zip$/i, "");
    draw();
  };
  const takeDropped = async (transfer) => {
    const files = await droppedFiles(transfer);
    const zip = files.find(({ path }) => path.toLowerCase().endsWith(".zip"));
    if (zip) await takeZip(zip.file);
    else take(files);
  };
  const begin = () => {
    const title = find("#own-title").value.trim() || "My collection";
    const { zip } = gathering;
    const pack = async () => zip ?? makeZip(filesToSend(gathering));
    build(pack, { name: zip?.name ?? "collection.zip", title, perClass: find("#own-per-class").value });
  };

  // While this tab is shown, it takes all drops on the page, before the handler of the tab Explore.
  document.addEventListener(
    "drop",
    (event) => {
      if (!isShown() || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      find("#own-drop").classList.remove("over");
      if (!root.hidden) takeDropped(event.dataTransfer).catch(fail);
    },
    { capture: true },
  );
  for (const [kind, isOver] of Object.entries({ dragover: true, dragleave: false })) {
    document.addEventListener(kind, () => find("#own-drop").classList.toggle("over", isOver && isShown()));
  }

  root.addEventListener("change", ({ target }) => {
    const files = [...(target.files ?? [])];
    const line = target.closest("[data-row]");
    if (target.id === "own-folder") take(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
    else if (target.id === "own-zip" && files[0]) takeZip(files[0]).catch(fail);
    else if (target.id === "own-load" && files[0]) load(files[0]);
    else if (line && target.type === "file") {
      const item = gathering.classes[Number(line.dataset.row)];
      const sounds = files.filter(({ name }) => isSound(name, rules));
      item.clips.push(...sounds.map((file) => ({ name: file.name, file })));
      gathering.others += files.length - sounds.length;
      draw();
      find(`[data-row="${line.dataset.row}"] input[type=file]`).focus();
    }
    if (target.type === "file") target.value = ""; // the same files may be chosen again
  });
  root.addEventListener("input", ({ target }) => {
    const line = target.closest("[data-row]");
    if (!line || target.type !== "text") return;
    gathering.classes[Number(line.dataset.row)].label = target.value;
    tally();
  });
  root.addEventListener("click", ({ target }) => {
    if (target.closest("#own-add")) {
      if (gathering.zip) gathering = nothing();
      gathering.classes.push({ label: "", clips: [] });
      draw();
      find("[data-row]:last-child input[type=text]").focus();
    }
    const line = target.closest("[data-row]");
    if (line && target.closest("[data-drop-class]")) {
      gathering.classes.splice(Number(line.dataset.row), 1);
      draw();
      find("#own-add").focus();
    }
    if (target.closest("[data-drop-zip]")) {
      gathering = nothing();
      draw();
      find("#own-zip").focus();
    }
    if (target.closest("#own-build")) begin();
  });
}
