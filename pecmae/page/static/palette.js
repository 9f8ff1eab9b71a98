// One colour and one marker shape a class, by the order of the bundle's classes. Paul Tol's muted set, his sand and grey
// replaced by darker neighbours that hold on white paper; lighter versions for the dark page.

const LIGHT = [
  "#332288",
  "#88ccee",
  "#999933",
  "#aa4499",
  "#117733",
  "#ddaa33",
  "#5b636d",
  "#cc6677",
  "#44aa99",
  "#882255",
];
const DARK = [
  "#8f86e0",
  "#99d6f3",
  "#b9b95a",
  "#cf83c2",
  "#4fb873",
  "#e8bf5e",
  "#a9b1bb",
  "#e58f9c",
  "#62c4b4",
  "#d0709c",
];

/** Marker shapes by their Plotly names, as polygons in a square from -1 to 1; a circle has no corners. */
const SHAPES = {
  circle: null,
  square: [
    [-0.8, -0.8],
    [0.8, -0.8],
    [0.8, 0.8],
    [-0.8, 0.8],
  ],
  diamond: [
    [0, -1.05],
    [1.05, 0],
    [0, 1.05],
    [-1.05, 0],
  ],
  "triangle-up": [
    [0, -1],
    [1, 0.75],
    [-1, 0.75],
  ],
  "triangle-down": [
    [0, 1],
    [1, -0.75],
    [-1, -0.75],
  ],
  pentagon: [
    [0, -1],
    [0.95, -0.31],
    [0.59, 0.81],
    [-0.59, 0.81],
    [-0.95, -0.31],
  ],
  star: [
    [0, -1.1],
    [0.27, -0.37],
    [1.05, -0.34],
    [0.43, 0.14],
    [0.65, 0.89],
    [0, 0.45],
    [-0.65, 0.89],
    [-0.43, 0.14],
    [-1.05, -0.34],
    [-0.27, -0.37],
  ],
  cross: [
    [-0.35, -1],
    [0.35, -1],
    [0.35, -0.35],
    [1, -0.35],
    [1, 0.35],
    [0.35, 0.35],
    [0.35, 1],
    [-0.35, 1],
    [-0.35, 0.35],
    [-1, 0.35],
    [-1, -0.35],
    [-0.35, -0.35],
  ],
  hexagon: [
    [0.87, -0.5],
    [0.87, 0.5],
    [0, 1],
    [-0.87, 0.5],
    [-0.87, -0.5],
    [0, -1],
  ],
  x: [
    [-0.5, -1],
    [0, -0.5],
    [0.5, -1],
    [1, -0.5],
    [0.5, 0],
    [1, 0.5],
    [0.5, 1],
    [0, 0.5],
    [-0.5, 1],
    [-1, 0.5],
    [-0.5, 0],
    [-1, -0.5],
  ],
};
const SHAPE_NAMES = Object.keys(SHAPES);

export const isDark = () => document.body.classList.contains("dark");

/** Colour of the class at `index`, for the theme that the page shows now. */
export const colourOf = (index, dark = isDark()) => (dark ? DARK : LIGHT)[index % LIGHT.length];

/** Plotly's name of the marker of the class at `index`; past ten classes, colours repeat with other shapes. */
export const shapeOf = (index) => SHAPE_NAMES[(index + Math.floor(index / SHAPE_NAMES.length)) % SHAPE_NAMES.length];

/** The colour of a class as a CSS variable, so that it follows the theme by itself. */
export const colourVariable = (index) => `var(--class-${index % LIGHT.length})`;

/** Inline SVG of a class's marker, drawn beside its name wherever the name stands. */
export function markerSvg(index, className = "marker") {
  const corners = SHAPES[shapeOf(index)];
  const body = corners
    ? `<polygon points="${corners.map((point) => point.join(",")).join(" ")}"/>`
    : '<circle r="0.9"/>';
  return `<svg class="${className}" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true" style="--class:${colourVariable(index)}">${body}</svg>`;
}

/** Call `changed` whenever the page turns dark or light. */
export function onThemeChange(changed) {
  let dark = isDark();
  new MutationObserver(() => {
    if (isDark() === dark) return;
    dark = isDark();
    changed();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
