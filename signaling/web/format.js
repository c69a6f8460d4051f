/** Times and durations as a French reader expects them, each hour with whose it is (S5). */

import { t } from "./strings.js";

/** @typedef {{region: string, time_zone: string}} Zone */

/** An hour is never cut at the end of a line. */
const NBSP = "\u00a0";

/** @param {number} ms what remains; rounded up, so that 0:00 is shown when it is over @returns {string} mm:ss */
export function minutesSeconds(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {number} ms a length @returns {string} "6,4 s" or "1 min 12 s" */
export function length(ms) {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toLocaleString("fr-FR", { maximumFractionDigits: 1, minimumFractionDigits: 1 })}${NBSP}s`;
  const seconds = Math.round(ms / 1000);
  const minutes = `${Math.floor(seconds / 60)}${NBSP}min`;
  return seconds % 60 === 0 ? minutes : `${minutes}${NBSP}${String(seconds % 60).padStart(2, "0")}${NBSP}s`;
}

/** @param {number} s whole seconds @returns {string} "6 s" or "1 min 12 s" */
export function whole(s) {
  return s < 60 ? `${s}${NBSP}s` : length(s * 1000);
}

/** @param {number} s a duration as planned @returns {string} "45 minutes" */
export function planned(s) {
  return s % 60 === 0 ? t.time.minutes(s / 60) : length(s * 1000);
}

/** @param {number} ms instant @param {Zone} zone @returns {string} "14 h 05" */
export function hour(ms, zone) {
  const { hour: hours, minute } = parts(ms, zone);
  return `${hours}${NBSP}h${NBSP}${minute}`;
}

/** @param {number} ms instant @param {Zone} zone @returns {string} "14 h 05 min 07 s" */
export function hourSeconds(ms, zone) {
  const { hour: hours, minute, second } = parts(ms, zone);
  return [hours, "h", minute, "min", second, "s"].join(NBSP);
}

/** @param {number} ms instant @param {Zone} zone @returns {string} "14 h 05 (heure locale, Grand Est)" */
export function hourWhose(ms, zone) {
  return `${hour(ms, zone)} (${t.time.local(zone.region)})`;
}

/**
 * The hour here, and the hour there where it is another one.
 * @param {number} ms instant @param {Zone} here @param {Zone[]} others @returns {string}
 */
export function hourEverywhere(ms, here, others) {
  const elsewhere = others.filter((zone) => hour(ms, zone) !== hour(ms, here));
  return [here, ...elsewhere].map((zone) => hourWhose(ms, zone)).join(" · ");
}

/** @param {number} ms instant @param {Zone} zone @returns {string} "dimanche 22 novembre 2026" */
export function day(ms, zone) {
  return format(zone, { dateStyle: "full" }).format(ms);
}

/** @param {number} ms @param {Zone} zone @returns {Record<string, string>} */
function parts(ms, zone) {
  const found = format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).formatToParts(ms);
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
}

/** Making a format takes milliseconds, and a page is drawn often: each is made once. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Zone} zone @param {Intl.DateTimeFormatOptions} options @returns {Intl.DateTimeFormat} */
function format(zone, options) {
  const name = JSON.stringify([zone.time_zone, options]);
  const known = formats.get(name) ?? new Intl.DateTimeFormat("fr-FR", { timeZone: zone.time_zone, ...options });
  formats.set(name, known);
  return known;
}
