import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  counts,
  filesToSend,
  holdsBundle,
  missing,
  nothing,
  sortIntoClasses,
  withClasses,
} from "../../../../pecmae/page/components/collection/classes.js";

const RULES = {
  suffixes: [".wav", ".ogg"],
  manifest_file: "manifest.json",
  min_classes: 2,
  max_classes: 3,
  max_clips: 20,
  min_clips_per_class: 2,
};
const sort = (/** @type {string[]} */ ...paths) =>
  sortIntoClasses(
    paths.map((path) => ({ path, file: null })),
    RULES,
  );
const labels = (/** @type {{classes: {label: string}[]}} */ { classes }) => classes.map(({ label }) => label);

/**
 * A gathering with clips of the given names.
 * @param {Record<string, string[]>} classes
 */
const gathered = (classes) => ({
  ...nothing(),
  classes: Object.entries(classes).map(([label, names]) => ({
    label,
    clips: names.map((name) => ({ name, file: new File([], name) })),
  })),
});

test("folders are classes; hidden files are skipped; other files are counted", () => {
  const sorted = sort(
    "jazz/a.wav",
    "jazz/B.OGG",
    "rock/live/c.wav",
    "rock/.x.wav",
    "__MACOSX/d.wav",
    "rock/e.txt",
    "f.wav",
  );
  assert.deepEqual(
    sorted.classes.map(({ label, clips }) => [label, clips.map(({ name }) => name)]),
    [
      ["jazz", ["a.wav", "B.OGG"]],
      ["rock", ["c.wav"]],
    ],
  );
  assert.equal(sorted.others, 2);
});

test("a folder that contains all files is skipped", () => {
  assert.deepEqual(labels(sort("mine/jazz/a.wav", "mine/rock/b.wav")), ["jazz", "rock"]);
  assert.deepEqual(labels(sort("jazz/a.wav", "jazz/b.wav")), ["jazz"]);
  assert.deepEqual(labels(sort("mine/jazz/a.wav", "other/b.wav")), ["mine", "other"]);
});

test("a zip with a manifest at its top or in its only folder is a bundle", () => {
  assert.ok(holdsBundle(["manifest.json", "audio/a.ogg"], RULES));
  assert.ok(holdsBundle(["tiny/manifest.json"], RULES));
  assert.ok(!holdsBundle(["a/b/manifest.json", "a/manifest.json.wav"], RULES));
});

test("clips of a class that is there already are added to it", () => {
  const first = gathered({ jazz: ["a.wav"], rock: ["b.wav"] });
  const merged = withClasses(first, { ...gathered({ " jazz ": ["c.wav"], pop: ["d.wav"] }), others: 1 });
  assert.equal(counts(merged), "3 classes, 4 clips; 1 other file ignored");
  assert.equal(counts(first), "2 classes, 2 clips");
  assert.equal(counts(merged, "1.5 MB"), "3 classes, 4 clips, 1.5 MB; 1 other file ignored");
});

test("classes replace a zip", () => {
  const zip = { ...gathered({ old: ["a.wav"] }), zip: new File([], "a.zip"), others: 9 };
  const merged = withClasses(zip, { ...gathered({ pop: ["d.wav"] }), others: 0 });
  assert.deepEqual([merged.zip, labels(merged), merged.others], [null, ["pop"], 0]);
});

const two = ["a.wav", "b.wav"];
for (const [name, classes, expected] of /** @type {[string, Record<string, string[]>, RegExp][]} */ ([
  ["nothing is added", {}, /^$/],
  ["too few classes", { jazz: two }, /at least 2/],
  ["too many classes", { a: two, b: two, c: two, d: two }, /At most 3 classes/],
  ["no name", { jazz: two, " ": two }, /Give every class a name/],
  ["a name of dots, which is no folder", { jazz: two, "..": two }, /Give every class a name/],
  ["the same name twice", { jazz: two, "jazz ": two }, /Two classes are named “jazz”/],
  ["names that are the same folder", { "AC/DC": two, "AC-DC": two }, /Two classes are named “AC-DC”/],
  ["too many clips", { a: Array(11).fill("a.wav"), b: Array(10).fill("a.wav") }, /At most 20 clips/],
  ["too few clips", { a: two, b: ["a.wav"], c: [] }, /at least 2 clips\. Add 1 more to “b”, 2 more to “c”\./],
  ["all is there", { a: two, b: two }, /^$/],
])) {
  test(`what is missing: ${name}`, () => assert.match(missing(gathered(classes), RULES), expected));
}

test("clips of the same name are sent under different paths of their class", () => {
  const sent = filesToSend(gathered({ "a/b": ["x.wav", "x.wav", "../y.wav"] }));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ["a-b/x.wav", "a-b/1/x.wav", "a-b/-y.wav"],
  );
});

test("whatever isn't missing anything arrives as the same classes", () => {
  const label = fc.string({ unit: fc.constantFrom("a", "B", " ", ".", "/", "\\", "é"), maxLength: 4 });
  const names = fc.array(fc.constantFrom("a.wav", "b.wav", "c.ogg"), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.dictionary(label, names, { minKeys: 2, maxKeys: 3 }), (classes) => {
      const gathering = gathered(classes);
      fc.pre(missing(gathering, RULES) === "");
      const sent = filesToSend(gathering);
      assert.equal(new Set(sent.map(({ path }) => path)).size, sent.length);
      const sizes = sortIntoClasses(sent, RULES).classes.map(({ clips }) => clips.length);
      assert.deepEqual(
        sizes,
        gathering.classes.map(({ clips }) => clips.length),
      );
    }),
    { seed: 1, numRuns: 300 },
  );
});
