/**
 * From what was measured of a call with oneself to a verdict in words. Values in, values out.
 *
 * Good is what ITU-T G.114 (delay) and G.1010 (loss) ask of a conversation; fair goes as far as the
 * relay still finds no outage (5 % of loss, 100 ms of jitter, 300 ms of round trip: docs/performance.md).
 *
 * @typedef {"good" | "fair" | "poor"} Level
 * @typedef {"unreached" | "silent" | "lost" | "delay" | "jitter" | "picture"} Reason
 */

/** @type {[Reason, (m: import("./echo.js").Measured) => number, number, number][]} Reason, measure, most that is good, most that is fair. */
const MOST = [
  ["lost", (m) => m.lost_permille, 10, 50],
  ["delay", (m) => m.rtt_ms, 150, 300],
  ["jitter", (m) => m.jitter_ms, 30, 100],
];
const FRAMES = { good: 15, fair: 8 };
/** Of sound and picture together. */
const BITS = { good: 300_000, fair: 120_000 };

/** @param {import("./echo.js").Measured | null} measured null: there was no way @returns {{level: Level, reasons: Reason[]}} the worst first */
export function verdict(measured) {
  if (measured === null) return { level: "poor", reasons: ["unreached"] };
  if (!measured.has_sound) return { level: "poor", reasons: ["silent"] };
  /** @type {[Reason, Level][]} */
  const found = MOST.map(([reason, of, good, fair]) => [reason, of(measured) <= good ? "good" : of(measured) <= fair ? "fair" : "poor"]);
  found.push(["picture", picture(measured)]);
  const ofLevel = (/** @type {Level} */ level) => found.filter(([, one]) => one === level).map(([reason]) => reason);
  const [poor, fair] = [ofLevel("poor"), ofLevel("fair")];
  return { level: poor.length > 0 ? "poor" : fair.length > 0 ? "fair" : "good", reasons: [...poor, ...fair] };
}

/** @param {import("./echo.js").Measured} measured @returns {Level} */
function picture({ frames_per_s, bitrate_bps }) {
  if (frames_per_s === null) return "good"; // Without a camera there is none to be smooth.
  if (frames_per_s >= FRAMES.good && bitrate_bps >= BITS.good) return "good";
  return frames_per_s >= FRAMES.fair && bitrate_bps >= BITS.fair ? "fair" : "poor";
}
