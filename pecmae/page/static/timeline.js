// Along the track: each segment's scores stacked, a playhead, and a press to hear the track from there.

import { clock, fixed, html, render } from "./dom.js";
import { colourVariable } from "./palette.js";
import { currentUrl, onPlayer, play, positionS } from "./player.js";
import { ranking, segmentAt } from "./reading.js";
import { state, subscribe } from "./store.js";

const WIDTH = 1000;
const HEIGHT = 120;
const TICK_STEPS_S = [4, 8, 20, 40, 60, 120, 240];

function columns({ explanation }) {
  const { segments } = explanation;
  const order = ranking(explanation);
  const total = segments.at(-1).end_s;
  const gap = Math.min(2, (0.12 * WIDTH) / segments.length);
  return segments.map((segment, number) => {
    if (segment.is_silent) return "";
    const startS = Math.max(segment.start_s, segments[number - 1]?.end_s ?? 0); // the last one may overlap
    const x = (WIDTH * startS) / total;
    const width = Math.max((WIDTH * (segment.end_s - startS)) / total - gap, 1);
    let y = HEIGHT;
    return order.map((i) => {
      const height = HEIGHT * segment.scores[i];
      y -= height;
      return height < 0.3
        ? ""
        : html`<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${width.toFixed(2)}" height="${height.toFixed(2)}" style="fill:${colourVariable(i)}"/>`;
    });
  });
}

function ticks(totalS) {
  const step = TICK_STEPS_S.find((seconds) => totalS / seconds <= 8) ?? 600;
  const count = Math.floor(totalS / step) + 1;
  return Array.from({ length: count }, (_, i) => i * step)
    .filter((second) => second <= 0.94 * totalS)
    .map((second) => html`<span style="left:${(100 * second) / totalS}%">${clock(second)}</span>`);
}

function describe({ explanation, facts }, segment) {
  const span = `${clock(segment.start_s)} to ${clock(segment.end_s)}`;
  if (segment.is_silent) return `${span}: silent, so it doesn't count.`;
  const order = facts.classes.map((item) => item.index).sort((a, b) => segment.scores[b] - segment.scores[a]);
  const [first, second] = order.map((i) => `${facts.classes[i].label} ${fixed(segment.scores[i])}`);
  return `${span}: ${[first, second].filter(Boolean).join(", ")}. Nearest prototype: ${segment.nearest}.`;
}

function draw(root) {
  const { explanation } = state;
  root.hidden = !explanation;
  if (root.hidden) return;
  const total = explanation.segments.at(-1).end_s;
  const [first] = explanation.segments;
  render(
    root,
    html`<h2>Along the track<span class="hint end">press to hear it from there</span></h2>
      <div class="columns" role="slider" tabindex="0" aria-label="Place in the track" aria-valuemin="0" aria-valuemax="${total}"
        aria-valuenow="0" aria-valuetext="${describe(state, first)}">
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${columns(state)}</svg>
        <i class="playhead" hidden></i></div>
      <div class="ticks" aria-hidden="true">${ticks(total)}</div>
      <p class="small mute readout" aria-live="off">Each column is ${state.facts.segmentS} seconds of your track, heard by itself.</p>`,
  );
}

/** Draw the scores over time into `root` and keep them up to date. */
export function mountTimeline(root) {
  const total = () => state.explanation.segments.at(-1).end_s;
  const tell = (segment) => {
    if (segment) root.querySelector(".readout").textContent = describe(state, segment);
  };
  const secondAt = (event) => {
    const { left, width } = root.querySelector(".columns").getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 0.9999) * total();
  };
  const at = (second) => segmentAt(state.explanation, second);
  const jump = (segment) => {
    if (!segment) return;
    if (state.clip.playable) play(state.clip.url, segment.start_s);
    point(segment.start_s, segment);
  };
  const point = (second, segment) => {
    const slider = root.querySelector(".columns");
    const line = root.querySelector(".playhead");
    line.hidden = false;
    line.style.left = `${(100 * Math.min(second, total())) / total()}%`;
    if (!segment || slider.getAttribute("aria-valuenow") === String(segment.start_s)) return;
    slider.setAttribute("aria-valuenow", segment.start_s);
    slider.setAttribute("aria-valuetext", describe(state, segment));
    tell(segment);
  };
  root.addEventListener("click", (event) => event.target.closest(".columns") && jump(at(secondAt(event))));
  root.addEventListener("pointermove", (event) => {
    if (event.target.closest(".columns")) tell(at(secondAt(event)));
  });
  root.addEventListener("keydown", (event) => {
    if (!event.target.closest(".columns")) return;
    const { segments } = state.explanation;
    const now = Number(event.target.getAttribute("aria-valuenow"));
    const number = segments.findIndex((segment) => segment.start_s === now);
    const last = segments.length - 1;
    const moves = { ArrowRight: Math.min(number + 1, last), ArrowLeft: Math.max(number - 1, 0), Home: 0, End: last };
    if (event.key === "Enter" || event.key === " ") jump(segments[number]);
    else if (event.key in moves) {
      const segment = segments[moves[event.key]];
      point(segment.start_s, segment);
    }
    else return;
    event.preventDefault();
  });
  subscribe(["facts", "explanation"], () => draw(root));
  onPlayer(() => {
    if (state.explanation && state.clip && currentUrl() === state.clip.url) point(positionS(), at(positionS()));
  });
}
