// Requests to this server's HTTP API. Errors have the API's own code and message.

/**
 * @import {Download, ErrorResponse} from "../types/api.js"
 * @import {Busy} from "./store.js"
 */

import { t, translated } from "./texts.js";

/** An error whose message is written for the visitor. */
export class SentenceError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const UNREACHABLE = new SentenceError(
  "unreachable",
  t("The server doesn't answer. Try again in a minute; if you run the server yourself, check that it is running."),
);

/**
 * @param {number} status
 * @param {Partial<ErrorResponse> | null} body
 */
function sentenceOf(status, body) {
  const error = body?.error;
  if (error?.message) return new SentenceError(error.code, translated(error.message));
  return new SentenceError(
    "server",
    t(
      "The server reported an error (status {status}). Try again in a minute; if you run the server yourself, check its log.",
      { status },
    ),
  );
}

/**
 * The message of whatever was thrown.
 * @param {unknown} reason
 */
export const messageOf = (reason) => (reason instanceof Error ? reason.message : String(reason));

/**
 * JSON from an address of this server.
 * @param {string} url
 */
export async function getJson(url) {
  const response = await fetch(url).catch(() => Promise.reject(UNREACHABLE));
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw sentenceOf(response.status, body);
  return body;
}

/**
 * The sound at an address of this server, which may be decoded only now.
 * @param {string} url
 */
export async function getSound(url) {
  const response = await fetch(url).catch(() => Promise.reject(UNREACHABLE));
  if (!response.ok) throw sentenceOf(response.status, await response.json().catch(() => null));
  return response.blob();
}

/**
 * Send a form. This is an XMLHttpRequest because `fetch` doesn't report the progress of an upload.
 * @param {string} url
 * @param {FormData} form
 * @param {(fraction: number) => void} onSent
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the JSON of the answer
 */
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
 * Upload the visitor's own track.
 * @param {File} file
 * @param {(fraction: number) => void} onSent
 * @param {AbortSignal} signal
 * @returns {Promise<string>} its address for Gradio's functions
 */
export async function sendTrack(file, onSent, signal) {
  const form = new FormData();
  form.append("files", file, file.name);
  const [address] = await send("/gradio_api/upload", form, onSent, signal);
  return address;
}

const LOOK_AGAIN_MS = 1000;
/** @returns {Promise<Download | null>} */
const download = async () => (await (await fetch("/healthz")).json()).download;

/**
 * Ask the server for something that needs pretrained weights. While it fetches them, wait, then ask again.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(busy: Busy) => boolean} onWait - called while waiting; false stops
 * @returns {Promise<T>}
 */
export async function withWeights(ask, onWait) {
  for (;;) {
    try {
      return await ask();
    } catch (reason) {
      if (!(reason instanceof SentenceError) || reason.code !== "weights_on_their_way") throw reason;
      /** @type {Download | null} */
      let running = null;
      do {
        /** @type {Pick<Download, "received_bytes" | "total_bytes">} */
        const { received_bytes: received, total_bytes: total } = running ?? { received_bytes: 0, total_bytes: 0 };
        const size = total && Math.round(total / 2 ** 20);
        const message = size
          ? t("The server is downloading the pretrained network ({size} MB). This happens only once.", { size })
          : t("The server is downloading the pretrained network. This happens only once.");
        if (!onWait({ message, fraction: total ? received / total : null })) throw reason;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        running = await download().catch(() => Promise.reject(UNREACHABLE));
      } while (running);
    }
  }
}

/**
 * Address of a bundle's classes, prototypes and training points.
 * @param {string} bundle
 */
export const mapUrl = (bundle) => `/api/v1/bundles/${encodeURIComponent(bundle)}/map`;

/**
 * Address of what is known of a bundle as a whole.
 * @param {string} bundle
 */
export const overviewUrl = (bundle) => `/api/v1/bundles/${encodeURIComponent(bundle)}/overview`;

/**
 * Address at which a prototype is decoded anew from the noise of a seed.
 * @param {string} bundle
 * @param {string} prototype
 * @param {number} seed
 */
export const sonifyUrl = (bundle, prototype, seed) =>
  `/api/v1/bundles/${encodeURIComponent(bundle)}/prototypes/${encodeURIComponent(prototype)}/sonify?seed=${seed}`;
