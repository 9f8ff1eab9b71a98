// What a visitor gathers to be learned: classes of clips, from folders, a zip or by hand, and what is missing yet.
//
// A gathering is {zip: File|null, classes: [{label, clips: [{name, file}]}], others: how many files aren't sound}. The
// clips of a zip have no file here, as the zip is sent as it is. How paths become classes is the server's rule too.

import { plural } from "./dom.js";

export const MIN_CLASSES = 2;
export const MAX_CLASSES = 20;
export const MIN_CLIPS = 5;
export const MAX_CLIPS = 400;
export const SOUNDS = ".wav,.wave,.flac,.ogg,.oga,.opus,.mp3,.aif,.aiff,.m4a,.mp4,.aac,.wma";
const SUFFIXES = new Set(SOUNDS.split(","));

export const nothing = () => ({ zip: null, classes: [], others: 0 });

const isHidden = (path) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
export const isSound = (path) => SUFFIXES.has(path.slice(path.lastIndexOf(".")).toLowerCase());

/**
 * Files sorted into classes by their folders: the outermost one that isn't around them all.
 * @param {{path: string, file: File|null}[]} files
 * @returns {{classes: Object[], others: number}}
 */
export function sortIntoClasses(files) {
  const shown = files.filter(({ path }) => !isHidden(path));
  const sounds = shown
    .filter(({ path }) => isSound(path))
    .map(({ path, file }) => ({ parts: path.split("/").filter(Boolean), file }));
  const around = new Set(sounds.map(({ parts }) => parts[0])).size === 1 && sounds.some(({ parts }) => parts.length > 2);
  const depth = around ? 1 : 0;
  const byLabel = new Map();
  let loose = 0;
  for (const { parts, file } of sounds) {
    if (parts.length <= depth + 1) {
      loose++;
      continue;
    }
    if (!byLabel.has(parts[depth])) byLabel.set(parts[depth], []);
    byLabel.get(parts[depth]).push({ name: parts.at(-1), file });
  }
  const classes = [...byLabel].map(([label, clips]) => ({ label, clips }));
  return { classes, others: shown.length - sounds.length + loose };
}

/** Whether the paths of a zip are those of a bundle rather than of recordings. */
export const holdsBundle = (paths) =>
  paths.some((path) => path.split("/").at(-1) === "manifest.json" && path.split("/").length <= 2);

/** More classes in a gathering; clips of a class that is there already join it. */
export function withClasses(gathering, { classes, others }) {
  const merged = gathering.zip ? [] : gathering.classes.map((item) => ({ ...item, clips: [...item.clips] }));
  for (const item of classes) {
    const same = merged.find(({ label }) => label.trim() === item.label.trim());
    if (same) same.clips.push(...item.clips);
    else merged.push({ ...item, clips: [...item.clips] });
  }
  return { zip: null, classes: merged, others: (gathering.zip ? 0 : gathering.others) + others };
}

const countClips = (gathering) => gathering.classes.reduce((sum, { clips }) => sum + clips.length, 0);

/** "3 classes, 21 clips" */
export function counts(gathering) {
  const others = gathering.others ? `; ${plural(gathering.others, "other file")} left out` : "";
  return `${plural(gathering.classes.length, "class", "classes")}, ${plural(countClips(gathering), "clip")}${others}`;
}

/** What is missing before it can be learned, as a sentence; empty if nothing is. */
export function missing(gathering) {
  const { classes } = gathering;
  if (classes.length < MIN_CLASSES) {
    return classes.length ? "One more class is needed: a model learns by comparing." : "";
  }
  if (classes.length > MAX_CLASSES) return `Up to ${MAX_CLASSES} classes can be learned; remove some.`;
  if (classes.some(({ label }) => !label.trim())) return "Give every class a name.";
  const labels = classes.map(({ label }) => label.trim());
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice) return `Two classes are called ${twice}; rename one.`;
  if (countClips(gathering) > MAX_CLIPS) return `Up to ${MAX_CLIPS} clips can be learned; remove some.`;
  const small = classes.filter(({ clips }) => clips.length < MIN_CLIPS);
  if (!small.length) return "";
  const wanted = small.map(({ label, clips }) => `${MIN_CLIPS - clips.length} more of ${label}`);
  return `Every class needs ${MIN_CLIPS} clips: add ${wanted.join(", ")}.`;
}

const safe = (name) => name.trim().replaceAll("/", "-").replaceAll("\\", "-").replace(/^\.+/, "");

/** The files to send, each as class/name; a name that a class has already goes into a numbered folder. */
export function filesToSend({ classes }) {
  const taken = new Set();
  return classes.flatMap(({ label, clips }) =>
    clips.map(({ name, file }, i) => {
      const usual = `${safe(label)}/${safe(name)}`;
      const path = taken.has(usual) ? `${safe(label)}/${i}/${safe(name)}` : usual;
      taken.add(usual);
      return { path, file };
    }),
  );
}

async function walk(entry, path, files) {
  if (entry.isFile) {
    files.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // some at a time
    if (!children.length) return;
    for (const child of children) await walk(child, `${path}/${child.name}`, files);
  }
}

/** Everything that was dropped, folders with what is in them. The entries must be taken before anything is awaited. */
export async function droppedFiles(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const plain = items.map((item) => item.getAsFile());
  const files = [];
  for (const [i, entry] of entries.entries()) {
    if (entry) await walk(entry, entry.name, files);
    else files.push({ path: plain[i].name, file: plain[i] });
  }
  return files;
}
