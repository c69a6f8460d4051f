/** The few pictograms, drawn here; always beside a word, never instead of it. */

import { h } from "./dom.js";

/** @type {Record<string, string[]>} */
const PATHS = {
  mic: ["M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z", "M6 11a6 6 0 0 0 12 0", "M12 17v4", "M9 21h6"],
  micOff: ["M9 6a3 3 0 0 1 6 0v5m-1 2a3 3 0 0 1-5-2V9", "M6 11a6 6 0 0 0 9.5 4.9M18 11a6 6 0 0 1-.4 2", "M12 17v4", "M9 21h6", "M4 3l16 18"],
  camera: ["M3 7h12v10H3z", "M15 11l6-4v10l-6-4"],
  cameraOff: ["M7 7h8v8M15 17H3V7", "M15 11l6-4v10l-6-4", "M3 3l18 18"],
  help: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", "M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7", "M12 17v.01"],
  check: ["M5 12.5l4.5 4.5L19 7"],
  warning: ["M12 4L2.5 20h19z", "M12 10v4.5", "M12 17.5v.01"],
  clock: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", "M12 7v5l3.5 2"],
  cut: ["M4 12h5", "M15 12h5", "M10 8l4 8"],
  "bars-good": ["M5 16v4", "M12 10v10", "M19 4v16"],
  "bars-poor": ["M5 16v4", "M12 18v2", "M19 18v2"],
  "bars-cut": ["M4 12h5", "M15 12h5", "M10 8l4 8"],
  screen: ["M3 5h18v11H3z", "M9 20h6", "M12 16v4"],
  play: ["M8 5l11 7-11 7z"],
  pause: ["M8 5v14", "M16 5v14"],
  stop: ["M6 6h12v12H6z"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M5 21a7 7 0 0 1 14 0"],
  document: ["M6 3h8l4 4v14H6z", "M14 3v4h4", "M9 12h6M9 16h6"],
  gavel: ["M4 20h9", "M10 4l6 6-3 3-6-6z", "M13 11l7 7"],
};

/** @param {string} name @returns {import("./dom.js").Element_} */
export function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    (PATHS[name] ?? []).map((d) => h("path", { d })));
}
