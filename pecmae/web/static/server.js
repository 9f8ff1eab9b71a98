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

/**
 * Have a file explained. `fetch` can't tell how much of an upload has gone, so this is an XMLHttpRequest.
 * @param {File} file
 * @param {string} bundle
 * @param {{firstPart: boolean, onSent: (fraction: number) => void}} options
 * @returns {Promise<Object>} `pecmae.explanation/1`
 */
export function explain(file, bundle, { firstPart, onSent }) {
  const form = new FormData();
  form.append("bundle", bundle);
  if (firstPart) form.append("first_part", "true");
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/explain");
    request.responseType = "json";
    request.upload.onprogress = (event) => onSent(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status === 200) resolve(request.response);
      else reject(sentenceOf(request.status, request.response));
    };
    request.onerror = () => reject(UNREACHABLE);
    request.send(form);
  });
}

/** Address of everything that a drawing of a bundle needs. */
export const mapUrl = (bundle) => `/api/v1/bundles/${encodeURIComponent(bundle)}/map`;
