// The chosen bundle's classes, prototypes and training points, indexed by id.

import { getJson, mapUrl } from "./server.js";

const loading = new Map(); // name -> promise of the bundle

function index(data) {
  const classes = data.classes.map(({ id, label }, order) => ({ id, label, index: order }));
  const classById = new Map(classes.map((item) => [item.id, item]));
  const prototypes = data.prototypes.map((item) => ({ ...item, kind: "prototype" }));
  const points = data.points.map((item) => ({ ...item, kind: "point" }));
  return {
    name: data.name,
    title: data.title,
    caution: data.caution,
    segmentS: data.segment_s,
    isDecoded: data.point_sounds === "decoded",
    classes,
    prototypes,
    points,
    classById,
    prototypeById: new Map(prototypes.map((item) => [item.id, item])),
    pointById: new Map(points.map((item) => [item.id, item])),
    labelOf: (id) => classById.get(id)?.label ?? id,
  };
}

/** Fetch the classes, prototypes and training points of a bundle, once. */
export function loadBundle(name) {
  if (!loading.has(name)) {
    const bundle = getJson(mapUrl(name)).then(index);
    bundle.catch(() => loading.delete(name)); // the next visit tries again
    loading.set(name, bundle);
  }
  return loading.get(name);
}
