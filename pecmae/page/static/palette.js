// One colour and one marker shape per class, in the order of the bundle's classes. theme.py defines the colours.

/**
 * Marker shapes by their Plotly names, as polygons in a square from -1 to 1; a circle has no corners.
 * @type {Record<string, number[][] | null>}
 */
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

/**
 * Plotly's name of the marker of the class at `index`. From the eleventh class on, colours repeat with other shapes.
 * @param {number} index
 */
export const shapeOf = (index) => SHAPE_NAMES[(index + Math.floor(index / SHAPE_NAMES.length)) % SHAPE_NAMES.length];

/**
 * The value of a CSS variable in the current theme.
 * @param {string} name
 */
export const bodyStyle = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

let nColours = 0; // read when first needed
/** @param {number} index */
function variable(index) {
  nColours ||= Number(bodyStyle("--n-class-colours"));
  return `--class-${index % nColours}`;
}

/**
 * The colour of a class as a CSS variable, which follows the theme.
 * @param {number} index
 */
export const colourVariable = (index) => `var(${variable(index)})`;

/**
 * The colour of a class in the current theme, for drawings that can't use CSS variables.
 * @param {number} index
 */
export const colourOf = (index) => bodyStyle(variable(index));

/**
 * Inline SVG of a class's marker, drawn beside its name.
 * @param {number} index
 */
export function markerSvg(index, className = "marker") {
  const corners = SHAPES[shapeOf(index)];
  const body = corners
    ? `<polygon points="${corners.map((point) => point.join(",")).join(" ")}"/>`
    : '<circle r="0.9"/>';
  return `<svg class="${className}" viewBox="-1.2 -1.2 2.4 2.4" aria-hidden="true" style="--class:${colourVariable(index)}">${body}</svg>`;
}

/**
 * Call `changed` whenever the theme changes between light and dark.
 * @param {() => void} changed
 */
export function onThemeChange(changed) {
  let dark = isDark();
  new MutationObserver(() => {
    if (isDark() === dark) return;
    dark = isDark();
    changed();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
