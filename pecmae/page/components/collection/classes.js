// The recordings that a visitor gathers for training: classes of clips, from folders, from a zip or added by hand.
//
// The server turns paths into classes by the same rule. `rules` are those of the server, from `collection_rules` in
// view.py.

import { plural } from "../../static/dom.js";

/**
 * @import {CollectionRules} from "../../types/page.js"
 * @typedef {{name: string, file: File | null}} Clip - of a zip, without a file, because the zip is sent unchanged
 * @typedef {{label: string, clips: Clip[]}} GatheredClass
 * @typedef {Object} Gathering
 * @property {File | null} zip
 * @property {GatheredClass[]} classes
 * @property {number} others - number of files that are ignored
 */

/** @returns {Gathering} */
export const nothing = () => ({ zip: null, classes: [], others: 0 });

/** @param {string} path */
const isHidden = (path) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

/**
 * @param {string} path
 * @param {Pick<CollectionRules, "suffixes">} rules
 */
export const isSound = (path, rules) => rules.suffixes.includes(path.slice(path.lastIndexOf(".")).toLowerCase());

/**
 * Sort files into classes by their folders. A folder that contains all files is skipped.
 * @param {{path: string, file: File | null}[]} files
 * @param {Pick<CollectionRules, "suffixes">} rules
 * @returns {{classes: GatheredClass[], others: number}}
 */
export function sortIntoClasses(files, rules) {
  const shown = files.filter(({ path }) => !isHidden(path));
  const sounds = shown
    .filter(({ path }) => isSound(path, rules))
    .map(({ path, file }) => ({ parts: path.split("/").filter(Boolean), file }));
  const around =
    new Set(sounds.map(({ parts }) => parts[0])).size === 1 && sounds.some(({ parts }) => parts.length > 2);
  const depth = around ? 1 : 0;
  /** @type {Map<string, Clip[]>} */
  const byLabel = new Map();
  let loose = 0;
  for (const { parts, file } of sounds) {
    if (parts.length <= depth + 1) {
      loose++;
      continue;
    }
    const label = parts[depth];
    const clips = byLabel.get(label) ?? [];
    clips.push({ name: parts[parts.length - 1], file });
    byLabel.set(label, clips);
  }
  const classes = [...byLabel].map(([label, clips]) => ({ label, clips }));
  return { classes, others: shown.length - sounds.length + loose };
}

/**
 * Whether the paths of a zip are those of a bundle rather than of recordings.
 * @param {string[]} paths
 * @param {Pick<CollectionRules, "manifest_file">} rules
 */
export const holdsBundle = (paths, rules) =>
  paths.some((path) => path.split("/").at(-1) === rules.manifest_file && path.split("/").length <= 2);

/**
 * Add classes to a gathering; clips of a class that it already has are added to that class.
 * @param {Gathering} gathering
 * @param {{classes: GatheredClass[], others: number}} added
 * @returns {Gathering}
 */
export function withClasses(gathering, { classes, others }) {
  const merged = gathering.zip ? [] : gathering.classes.map((item) => ({ ...item, clips: [...item.clips] }));
  for (const item of classes) {
    const same = merged.find(({ label }) => label.trim() === item.label.trim());
    if (same) same.clips.push(...item.clips);
    else merged.push({ ...item, clips: [...item.clips] });
  }
  return { zip: null, classes: merged, others: (gathering.zip ? 0 : gathering.others) + others };
}

/** @param {Gathering} gathering */
const countClips = (gathering) => gathering.classes.reduce((sum, { clips }) => sum + clips.length, 0);

/**
 * "3 classes, 21 clips, 4.2 MB; 1 other file ignored"
 * @param {Gathering} gathering
 * @param {string} [size] - of all clips, such as "4.2 MB"; left out if it is empty
 */
export function counts(gathering, size = "") {
  const others = gathering.others ? `; ${plural(gathering.others, "other file")} ignored` : "";
  const parts = [plural(gathering.classes.length, "class", "classes"), plural(countClips(gathering), "clip"), size];
  return parts.filter(Boolean).join(", ") + others;
}

/**
 * One sentence that says what must be added, removed or renamed before training can start. It is empty if training can
 * start, and also if there are no classes yet.
 * @param {Gathering} gathering
 * @param {Pick<CollectionRules, "min_classes" | "max_classes" | "max_clips" | "min_clips_per_class">} rules
 */
export function missing(gathering, rules) {
  const { classes } = gathering;
  if (!classes.length) return "";
  if (classes.length < rules.min_classes) return `Add classes: at least ${rules.min_classes} are needed.`;
  if (classes.length > rules.max_classes) return `At most ${rules.max_classes} classes are allowed. Remove some.`;
  const labels = classes.map(({ label }) => safe(label)); // the server sees these names
  if (labels.some((label) => !label)) return "Give every class a name.";
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice) return `Two classes are named “${twice}”. Rename one of them.`;
  if (countClips(gathering) > rules.max_clips) return `At most ${rules.max_clips} clips are allowed. Remove some.`;
  const small = classes.filter(({ clips }) => clips.length < rules.min_clips_per_class);
  if (!small.length) return "";
  const wanted = small.map(({ label, clips }) => `${rules.min_clips_per_class - clips.length} more to “${label}”`);
  return `Each class needs at least ${rules.min_clips_per_class} clips. Add ${wanted.join(", ")}.`;
}

/** @param {string} name */
const safe = (name) => name.replaceAll(/[/\\]/g, "-").replaceAll(/^[.\s]+|\s+$/g, "");

/**
 * The files to send, each as class/name. A second file of the same name in a class gets a numbered subfolder.
 * @param {Pick<Gathering, "classes">} gathering
 * @returns {{path: string, file: File}[]}
 */
export function filesToSend({ classes }) {
  const taken = new Set();
  return classes.flatMap(({ label, clips }) =>
    clips.flatMap(({ name, file }, i) => {
      if (!file) return [];
      const usual = `${safe(label)}/${safe(name)}`;
      const path = taken.has(usual) ? `${safe(label)}/${i}/${safe(name)}` : usual;
      taken.add(usual);
      return [{ path, file }];
    }),
  );
}

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemFileEntry}
 */
const isFile = (entry) => entry.isFile;

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemDirectoryEntry}
 */
const isFolder = (entry) => entry.isDirectory;

/**
 * @param {FileSystemEntry} entry
 * @param {string} path
 * @param {{path: string, file: File}[]} files - the files that were found are added here
 */
async function walk(entry, path, files) {
  if (isFile(entry)) {
    files.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
  }
  if (!isFolder(entry)) return;
  const reader = entry.createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a batch of them
    if (!children.length) return;
    for (const child of children) await walk(child, `${path}/${child.name}`, files);
  }
}

/**
 * All dropped files, including those inside dropped folders. The entries must be read before the first `await`.
 * @param {DataTransfer} transfer
 */
export async function droppedFiles(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const plain = items.map((item) => item.getAsFile());
  /** @type {{path: string, file: File}[]} */
  const files = [];
  for (const [i, entry] of entries.entries()) {
    const file = plain[i];
    if (entry) await walk(entry, entry.name, files);
    else if (file) files.push({ path: file.name, file });
  }
  return files;
}
