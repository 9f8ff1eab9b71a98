// Plotly's script defines a global variable.

import type * as PlotlyModule from "plotly.js-dist-min";

declare global {
  interface Window {
    Plotly: typeof PlotlyModule;
  }
}
