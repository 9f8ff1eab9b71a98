// What pecmae/page/view.py gives to the page's components.

import type { BundleMap, ErrorDetail, Explanation, Tag } from "./api.js";

/** An example of the chosen bundle. */
export interface Example {
  id: string;
  title: string;
  licence: string;
  /** Address of the sound. */
  audio: string;
  /** Address of the prebaked explanation. */
  explanation: string;
  /** Address of the prebaked tags. */
  tags: string;
}

/** Addresses of the counterfactual set; `{id}` and `{piece}` stand for the id of a clip or a piece. */
export interface CounterfactualAddresses {
  index: string;
  answers: string;
  clip_audio: string;
  shuffled_audio: string;
}

/** What the address asks for: ids of an example, a class, a prototype and a tab. */
export interface Wanted {
  example: string | null;
  class_id: string | null;
  prototype: string | null;
  tab: string | null;
}

/** The chosen bundle with its examples: the value of the main component. */
export interface Opening {
  error: null;
  /** Every value has another number. */
  number: number;
  name: string;
  /** Sentences on the decoded prototypes; may be empty. */
  decoding: string;
  /** Name of the autoencoder that the bundle needs. */
  autoencoder: string;
  limits: { max_s: number; suffixes: string[] };
  wanted: Wanted;
  /** Null if there are no answers of the bundle. */
  counterfactuals: CounterfactualAddresses | null;
  /** Titles of all bundles of which there are answers. */
  tested: string[];
  examples: Example[];
}

/** The value of the main component if no bundle can be shown. */
export interface Failure {
  error: ErrorDetail;
}

/** A class of the recordings that a visitor gathered. */
export interface GatheredClass {
  label: string;
  n_clips: number;
}

/** The value of the component that draws what a visitor gathered. */
export interface Gathered {
  classes: GatheredClass[];
  /** Sentences on what is missing and what was left out; empty if there is nothing to say. */
  text: string;
  /** A sentence; empty if there is no error. */
  error: string;
}

/** The value of the component that draws the training of a collection. */
export interface Training {
  /** What is being done; empty if no training is under way. */
  stage: string;
  /** The collection that is ready. */
  result: TrainedCollection | null;
}

/** A collection whose training is complete. */
export interface TrainedCollection extends Pick<BundleMap, "classes" | "metrics"> {
  title: string;
  /** Sentences on what was left out. */
  notes: string[];
}

/** A visitor's own track with its explanation. */
export interface OwnTrack {
  bundle: string;
  name: string;
  /** Address of its sound. */
  url: string;
  /** Whether only the first part was analysed. */
  first_part: boolean;
  explanation: Explanation;
  /** Null while they are computed. */
  tagging: Tagging | null;
}

/** MusiCNN's tags of a clip, or why there are none. */
export interface Tagging {
  tags: Tag[] | null;
  error: string | null;
}

/**
 * The value of the component that draws the track; without an error and a track, there is no own track any more. The
 * tags follow in a second value with the same number.
 */
export interface Answer {
  number: number;
  error: ErrorDetail | null;
  track: OwnTrack | null;
}

/** Segments that start every second, or how far their computation is: the value of the component that asks for them. */
export interface AlongAnswer {
  /** Number of the request. */
  number: number;
  /** The fraction that is computed. */
  fraction: number;
  error: ErrorDetail | null;
  /** JSON of `SegmentExplanation[]`; null while they are being computed. */
  segments: string | null;
}
