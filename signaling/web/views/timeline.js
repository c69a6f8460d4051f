/**
 * A sitting drawn on a line of time, as in the minutes: how it went, and how each person was there.
 *
 * Kinds differ in height and pattern besides colour, the legend names them, and a list says the
 * same to whoever does not see the picture.
 */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { hour, hourSeconds, length } from "../format.js";
import { t } from "../strings.js";

const HEIGHT = 22;
/** Which part of the height each kind takes: the worse, the higher. @type {Record<string, [number, number]>} */
const PLACES = {
  held: [0.15, 0.85], extension: [0.15, 0.85], pause: [0.15, 0.85], outage: [0, 1],
  present: [0.38, 0.62], degraded: [0.27, 0.73], missing: [0.15, 0.85],
};
/** Strokes over the colour, in a square of eight pixels. @type {Record<string, string>} */
const PATTERNS = {
  extension: "M2 0V8M6 0V8",
  pause: "M0 2H8M0 6H8",
  outage: "M0 0L8 8M8 0L0 8",
  degraded: "M1.5 4h1M5.5 4h1",
  missing: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
};
const MINUTE_MS = 60_000;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240];
const MOST_HOURS = 4;
/** In per cent of the width: an hour further to the right would not fit. */
const LAST_HOUR = 84;

/** @param {import("../main.js").App} app @param {any} sitting */
export function timelineCard(app, sitting) {
  if ((sitting.clock ?? null) === null) return null;
  const name = `timeline-${sitting.sitting_id}`;
  const isOpen = app.ui.get(name) ?? false;
  return h("details", { key: name, class: "card timeline", testid: name, open: isOpen, ontoggle: (/** @type {any} */ event) => app.setUI(name, event.target.open) },
    h("summary", null, t.timeline.title),
    isOpen && content(app, sitting, name));
}

/** @param {import("../main.js").App} app @param {any} sitting @param {string} name */
function content(app, sitting, name) {
  const { timeline, refusal: refused } = app.timelines.of(sitting);
  if (timeline === null) return h("div", { key: "none" }, refused === undefined && h("p", { class: "muted" }, t.timeline.loading), refusal(refused));
  return h("div", { key: "drawn", class: "timeline-drawn" },
    h("p", { class: "muted" }, lead(app, timeline)),
    h("div", { class: "timeline-picture", "aria-hidden": "true", testid: `picture-${name}` },
      patterns(name, timeline),
      timeline.bands.map((band) => row(app, band, timeline, name)),
      hours(app, timeline),
      legend(name, timeline)),
    inWords(app, timeline),
    refusal(refused));
}

/** @param {import("../main.js").App} app @param {import("../timelines.js").Timeline} timeline */
function lead(app, { start_ms, end_ms, due_ms, is_over }) {
  const [start, end] = [start_ms, end_ms].map((ms) => hour(ms, app.zone()));
  const whose = t.time.local(app.zone().region);
  return is_over ? t.timeline.lead(start, end, whose) : `${t.timeline.live(start, end, whose)} ${t.timeline.due(hour(due_ms, app.zone()))}`;
}

/** Up to when the drawing goes: the end, or the end due while there is time left. @param {import("../timelines.js").Timeline} timeline */
function lastOf({ start_ms, end_ms, due_ms, is_over }) {
  return Math.max(start_ms + MINUTE_MS, is_over ? end_ms : Math.max(end_ms, due_ms));
}

/** Where an instant is, in per cent of the width. @param {number} ms @param {import("../timelines.js").Timeline} timeline */
function place(ms, timeline) {
  return (100 * (ms - timeline.start_ms)) / (lastOf(timeline) - timeline.start_ms);
}

/** @param {import("../main.js").App} app @param {import("../timelines.js").Band} band */
function nameOf(app, { participant_id }) {
  return (participant_id ?? null) === null ? t.timeline.exam : app.person(/** @type {string} */ (participant_id)).name;
}

/** @param {import("../main.js").App} app @param {import("../timelines.js").Band} band @param {import("../timelines.js").Timeline} timeline @param {string} name */
function row(app, band, timeline, name) {
  const now = place(timeline.end_ms, timeline);
  return h("div", { key: band.participant_id ?? "exam", class: "timeline-row" },
    h("span", { class: "timeline-name" }, nameOf(app, band)),
    h("svg", { class: "timeline-band", width: "100%", height: String(HEIGHT), focusable: "false" },
      band.intervals.map((one, index) => interval(one, index, timeline, name)),
      !timeline.is_over && h("line", { key: "now", class: "timeline-now", x1: `${now}%`, x2: `${now}%`, y1: "0", y2: String(HEIGHT) })));
}

/** The colour, and over it the pattern. @param {import("../timelines.js").Interval} one @param {number} index @param {import("../timelines.js").Timeline} timeline @param {string} name */
function interval({ start_ms, end_ms, kind }, index, timeline, name) {
  const [low, high] = PLACES[kind];
  const [left, right] = [start_ms, end_ms].map((ms) => place(ms, timeline));
  const box = { x: `${left}%`, width: `${right - left}%`, y: low * HEIGHT, height: (high - low) * HEIGHT };
  return [
    h("rect", { key: `${index}`, class: `timeline-${kind}`, ...box, "data-kind": kind }),
    kind in PATTERNS && h("rect", { key: `${index}-pattern`, ...box, fill: `url(#${name}-${kind})` }),
  ];
}

/** @param {import("../timelines.js").Timeline} timeline */
function kindsIn(timeline) {
  const used = new Set(timeline.bands.flatMap((band) => band.intervals.map((one) => one.kind)));
  return Object.keys(PLACES).filter((kind) => used.has(kind));
}

/** @param {string} name @param {import("../timelines.js").Timeline} timeline */
function patterns(name, timeline) {
  return h("svg", { key: "patterns", class: "timeline-patterns", width: "0", height: "0", focusable: "false" },
    h("defs", null, kindsIn(timeline).filter((kind) => kind in PATTERNS).map((kind) =>
      h("pattern", { key: kind, id: `${name}-${kind}`, width: "8", height: "8", patternUnits: "userSpaceOnUse" },
        h("path", { class: `timeline-strokes ${kind}`, d: PATTERNS[kind] })))));
}

/** @param {import("../main.js").App} app @param {import("../timelines.js").Timeline} timeline */
function hours(app, timeline) {
  const length_min = (lastOf(timeline) - timeline.start_ms) / MINUTE_MS;
  const step_ms = MINUTE_MS * (STEPS_MIN.find((step) => length_min / step <= MOST_HOURS) ?? length_min);
  const all = [];
  for (let ms = Math.ceil(timeline.start_ms / step_ms) * step_ms; place(ms, timeline) < LAST_HOUR; ms += step_ms) all.push(ms);
  return h("div", { key: "hours", class: "timeline-hours" }, all.map((ms) =>
    h("span", { key: ms, class: "timeline-hour", style: { left: `${place(ms, timeline)}%` } }, hour(ms, app.zone()))));
}

/** @param {string} name @param {import("../timelines.js").Timeline} timeline */
function legend(name, timeline) {
  const now = h("li", { key: "now" },
    h("svg", { width: String(HEIGHT / 2), height: String(HEIGHT), focusable: "false" }, h("line", { class: "timeline-now", x1: HEIGHT / 4, x2: HEIGHT / 4, y1: 0, y2: HEIGHT })),
    t.timeline.now);
  return h("ul", { key: "legend", class: "timeline-legend" }, kindsIn(timeline).map((kind) => {
    const [low, high] = PLACES[kind];
    const box = { x: 0, width: HEIGHT, y: low * HEIGHT, height: (high - low) * HEIGHT };
    return h("li", { key: kind },
      h("svg", { width: String(HEIGHT), height: String(HEIGHT), focusable: "false" },
        h("rect", { class: `timeline-${kind}`, ...box }),
        kind in PATTERNS && h("rect", { ...box, fill: `url(#${name}-${kind})` })),
      t.timeline.kinds[kind]);
  }), !timeline.is_over && now);
}

/** Every interval but the exam as a whole. @param {import("../main.js").App} app @param {import("../timelines.js").Timeline} timeline */
function inWords(app, timeline) {
  const all = timeline.bands.flatMap((band) => band.intervals.filter((one) => one.kind !== "held").map((one) => ({ ...one, who: nameOf(app, band) })));
  return h("details", { key: "words", class: "timeline-words" },
    h("summary", null, t.timeline.words),
    h("ul", { class: "lines", testid: "timeline-words" }, all.map(({ who, kind, start_ms, end_ms }, index) => {
      const lasts = !timeline.is_over && end_ms === timeline.end_ms;
      return h("li", { key: index },
        h("span", { class: "line-main" }, t.pair(who, t.timeline.kinds[kind])),
        h("span", null, t.timeline.fromTo(hourSeconds(start_ms, app.zone()), lasts ? null : hourSeconds(end_ms, app.zone()))),
        h("span", { class: "muted" }, length(end_ms - start_ms)));
    })));
}
