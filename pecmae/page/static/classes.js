// The recordings that a visitor gathers for training: classes of clips, from folders, from a zip or added by hand.
//
// A gathering is {zip: File|null, classes: [{label, clips: [{name, file}]}], others: number of files that aren't audio}.
// The clips of a zip have no file here, because the zip is sent unchanged. The server turns paths into classes by the
// same rule. `rules` are those of the server, from `collection_rules` in view.py.

import { plural } from "./dom.js";

export const nothing = () => ({ zip: null, classes: [], others: 0 });

const isHidden = (path) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
export const isSound = (path, rules) => rules.suffixes.includes(path.slice(path.lastIndexOf(".")).toLowerCase());

/**
 * Sort files into classes by their folders. A folder that contains all files is skipped.
 * @param {{path: string, file: File|null}[]} files
 * @param {{suffixes: string[]}} rules
 * @returns {{classes: Object[], others: number}}
 */
export function sortIntoClasses(files, rules) {
  const shown = files.filter(({ path }) => !isHidden(path));
  const sounds = shown
    .filter(({ path }) => isSound(path, rules))
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
export const holdsBundle = (paths, rules) =>
  paths.some((path) => path.split("/").at(-1) === rules.manifest_file && path.split("/").length <= 2);

/** Add classes to a gathering; clips of a class that it already has are added to that class. */
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
  const others = gathering.others ? `; ${plural(gathering.others, "other file")} ignored` : "";
  return `${plural(gathering.classes.length, "class", "classes")}, ${plural(countClips(gathering), "clip")}${others}`;
}

/** One sentence that says what is missing before training can start; empty if nothing is missing. */
export function missing(gathering, rules) {
  const { classes } = gathering;
  if (!classes.length) return "";
  if (classes.length < rules.min_classes) return `Add classes: at least ${rules.min_classes} are needed.`;
  if (classes.length > rules.max_classes) return `At most ${rules.max_classes} classes are allowed. Remove some.`;
  if (classes.some(({ label }) => !label.trim())) return "Give every class a name.";
  const labels = classes.map(({ label }) => label.trim());
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice) return `Two classes are named “${twice}”. Rename one of them.`;
  if (countClips(gathering) > rules.max_clips) return `At most ${rules.max_clips} clips are allowed. Remove some.`;
  const small = classes.filter(({ clips }) => clips.length < rules.min_clips_per_class);
  if (!small.length) return "";
  const wanted = small.map(({ label, clips }) => `${rules.min_clips_per_class - clips.length} more to “${label}”`);
  return `Each class needs at least ${rules.min_clips_per_class} clips. Add ${wanted.join(", ")}.`;
}

const safe = (name) => name.trim().replaceAll("/", "-").replaceAll("\\", "-").replace(/^\.+/, "");

/** The files to send, each as class/name. A second file of the same name in a class gets a numbered subfolder. */
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
    const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // returns the children in batches
    if (!children.length) return;
    for (const child of children) await walk(child, `${path}/${child.name}`, files);
  }
}

/** All dropped files, including those inside dropped folders. The entries must be read before the first `await`. */
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
