import assert from "node:assert/strict";
import { test } from "node:test";

const CATALOGUE = {
  texts: { "Play {name}": "Reproducir {name}", "{n} track": ["{n} pista", "{n} pistas"] },
  known: {
    "{file} is empty.": "{file} está vacío.",
    "Left out of {class}: {reason}": "Omitido de {class}: {reason}",
    jazz: "yas",
  },
};

/**
 * The module as a page in a language loads it.
 * @param {string} language
 * @param {() => Promise<{ok: boolean, json: () => Promise<object>}>} answer
 * @returns {Promise<typeof import("../../../pecmae/page/static/texts.js")>}
 */
async function loaded(language, answer) {
  Object.assign(globalThis, { document: { documentElement: { lang: language } }, fetch: answer });
  return import(`../../../pecmae/page/static/texts.js?${Math.random()}`);
}

const spanish = () => loaded("es", async () => ({ ok: true, json: async () => CATALOGUE }));

test("texts are translated, and their values filled in", async () => {
  const { t, tn } = await spanish();
  assert.equal(t("Play {name}", { name: "jazz-0" }), "Reproducir jazz-0");
  assert.equal(t("Stop {name}", { name: "jazz-0" }), "Stop jazz-0");
  assert.equal(tn("{n} track", "{n} tracks", 1), "1 pista");
  assert.equal(tn("{n} track", "{n} tracks", 0), "0 pistas");
});

test("sentences of the server are known by their form, and so may be what varies in them", async () => {
  const { translated } = await spanish();
  assert.equal(translated("jazz"), "yas");
  assert.equal(translated("'a (1).wav' is empty."), "'a (1).wav' está vacío.");
  assert.equal(translated("Left out of jazz: 'x' is empty."), "Omitido de yas: 'x' está vacío.");
  assert.equal(translated("A sentence that nobody knows."), "A sentence that nobody knows.");
});

test("the page is English without a catalogue", async () => {
  const english = await loaded("en", () => Promise.reject(new Error("asked for a catalogue")));
  assert.equal(english.t("Play {name}", { name: "{name}" }), "Play {name}");
  assert.equal(english.tn("{n} track", "{n} tracks", 2), "2 tracks");
  for (const answer of [
    async () => ({ ok: false, json: async () => ({}) }),
    () => Promise.reject(new Error("offline")),
  ]) {
    const { t, translated } = await loaded("es", answer);
    assert.deepEqual([t("Language"), translated("jazz")], ["Language", "jazz"]);
  }
});
