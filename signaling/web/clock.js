/**
 * The exam clock as this page shows it, counted from one instant of the server.
 *
 * Between two updates the page counts by itself; each update sets it anew. When the link has been
 * silent for two seconds the page cannot know whether the clock runs: it shows what remained when
 * it last heard, and says so.
 *
 * Source: design of exam time, section 3.
 *
 * @typedef {{remaining_ms: number, runs: boolean, isUnsure: boolean, isOver: boolean, isElapsed: boolean,
 *   end_due_ms: number, extension_s: number, left_s: number}} Reading
 */

import { minutesSeconds } from "./format.js";
import { t } from "./strings.js";

const REFRESH_MS = 100;
const WARNINGS = [
  { below_ms: 0, text: t.clock.elapsedSay },
  { below_ms: 60_000, text: t.clock.oneMinute },
  { below_ms: 300_000, text: t.clock.fiveMinutes },
];

/**
 * Read the clock of a sitting; null before it starts.
 * @param {any} sitting a SittingView @param {import("./socket.js").Socket} socket @returns {Reading | null}
 */
export function read(sitting, socket) {
  const view = sitting?.clock ?? null;
  if (view === null) return null;
  const isOver = (view.ended_ms ?? null) !== null;
  const isUnsure = socket.isSilent && !isOver;
  const now = isUnsure ? socket.clock.at(socket.heard) : socket.clock.now();
  const remaining_ms = view.runs ? view.end_due_ms - now : view.remaining_ms;
  const since_ms = view.growing_since_ms ?? null;
  const growing_ms = since_ms === null ? 0 : Math.max(0, now - since_ms);
  const extension_ms = Math.min(view.cap_ms, view.extension_ms + growing_ms);
  return {
    remaining_ms,
    runs: view.runs && !isUnsure,
    isUnsure,
    isOver,
    isElapsed: remaining_ms <= 0,
    end_due_ms: view.runs ? view.end_due_ms : now + view.remaining_ms,
    extension_s: Math.floor(extension_ms / 1000),
    left_s: Math.ceil((view.cap_ms - extension_ms) / 1000),
  };
}

/** Says each warning once, when what remains falls below it while the clock runs. */
export class Warnings {
  /** @type {Map<string, number>} */
  #last = new Map();

  /** @param {string} sittingId @param {Reading | null} reading @returns {string | null} what to say now */
  next(sittingId, reading) {
    if (reading === null || reading.isOver || reading.isUnsure) return null;
    const before = this.#last.get(sittingId) ?? Infinity;
    this.#last.set(sittingId, reading.remaining_ms);
    const due = WARNINGS.find(({ below_ms }) => reading.remaining_ms <= below_ms);
    return due !== undefined && before > due.below_ms ? due.text : null;
  }
}

/** `<vj-clock>`: the digits, refreshed ten times a second from its property `reader`. */
export class ClockElement extends HTMLElement {
  /** @type {() => Reading | null} */
  reader = () => null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    this.#timer = setInterval(() => this.refresh(), REFRESH_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  refresh() {
    const reading = this.reader();
    if (reading === null) return;
    const text = minutesSeconds(reading.remaining_ms);
    if (this.textContent !== text) this.textContent = text;
    this.dataset.remainingMs = String(Math.round(reading.remaining_ms));
    this.dataset.runs = String(reading.runs);
  }
}

customElements.define("vj-clock", ClockElement);
