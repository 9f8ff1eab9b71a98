// The chosen bundle's classes, prototypes and training points, indexed by id.

import { lookUp } from "./lookup.js";
import { getJson, mapUrl } from "./server.js";
import { translated } from "./texts.js";

/**
 * @import {BundleMap, PrototypeDetails} from "../types/api.js"
 * @typedef {{id: string, label: string, index: number}} ClassItem - a class and its position among the bundle's classes
 * @typedef {PrototypeDetails & {kind: "prototype"}} PrototypeItem
 *
 * @typedef {Object} PointItem - a training segment
 * @property {"point"} kind
 * @property {string} id
 * @property {string} class - id of its class
 * @property {string} track - id of its track
 * @property {string} title
 * @property {number} start_s
 * @property {[number, number]} map - its place on the map
 * @property {string | null} audio - address of its sound; null if the bundle has none
 *
 * @typedef {ReturnType<typeof index>} Bundle
 */

/** @type {Map<string, Promise<Bundle>>} */
const loading = new Map(); // by name

/**
 * The training segments, one by one.
 * @param {Pick<BundleMap, "classes" | "tracks" | "points">} data
 * @returns {PointItem[]}
 */
export const pointsOf = ({ classes, tracks, points }) =>
  points.ids.map((id, i) => ({
    kind: "point",
    id,
    class: classes[points.class_index[i]].id,
    track: tracks[points.track_index[i]].id,
    title: tracks[points.track_index[i]].title,
    start_s: points.start_s[i],
    map: points.map[i],
    audio: points.audio[i],
  }));

/** @param {BundleMap} data */
export function index(data) {
  /** @type {ClassItem[]} */
  const classes = data.classes.map(({ id, label }, order) => ({ id, label: translated(label), index: order }));
  const classById = new Map(classes.map((item) => [item.id, item]));
  /** @type {PrototypeItem[]} */
  const prototypes = data.prototypes.map((item) => ({ ...item, kind: "prototype" }));
  const points = pointsOf(data);
  const prototypeById = new Map(prototypes.map((item) => [item.id, item]));
  return {
    name: data.name,
    title: translated(data.title),
    caution: translated(data.caution),
    segmentS: data.segment_s,
    isDecoded: data.point_sounds === "decoded",
    prototypesPerClass: data.prototypes_per_class,
    metrics: data.metrics,
    classes,
    prototypes,
    points,
    prototypeById,
    pointById: new Map(points.map((item) => [item.id, item])),
    classOf: lookUp(classById, "bundle"),
    prototypeOf: lookUp(prototypeById, "bundle"),
    /** @param {string} id */
    labelOf: (id) => classById.get(id)?.label ?? id,
  };
}

/**
 * Fetch the classes, prototypes and training points of a bundle, once.
 * @param {string} name
 * @returns {Promise<Bundle>}
 */
export function loadBundle(name) {
  const known = loading.get(name);
  if (known) return known;
  const bundle = getJson(mapUrl(name)).then(index);
  bundle.catch(() => loading.delete(name)); // the next visit tries again
  loading.set(name, bundle);
  return bundle;
}
