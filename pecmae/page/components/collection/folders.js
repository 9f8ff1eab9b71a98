// Folders for gr.File, which takes no dropped folders and forgets the folders of files. Here every file gets its path as
// its name, and Python finds the classes in it.

import { state } from "../../static/store.js";
import { explainFile } from "../track/track.js";

const INPUTS = "#own-files, #own-folder";

/** @param {string} path */
const isSound = (path) => {
  const suffix = path.slice(path.lastIndexOf(".")).toLowerCase();
  return state.opening?.limits.suffixes.includes(suffix) ?? true;
};

/**
 * Files with their paths as names. What the server would leave out is sent without its contents, so that the server can
 * name it.
 * @param {{path: string, file: File}[]} files
 */
function named(files) {
  const transfer = new DataTransfer();
  for (const { path, file } of files) {
    const isWanted = isSound(path) || path.toLowerCase().endsWith(".zip");
    transfer.items.add(new File(isWanted ? [file] : [], path));
  }
  return transfer.files;
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} path
 * @returns {Promise<{path: string, file: File}[]>}
 */
async function walk(entry, path) {
  if (entry.isFile) {
    const { file } = /** @type {FileSystemFileEntry} */ (entry);
    return [{ path, file: await new Promise((resolve, reject) => file.call(entry, resolve, reject)) }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a batch of them
    if (!children.length) return found;
    for (const child of children) found.push(...(await walk(child, `${path}/${child.name}`)));
  }
}

/**
 * All dropped files, including those inside dropped folders. The entries must be read before the first `await`.
 * @param {DataTransfer} transfer
 */
async function droppedFiles(transfer) {
  const dropped = [...transfer.items].map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of dropped) {
    if (entry) found.push(...(await walk(entry, entry.name)));
    else if (file) found.push({ path: file.name, file });
  }
  return found;
}

/** @param {DragEvent} event */
async function take({ dataTransfer, target }) {
  const files = dataTransfer ? await droppedFiles(dataTransfer) : [];
  const [first, ...others] = files;
  const isTrack = first && !others.length && isSound(first.path) && !first.path.includes("/");
  const input = document.querySelector("#own-files input[type=file]");
  if (isTrack && !(target instanceof Element && target.closest("#own-files"))) explainFile(first.file);
  else if (input instanceof HTMLInputElement && input.closest("#own-files")?.checkVisibility()) {
    input.files = named(files);
    input.dispatchEvent(new Event("change"));
  }
}

/**
 * While the tab is shown, gr.File takes all drops on the page, except that a single recording that is dropped elsewhere
 * is explained on the tab Explore.
 */
export function acceptFolders() {
  const capture = { capture: true };
  const onDrop = (/** @type {DragEvent} */ event) => {
    const isShown = document.querySelector("#own")?.checkVisibility();
    if (!isShown || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    take(event);
  };
  document.addEventListener("drop", onDrop, capture);
  const onChoice = (/** @type {Event} */ { target }) => {
    if (!(target instanceof HTMLInputElement) || !target.files || !target.closest(INPUTS)) return;
    target.files = named([...target.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  };
  document.addEventListener("change", onChoice, capture);
}
