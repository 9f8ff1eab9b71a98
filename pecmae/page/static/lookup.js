// Values by ids that are known.

/**
 * A function that gives the value of an id in a map, or throws an error that names what has no such id.
 * @template T
 * @param {Map<string, T>} map
 * @param {string} owner - such as "bundle"
 */
export const lookUp = (map, owner) => (/** @type {string} */ id) => {
  const value = map.get(id);
  if (value === undefined) throw new Error(`The ${owner} has no “${id}”.`);
  return value;
};
