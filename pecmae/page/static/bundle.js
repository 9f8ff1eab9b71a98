// The chosen bundle's classes, prototypes and training points, indexed by id.

import { lookUp } from "./lookup.js";
import { getJson, mapUrl } from "./server.js";

/**
 * @import {BundleMap, PointDetails, PrototypeDetails} from "../types/api.js"
 * @typedef {{id: string, label: string, index: number}} ClassItem - a class and its position among the bundle's classes
 * @typedef {PrototypeDetails & {kind: "prototype"}} PrototypeItem
 * @typedef {PointDetails & {kind: "point"}} PointItem
 * @typedef {ReturnType<typeof index>} Bundle
 */

/** @type {Map<string, Promise<Bundle>>} */
const loading = new Map(); // by name

/** @param {BundleMap} data */
export function index(data) {
  /** @type {ClassItem[]} */
  const classes = data.classes.map(({ id, label }, order) => ({ id, label, index: order }));
  const classById = new Map(classes.map((item) => [item.id, item]));
  /** @type {PrototypeItem[]} */
  const prototypes = data.prototypes.map((item) => ({ ...item, kind: "prototype" }));
  /** @type {PointItem[]} */
  const points = data.points.map((item) => ({ ...item, kind: "point" }));
  const prototypeById = new Map(prototypes.map((item) => [item.id, item]));
  return {
    name: data.name,
    title: data.title,
    caution: data.caution,
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
