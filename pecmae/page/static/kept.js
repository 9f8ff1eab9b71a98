// Which collection of one's own this browser tab knows: its id is the only key to it.

const KEY = "pecmae.collection";

export const keptCollection = () => sessionStorage.getItem(KEY);
export const keepCollection = (id) => sessionStorage.setItem(KEY, id);
export const forgetCollection = () => sessionStorage.removeItem(KEY);
