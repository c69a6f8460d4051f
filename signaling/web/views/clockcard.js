/** The clock in its card: digits, what they mean now, when the end is due, what was added. */

import { h } from "../dom.js";
import { read } from "../clock.js";
import { hourSeconds, minutesSeconds, planned, whole } from "../format.js";
import { t } from "../strings.js";

/** @param {import("../main.js").App} app @param {any} sitting @param {{withLeft?: boolean}} [options] */
export function clockCard(app, sitting, { withLeft = false } = {}) {
  const reading = read(sitting, app.socket);
  const adjustment_s = sitting.adjustment_s;
  return h("section", { key: "clock", class: `card clock ${tone(reading)}`, "aria-label": t.clock.label },
    h("p", { class: "clock-label" }, label(sitting, reading)),
    reading === null
      ? h("p", { key: "planned", class: "digits", testid: "clock" }, minutesSeconds((sitting.duration_s + adjustment_s) * 1000))
      : h("vj-clock", {
          key: "digits", class: "digits", role: "timer", "aria-live": "off", testid: "clock",
          prop: { reader: () => app.reading(sitting.sitting_id) },
          hook: (/** @type {any} */ element) => element.refresh(),
        }),
    reading !== null && !reading.isOver && h("p", { class: "clock-line" }, t.clock.due(hourSeconds(reading.end_due_ms, app.zone(sitting)))),
    reading === null && h("p", { class: "clock-line" }, planned(sitting.duration_s)),
    adjustment_s > 0 && h("p", { class: "clock-line" }, t.clock.adjustment(adjustment_s)),
    reading !== null && reading.extension_s > 0 && h("p", { class: "clock-line strong", testid: "extension" }, t.clock.extension(reading.extension_s)),
    withLeft && reading !== null && !reading.isOver && h("p", { class: "clock-line", testid: "extension-left" }, t.clock.left(whole(reading.left_s))));
}

/** @param {any} sitting @param {import("../clock.js").Reading | null} reading */
function label(sitting, reading) {
  if (reading === null) return t.clock.before;
  if (reading.isOver) return t.clock.over;
  if (reading.isUnsure) return t.clock.unsure;
  if (reading.isElapsed) return t.clock.elapsed;
  if (sitting.state === "paused") return t.clock.paused;
  return reading.runs ? t.clock.label : t.clock.still;
}

/** @param {import("../clock.js").Reading | null} reading */
function tone(reading) {
  if (reading === null || reading.isOver) return "idle";
  if (reading.isUnsure || !reading.runs) return "still";
  if (reading.isElapsed) return "elapsed";
  if (reading.remaining_ms <= 60_000) return "last-minute";
  return reading.remaining_ms <= 300_000 ? "last-minutes" : "running";
}
