// The state of the page, as one object. Each card subscribes to the parts that it draws.

/**
 * @typedef {Object} PageState
 * @property {Object|null} opening - the value of the main component, from `opening` in view.py
 * @property {Object|null} bundle - the bundle's classes, prototypes and training points, from bundle.js
 * @property {Object|null} clip - the clip on the page: {name, url, file, example, peaks, playable}
 * @property {Object|null} explanation - the clip's explanation, as the HTTP API returns it
 * @property {string|null} chosenClass - id of the class whose contributions the ledger shows
 * @property {Object|null} selected - the sound in the card beside the map: {kind: "prototype"|"point", id}
 * @property {Object|null} busy - work in progress: {message, fraction or null}
 * @property {Object|null} error - {code, message}
 * @property {File|null} attempted - the file sent last, to analyse its first part if it was too long
 */

/** @type {PageState} */
export const state = {
  opening: null,
  bundle: null,
  clip: null,
  explanation: null,
  chosenClass: null,
  selected: null,
  busy: null,
  error: null,
  attempted: null,
};

const subscribers = [];

/**
 * Call `draw` whenever one of the named parts of the state changes, and once now.
 * @param {string[]} keys
 * @param {(state: PageState) => void} draw
 */
export function subscribe(keys, draw) {
  subscribers.push({ keys, draw });
  draw(state);
}

/** Change parts of the state and call the subscribers of these parts. */
export function update(patch) {
  const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
  Object.assign(state, patch);
  for (const { keys, draw } of subscribers) {
    if (keys.some((key) => changed.includes(key))) draw(state);
  }
}
