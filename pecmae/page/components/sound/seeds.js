// Sounds of a prototype from other noise seeds: decoded by the server when they are first played, then kept.

import { closest, find, html, playButton, playIcons, render } from "../../static/dom.js";
import { currentUrl, isPlaying, play } from "../../static/player.js";
import { getSound, messageOf, sonifyUrl, withWeights } from "../../static/server.js";
import { t } from "../../static/texts.js";

const SEEDS = [1, 2];
const SECOND_MS = 1000;

/** @type {Map<string, string>} */
const decoded = new Map(); // addresses of the sounds in this browser, by the address that decoded them

/**
 * @param {string} name
 * @param {number} seed
 */
const seedName = (name, seed) => t("{name}, noise seed {seed}", { name, seed });

/**
 * @param {string} url
 * @param {string} name
 * @param {number} seed
 */
const sound = (url, name, seed) => html`<div class="big-sound">${playButton(url, seedName(name, seed))}
  <sound-picture src="${url}" role="img" aria-label="${t("Spectrogram of {name}", { name: seedName(name, seed) })}"></sound-picture></div>`;

/**
 * @param {string} name
 * @param {number} seed
 */
function undecoded(name, seed) {
  const label = t("Decode and play {name}", { name: seedName(name, seed) });
  return html`<div class="big-sound">
    <button type="button" class="play" data-decode aria-pressed="false" aria-label="${label}" title="${label}">${playIcons}</button>
    <div class="not-decoded small mute" role="status">${t("Not decoded yet. Press play.")}</div></div>`;
}

/**
 * The list items of the other seeds of a prototype.
 * @param {string} bundle
 * @param {string} prototype
 */
export const seedItems = (bundle, prototype) =>
  SEEDS.map((seed) => {
    const url = sonifyUrl(bundle, prototype, seed);
    const known = decoded.get(url);
    const name = t("prototype {id}", { id: prototype });
    return html`<li><p class="small mute">${t("Noise seed {seed}", { seed })}</p>
      <div data-seed="${seed}" data-url="${url}" data-name="${name}">${known ? sound(known, name, seed) : undecoded(name, seed)}</div></li>`;
  });

/**
 * Decode a sound, with progress in its item, and play it unless another sound is playing by then.
 * @param {HTMLElement} item
 */
async function decode(item) {
  const { url = "", name = "", seed = "" } = item.dataset;
  const status = find(item, "[role=status]");
  const begun = performance.now();
  /** @param {string} doing */
  const show = (doing) => {
    status.textContent = doing;
  };
  render(status, html`<span></span><i class="endless"></i>`);
  item.setAttribute("aria-busy", "true");
  let doing = t("Decoding");
  const tick = () => {
    find(status, "span").textContent = t("{doing}, {seconds} s", {
      doing,
      seconds: Math.round((performance.now() - begun) / SECOND_MS),
    });
  };
  tick();
  const timer = setInterval(tick, SECOND_MS);
  try {
    const ask = () => getSound(url);
    const blob = await withWeights(ask, ({ message }) => {
      doing = message;
      return item.isConnected;
    });
    const address = URL.createObjectURL(blob);
    decoded.set(url, address);
    const hasFocus = item.contains(document.activeElement);
    render(item, sound(address, name, Number(seed)));
    if (hasFocus) find(item, ".play").focus();
    if (item.isConnected && !isPlaying(currentUrl())) play(address);
  } catch (reason) {
    show(messageOf(reason));
  } finally {
    clearInterval(timer);
    item.removeAttribute("aria-busy");
  }
}

/**
 * Decode the sounds inside `root` whose buttons are pressed.
 * @param {HTMLElement} root
 */
export function startDecoding(root) {
  root.addEventListener("click", (event) => {
    const item = closest(event, "[data-decode]") && closest(event, "[data-seed]");
    if (item && !item.hasAttribute("aria-busy")) decode(item);
  });
}
