/**
 * Timelines of sittings, as the server makes them from the record: asked for only while one is shown.
 *
 * @typedef {{start_ms: number, end_ms: number, kind: string}} Interval
 * @typedef {{participant_id?: string | null, intervals: Interval[]}} Band
 * @typedef {{start_ms: number, end_ms: number, due_ms: number, is_over: boolean, bands: Band[]}} Timeline
 * @typedef {{timeline: Timeline | null, refusal: string | undefined, of: string, asked: number, isAsking: boolean}} Known
 */

/** How old the drawing of a sitting may be while it lasts. */
const LIVE_MS = 5_000;
/** Several changes in a row are asked about once. */
const LEAST_MS = 1_000;

export class Timelines {
  /** @type {Map<string, Known>} By sitting. */
  #known = new Map();

  /** @param {import("./api.js").API} api @param {() => void} onChange */
  constructor(api, onChange) {
    this.api = api;
    this.onChange = onChange;
  }

  /** What is known of a sitting's timeline; what is not, or no longer true, is asked for. @param {any} sitting a SittingView @returns {Known} */
  of(sitting) {
    const known = this.#known.get(sitting.sitting_id) ?? { timeline: null, refusal: undefined, of: "", asked: -Infinity, isAsking: false };
    this.#known.set(sitting.sitting_id, known);
    const state = JSON.stringify(sitting);
    const age_ms = performance.now() - known.asked;
    const isStale = state !== known.of || (!known.timeline?.is_over && age_ms > LIVE_MS);
    if (isStale && !known.isAsking && age_ms > LEAST_MS) void this.#ask(sitting.sitting_id, known, state);
    return known;
  }

  /** @param {string} sittingId @param {Known} known @param {string} state */
  async #ask(sittingId, known, state) {
    Object.assign(known, { of: state, asked: performance.now(), isAsking: true });
    try {
      known.timeline = await this.api.timeline(sittingId);
      known.refusal = undefined;
    } catch (error) {
      // What was drawn stays; the next look asks again.
      known.refusal = /** @type {Error} */ (error).message;
    }
    known.isAsking = false;
    this.onChange();
  }
}
