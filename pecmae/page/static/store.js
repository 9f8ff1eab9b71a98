// What the page knows at this moment. One object; the cards subscribe to the parts that they draw.

/**
 * @typedef {Object} PageState
 * @property {Object|null} opening - what Python says of the chosen bundle: name, title, caution, examples, limits
 * @property {Object|null} facts - the bundle's classes, prototypes and training points (see facts.js)
 * @property {Object|null} clip - the sound on the page: {name, url, file, example, peaks, notice}
 * @property {Object|null} explanation - its `pecmae.explanation/2`
 * @property {string|null} chosenClass - the class that the ledger explains
 * @property {Object|null} selected - what the card beside the map shows: {kind: "prototype"|"point"|"clip", id}
 * @property {Object|null} busy - long work: {message, fraction or null}
 * @property {Object|null} error - {code, message}
 * @property {File|null} attempted - the file sent last, to try its first part if it was too long
 */

/** @type {PageState} */
export const state = {
  opening: null,
  facts: null,
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

/** Change parts of the state and redraw what depends on them. */
export function update(patch) {
  const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
  Object.assign(state, patch);
  for (const { keys, draw } of subscribers) {
    if (keys.some((key) => changed.includes(key))) draw(state);
  }
}
