// Asks Python for segments that start every second, through Gradio's queue, and takes the answers.

import { state, subscribe, update } from "../../static/store.js";

/**
 * @import {AlongAnswer} from "../../types/page.js"
 * @import {Along} from "../../static/store.js"
 * @import {Tell} from "../../static/clip.js"
 */

/** @type {Tell} */
let tell = () => {};
let newest = 0;

/** Whether an answer is still to come. */
const isRunning = (/** @type {Along | null} */ along) => along !== null && !along.segments && !along.error;

/** Show segments that start every second. */
export function showEverySecond() {
  if (!state.clip) return;
  newest++;
  update({ along: { number: newest, fraction: 0, segments: null, error: null } });
  tell("submit", { number: newest, example: state.clip.example });
}

/** Show the explanation's segments. */
export const showWholeSegments = () => update({ along: null, selectedSegment: null });

/**
 * Connect to the gr.HTML component whose value is the newest answer. The component itself shows nothing.
 * @param {HTMLElement} element
 * @param {{value: AlongAnswer | null}} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {Tell} trigger
 */
export function mount(element, props, watch, trigger) {
  element.replaceChildren();
  tell = trigger;
  watch("value", () => {
    const answer = props.value;
    if (!answer || answer.number !== state.along?.number || !isRunning(state.along)) return;
    const { number, fraction, error } = answer;
    const segments = answer.segments === null ? null : JSON.parse(answer.segments);
    update({ along: { number, fraction, error, segments }, ...(segments && { selectedSegment: null }) });
  });
  let asked = 0;
  subscribe(["along"], ({ along }) => {
    if (asked && along?.number !== asked) tell("clear"); // the visitor doesn't want it any more
    asked = along && isRunning(along) ? along.number : 0;
  });
}
