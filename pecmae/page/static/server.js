// Talking to this server's HTTP API. Errors carry the API's own code and sentence.

/** An error that the page shows as it is. */
export class SentenceError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const UNREACHABLE = new SentenceError(
  "unreachable",
  "The explorer's server doesn't answer; see that it runs, then try again.",
);

function sentenceOf(status, body) {
  const error = body?.error;
  if (error?.message) return new SentenceError(error.code, error.message);
  return new SentenceError("server", `The server answered with status ${status}; its log says why.`);
}

/** JSON from an address of this server. */
export async function getJson(url) {
  const response = await fetch(url).catch(() => Promise.reject(UNREACHABLE));
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw sentenceOf(response.status, body);
  return body;
}

/** Send a form. `fetch` can't tell how much of an upload has gone, so this is an XMLHttpRequest. */
function send(url, form, onSent, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.upload.onprogress = (event) => onSent(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(sentenceOf(request.status, request.response));
    };
    request.onerror = () => reject(UNREACHABLE);
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/**
 * Have a file explained.
 * @param {File} file
 * @param {string} bundle
 * @param {{firstPart: boolean, onSent: (fraction: number) => void}} options
 * @returns {Promise<Object>} `pecmae.explanation/2`
 */
export function explain(file, bundle, { firstPart, onSent }) {
  const form = new FormData();
  form.append("bundle", bundle);
  if (firstPart) form.append("first_part", "true");
  form.append("file", file, file.name);
  return send("/api/v1/explain", form, onSent);
}

const COLLECTIONS = "/api/v1/collections";

/**
 * Send a collection of one's own, or a bundle that was built before.
 * @param {Blob} zip
 * @param {{name: string, title: string, perClass: string, onSent: (fraction: number) => void, signal: AbortSignal}} options
 * @returns {Promise<Object>} what `follow` gives too
 */
export function sendCollection(zip, { name, title, perClass, onSent, signal }) {
  const form = new FormData();
  if (title) form.append("title", title);
  if (perClass) form.append("prototypes_per_class", perClass);
  form.append("file", zip, name);
  return send(COLLECTIONS, form, onSent, signal);
}

/** How far a collection is. */
export const follow = (id) => getJson(`${COLLECTIONS}/${encodeURIComponent(id)}`);

/** Remove a collection; that it's gone already is fine. */
export const removeCollection = (id) =>
  fetch(`${COLLECTIONS}/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => Promise.reject(UNREACHABLE));

/** Address of a collection's bundle as a file. */
export const downloadUrl = (id) => `${COLLECTIONS}/${encodeURIComponent(id)}/bundle`;

/** Address of everything that a drawing of a bundle needs. */
export const mapUrl = (bundle) => `/api/v1/bundles/${encodeURIComponent(bundle)}/map`;
