// Below the lanes: what a segment says, and the selected segment with the prototypes nearest to it.

import { className, clock, fixed, html, playName } from "../../static/dom.js";
import { nearestTo } from "../../static/segments.js";
import { t } from "../../static/texts.js";

/**
 * @import {Explanation, SegmentExplanation} from "../../types/api.js"
 * @import {Bundle} from "../../static/bundle.js"
 * @import {Along} from "../../static/store.js"
 */

const N_NEAREST = 3;

/**
 * A segment as a sentence.
 * @param {Bundle} bundle
 * @param {SegmentExplanation} segment
 */
export function describeSegment(bundle, segment) {
  const [start, end] = [clock(segment.start_s), clock(segment.end_s)];
  if (segment.is_silent) return t("{start} to {end}: silent. This segment isn't used for the scores.", { start, end });
  const order = bundle.classes.map((item) => item.index).sort((a, b) => segment.scores[b] - segment.scores[a]);
  const [first, second] = order.map((i) => ({ label: bundle.classes[i].label, score: fixed(segment.scores[i]) }));
  const values = { start, end, first: first.label, score: first.score, prototype: segment.nearest };
  return second
    ? t("{start} to {end}: {first} {score}, {second} {next}. Nearest prototype: {prototype}.", {
        ...values,
        second: second.label,
        next: second.score,
      })
    : t("{start} to {end}: {first} {score}. Nearest prototype: {prototype}.", values);
}

/**
 * How the columns are to be read.
 * @param {Bundle} bundle
 * @param {SegmentExplanation[]} segments
 * @param {boolean} everySecond
 */
export function columnsHint(bundle, segments, everySecond) {
  const seconds = bundle.segmentS;
  const what = everySecond
    ? t(
        "Each column shows the segment of {seconds} s around it. The scores of the track are those of its whole segments.",
        { seconds },
      )
    : t("Each column shows the scores of one segment of {seconds} s.", { seconds });
  const hatched = t("Hatched segments are silent and aren't used for the scores.");
  return segments.some((segment) => segment.is_silent) ? `${what} ${hatched}` : what;
}

/**
 * The selected segment.
 * @param {Bundle} bundle
 * @param {Explanation} explanation
 * @param {SegmentExplanation} segment
 * @param {boolean} isPlaced - whether it is on the map
 */
export function selectedSegment(bundle, explanation, segment, isPlaced) {
  const nearest = nearestTo(explanation, segment, N_NEAREST).map(({ id, similarity }) => {
    const { audio, class: classId } = bundle.prototypeOf(id);
    const shown = className({ ...bundle.classOf(classId), label: id });
    return html`<li><span data-prototype="${id}">${playName(audio, t("prototype {id}", { id }), shown)}</span> <span class="number">${fixed(similarity)}</span></li>`;
  });
  return html`<p><b>${t("Selected segment")}</b> ${describeSegment(bundle, segment)}</p>
    <div class="nearest"><span>${t("Most similar prototypes:")}</span> <ul>${nearest}</ul></div>
    <p><span class="small mute">${isPlaced ? t("Below, the map shows it as a blue ring with lines to these prototypes, and the contributions are those of this segment.") : t("Below, the contributions are those of this segment.")}</span> <button type="button" class="quiet" data-whole>${t("Whole track")}</button></p>`;
}

/**
 * The switch "Every second" and the state of what it asks for.
 * @param {Along | null} along
 */
export function everySecond(along) {
  const percentage = Math.round(100 * (along?.fraction ?? 0));
  const running = along && !along.segments && !along.error;
  return html`<button type="button" role="switch" class="quiet" data-every aria-checked="${along !== null && !along.error}">${t("Every second")}</button>
    <span role="status">${running && (percentage ? t("Computing a segment for every second: {percentage} %", { percentage }) : t("Computing a segment for every second"))}</span>
    ${running && html`<button type="button" class="quiet" data-cancel>${t("Cancel")}</button>`}
    ${along?.error && html`<span role="alert">${along.error.message}</span>`}`;
}
