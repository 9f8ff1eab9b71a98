import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clock, fixed, html, Markup, percent, playButton, plural, signed } from "../../../pecmae/page/static/dom.js";

test("numbers have a fixed number of decimals and a proper minus sign", () => {
  assert.equal(fixed(1.005), "1.00");
  assert.equal(fixed(-1.5), "−1.50");
  assert.equal(fixed(2.34567, 3), "2.346");
  assert.equal(fixed(0, 0), "0");
});

test("signed numbers have a sign unless they round to zero", () => {
  assert.equal(signed(0.5), "+0.500");
  assert.equal(signed(-0.5), "−0.500");
  assert.equal(signed(0), "0.000");
  assert.equal(signed(-0.0004), "0.000");
  assert.equal(signed(1.25, 1), "+1.3");
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 6 }), (value, decimals) => {
      const text = signed(value, decimals);
      assert.match(text, /^[+−]?\d+(\.\d+)?$/);
      assert.ok(Math.abs(Number(text.replace("−", "-")) - value) <= 0.5001 * 10 ** -decimals);
      if (value !== 0 && /[1-9]/.test(text)) assert.equal(text[0], value > 0 ? "+" : "−");
    }),
    { seed: 1 },
  );
});

test("times count minutes and whole seconds", () => {
  assert.deepEqual([0, 59.99, 60, 61.4, 3599, 3600].map(clock), ["0:00", "0:59", "1:00", "1:01", "59:59", "60:00"]);
  assert.equal(clock(7.9999999), "0:08"); // a sum of floats that should be 8
});

test("percentages say if a fraction is small but not zero", () => {
  assert.deepEqual([0, 0.001, 0.0099, 0.01, 0.074, 0.5, 1].map(percent), [
    "0 %",
    "less than 1 %",
    "less than 1 %",
    "1 %",
    "7 %",
    "50 %",
    "100 %",
  ]);
});

test("only one is singular", () => {
  assert.equal(plural(1, "clip"), "1 clip");
  assert.equal(plural(0, "clip"), "0 clips");
  assert.equal(plural(2, "class", "classes"), "2 classes");
});

test("templates escape every value but the results of templates", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const markup = String(html`${text}`);
      assert.doesNotMatch(markup, /[<>"']/);
      const names = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
      const back = Object.entries(names).reduceRight((all, [name, sign]) => all.replaceAll(name, sign), markup);
      assert.equal(back, text);
    }),
    { seed: 2 },
  );
  const inner = html`<b>${"&"}</b>`;
  assert.ok(inner instanceof Markup);
  assert.equal(String(html`<i>${inner}${[inner, "<"]}</i>`), "<i><b>&amp;</b><b>&amp;</b>&lt;</i>");
});

test("false is a value of a state, and leaves nothing elsewhere", () => {
  assert.equal(
    String(html`<i aria-pressed="${false}" aria-current="${true}">${false}</i>`),
    '<i aria-pressed="false" aria-current="true"></i>',
  );
  assert.equal(String(html`<i title="${false}"></i>`), '<i title=""></i>');
});

test("null, undefined and false leave nothing; zero stays", () => {
  assert.equal(String(html`${null}${undefined}${false}${0}${""}`), "0");
});

test("there is no play button without a sound", () => {
  assert.equal(playButton(null, "a"), "");
  assert.equal(playButton(undefined, "a"), "");
  assert.match(String(playButton("/a?b=1&c", "x", 3)), /data-sound="\/a\?b=1&amp;c" {2}data-start="3"/);
});
