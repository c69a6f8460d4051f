/** What changed between two states that must be said aloud. Values in, texts out. */

import { length } from "./format.js";
import { t } from "./strings.js";
import { failed } from "./views/outages.js";

/** @typedef {{text: string, how: "polite" | "assertive"}} Notice */

/**
 * @param {any} before the view there was, or null @param {any} after the view there is
 * @returns {Notice[]}
 */
export function notices(before, after) {
  if (before === null) return [];
  return [
    ...Object.values(after.sittings).flatMap((sitting) => ofSitting(before.sittings[sitting.sitting_id], sitting, after)),
    ...ofHelps(before, after),
    ...ofTest(before, after),
    ...Object.entries(after.stations).flatMap(([id, station]) => ofStation(before.stations[id], station)),
  ];
}

/** @param {any} before @param {any} sitting @param {any} view @returns {Notice[]} */
function ofSitting(before, sitting, view) {
  const said = Object.values(sitting.outages).flatMap((outage) => ofOutage(before?.outages[outage.outage_id], outage, view));
  if (before !== undefined && before.state !== sitting.state) said.push({ text: t.states[sitting.state], how: "polite" });
  if (sitting.is_postponement_advised && !before?.is_postponement_advised && !["candidate", "assistant"].includes((view.people[view.me] ?? view.stations[view.me]).role)) {
    said.push({ text: t.sitting.postponementAdvised, how: "assertive" });
  }
  return said;
}

/** @param {any} before @param {any} outage @param {any} view @returns {Notice[]} */
function ofOutage(before, outage, view) {
  const isOver = (outage.end_ms ?? null) !== null;
  const isDecided = (outage.granted_s ?? null) !== null;
  if (before === undefined && !isOver) {
    return [{ text: `${t.outage.title}. ${failed(view, outage)} ${t.outage.stands}`, how: "assertive" }];
  }
  if (isDecided && (before?.granted_s ?? null) === null) return [{ text: t.outage.decided(outage.granted_s), how: "polite" }];
  if (isOver && (before?.end_ms ?? null) === null) {
    return [{ text: t.outage.over(length(outage.end_ms - outage.start_ms), outage.most_s ?? outage.provisional_s), how: "polite" }];
  }
  return [];
}

/** @param {any} before @param {any} station @returns {Notice[]} */
function ofStation(before, station) {
  if (before === undefined || before.state === station.state || before.state === "awaited") return [];
  return [{ text: t.stations.aloud(station.name, t.stations.states[station.state]), how: station.state === "here" ? "polite" : "assertive" }];
}

/** @param {any} before @param {any} after @returns {Notice[]} */
function ofTest(before, after) {
  const [was, is] = [before, after].map((view) => (view.technical_test ?? null) !== null);
  return was === is ? [] : [{ text: is ? t.technicalTest.opened : t.technicalTest.closed, how: "polite" }];
}

/** @param {any} before @param {any} after @returns {Notice[]} */
function ofHelps(before, after) {
  return Object.values(after.helps)
    .filter((help) => before.helps[help.help_id] === undefined && help.participant_id !== after.me)
    .map((help) => ({ text: t.help.say((after.people[help.participant_id] ?? after.stations[help.participant_id])?.name ?? ""), how: /** @type {const} */ ("assertive") }));
}
