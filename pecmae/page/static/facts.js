// The chosen bundle's classes, prototypes and training points, indexed by id.

import { getJson, mapUrl } from "./server.js";

const loading = new Map(); // bundle name -> promise of facts

function index(data) {
  const classes = data.classes.map(({ id, label }, order) => ({ id, label, index: order }));
  const classById = new Map(classes.map((item) => [item.id, item]));
  const prototypes = data.prototypes.map((item) => ({ ...item, kind: "prototype" }));
  const points = data.points.map((item) => ({ ...item, kind: "point" }));
  return {
    bundle: data.name,
    title: data.title,
    caution: data.caution,
    segmentS: data.segment_s,
    classes,
    prototypes,
    points,
    classById,
    prototypeById: new Map(prototypes.map((item) => [item.id, item])),
    pointById: new Map(points.map((item) => [item.id, item])),
    labelOf: (id) => classById.get(id)?.label ?? id,
  };
}

/** Fetch a bundle's classes, prototypes and training points, once. */
export function loadFacts(bundle) {
  if (!loading.has(bundle)) {
    const facts = getJson(mapUrl(bundle)).then(index);
    facts.catch(() => loading.delete(bundle)); // the next visit tries again
    loading.set(bundle, facts);
  }
  return loading.get(bundle);
}
