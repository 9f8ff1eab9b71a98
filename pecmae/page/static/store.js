// The state of the page, as one object. Each card subscribes to the parts that it draws.

/**
 * @import {ErrorDetail, Explanation, SegmentExplanation} from "../types/api.js"
 * @import {AlongAnswer, Opening, Tagging} from "../types/page.js"
 * @import {Bundle} from "./bundle.js"
 *
 * @typedef {Object} Clip - the clip on the page
 * @property {string} name
 * @property {string} url - address of its sound
 * @property {string | null} example - id of the example; null for the visitor's own track
 * @property {string} [licence] - licence of the example
 * @property {boolean} [firstPart] - whether only the first part of the visitor's own track was analysed
 * @property {Float32Array | null} peaks - the waveform, once it is computed
 * @property {ImageData | null} spectrogram - the mel spectrogram of the analysed part, once it is computed
 * @property {boolean} playable - whether the browser can play the sound
 *
 * @typedef {{message: string, fraction: number | null}} Busy - work in progress; the fraction is null if it is unknown
 * @typedef {{kind: "prototype" | "point", id: string}} Selection
 * @typedef {Omit<AlongAnswer, "segments"> & {segments: SegmentExplanation[] | null}} Along
 *
 * @typedef {Object} PageState
 * @property {Opening | null} opening - the value of the main component, from `opening` in view.py
 * @property {Bundle | null} bundle - the bundle's classes, prototypes and training points
 * @property {Clip | null} clip
 * @property {(Tagging & {source: string}) | null} tagging - MusiCNN's tags of the clip with this address
 * @property {Explanation | null} explanation - the clip's explanation, as the HTTP API returns it
 * @property {Along | null} along - what is shown along the track in place of the explanation's segments
 * @property {number | null} selectedSegment - index of the selected one of the segments that are shown
 * @property {string | null} chosenClass - id of the class whose contributions the ledger shows
 * @property {Selection | null} selected - the sound in the card beside the map
 * @property {string} tab - id of the tab that is shown
 * @property {string} notice - a sentence on what a link couldn't show; empty if there is none
 * @property {Busy | null} busy
 * @property {ErrorDetail | null} error
 */

/** @type {PageState} */
export const state = {
  opening: null,
  bundle: null,
  clip: null,
  tagging: null,
  explanation: null,
  along: null,
  selectedSegment: null,
  chosenClass: null,
  selected: null,
  tab: "explore",
  notice: "",
  busy: null,
  error: null,
};

/** @type {{keys: (keyof PageState)[], draw: (state: PageState) => void}[]} */
const subscribers = [];

/**
 * Call `draw` whenever one of the named parts of the state changes, and once now.
 * @param {(keyof PageState)[]} keys
 * @param {(state: PageState) => void} draw
 */
export function subscribe(keys, draw) {
  subscribers.push({ keys, draw });
  draw(state);
}

/**
 * Change parts of the state and call the subscribers of these parts.
 * @param {Partial<PageState>} patch
 */
export function update(patch) {
  const keys = /** @type {(keyof PageState)[]} */ (Object.keys(patch));
  const changed = keys.filter((key) => state[key] !== patch[key]);
  Object.assign(state, patch);
  for (const { keys, draw } of subscribers) {
    if (keys.some((key) => changed.includes(key))) draw(state);
  }
}
