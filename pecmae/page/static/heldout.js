// Sentences on the test of a bundle on held-out clips.

import { percent } from "./dom.js";
import { t, tn } from "./texts.js";

/**
 * @import {BundleMap} from "../types/api.js"
 */

const FEW_CLIPS = 50;

/**
 * The test result on held-out clips and its uncertainty, as two sentences; a bundle without a test says so. A bundle
 * that was loaded from a file may have been cross-validated instead (the part "blocks").
 * @param {Pick<BundleMap, "classes" | "metrics">} bundle
 */
export function testSentences(bundle) {
  const { test: heldOut, blocks } = bundle.metrics.evaluations;
  const test = (heldOut ?? blocks)?.pecmae;
  if (!test?.n_tracks) return [t("The model wasn't tested on held-out clips."), ""];
  const n = test.n_tracks;
  const right = test.confusion.reduce((sum, row, i) => sum + row[i], 0);
  const how = heldOut
    ? tn(
        "The model was tested on {n} clip that it wasn't trained on.",
        "The model was tested on {n} clips that it wasn't trained on.",
        n,
      )
    : t(
        "The method was tested by cross-validation: each of {n} clips was classified by a model that wasn't trained on it.",
        { n },
      );
  const result = t("{right} of {n} were classified correctly; random guessing would get about 1 in {classes}.", {
    right,
    n,
    classes: bundle.classes.length,
  });
  if (n >= FEW_CLIPS) return [`${how} ${result}`, t("That is {ratio}.", { ratio: percent(right / n) })];
  return [
    `${how} ${result}`,
    tn("With only {n} test clip, this is a rough estimate.", "With only {n} test clips, this is a rough estimate.", n),
  ];
}
