// The id of the visitor's own collection, kept for this browser tab. Access to the collection needs its id.

const KEY = "pecmae.collection";

export const keptCollection = () => sessionStorage.getItem(KEY);
/** @param {string} id */
export const keepCollection = (id) => sessionStorage.setItem(KEY, id);
export const forgetCollection = () => sessionStorage.removeItem(KEY);
