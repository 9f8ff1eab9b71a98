// Long computations in slices, between which the page answers.

const SLICE_MS = 12;

/**
 * Call `step` for 0, 1, …, n - 1. One step should take a few milliseconds at most.
 * @param {number} n
 * @param {(i: number) => void} step
 */
export async function inSlices(n, step) {
  let endMs = performance.now() + SLICE_MS;
  for (let i = 0; i < n; i++) {
    step(i);
    if (performance.now() < endMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    endMs = performance.now() + SLICE_MS;
  }
}
