/** Outages in words: the banner while one lasts, what was given back, the list. */

import { h } from "../dom.js";
import { hourSeconds, length } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

/** Outages of a sitting, first first. @param {any} sitting @returns {any[]} */
export function outagesOf(sitting) {
  return Object.values(sitting.outages).sort((a, b) => a.start_ms - b.start_ms);
}

/** @param {any} outage */
export const isOpen = (outage) => (outage.end_ms ?? null) === null;
/** @param {any} outage */
export const isDeclared = (outage) => (outage.side ?? null) !== null;
/** @param {any} outage */
export const isDecided = (outage) => (outage.granted_s ?? null) !== null;

/** Every banner this page must show now. @param {import("../main.js").App} app */
export function outageBanners(app) {
  return [
    ownBanner(app),
    Object.values(app.state.sittings).flatMap((sitting) =>
      outagesOf(sitting).filter((outage) => isOpen(outage) && (sitting.clock?.ended_ms ?? null) === null).map((outage) => openBanner(app, sitting, outage))),
  ];
}

/** @param {import("../main.js").App} app */
function ownBanner(app) {
  const isCut = app.socket.isSilent;
  if (!isCut && !app.media?.isStalled) return null;
  const zone = app.zone();
  return h("div", { key: "own", class: "banner alert", testid: "outage-own" },
    icon("cut"),
    h("div", null,
      h("p", { class: "banner-title" }, t.outage.ownTitle,
        isCut && h("span", { class: "since" }, ` ${t.outage.since(hourSeconds(app.socket.clock.at(app.socket.heard), zone))}`)),
      h("p", null, isCut ? t.outage.own : t.outage.ownStalled, app.me.role === "candidate" && ` ${t.outage.candidate}`)));
}

/** Whose side failed, in a sentence. @param {any} view @param {any} outage */
export function failed(view, outage) {
  if (isDeclared(outage)) return t.outage.declared(view.people[outage.declared_by]?.name ?? "", t.outage.sides[outage.side], outage.description);
  if (outage.participant_id === view.me) return t.outage.own_side[outage.cause];
  return t.outage.side[outage.cause](view.people[outage.participant_id]?.name ?? "", t.outage.streams[outage.stream]);
}

/** @param {import("../main.js").App} app @param {any} sitting @param {any} outage */
function openBanner(app, sitting, outage) {
  const zone = app.zone(sitting);
  const several = Object.keys(app.state.sittings).length > 1;
  return h("div", { key: `outage-${outage.outage_id}`, class: "banner alert", testid: "outage-banner" },
    icon("warning"),
    h("div", null,
      h("p", { class: "banner-title" }, t.outage.title, h("span", { class: "since" }, ` ${t.outage.since(hourSeconds(outage.start_ms, zone))}`)),
      h("p", null,
        several && t.pair(t.sitting.of(app.person(sitting.candidate_id).name), ""),
        failed(app.state, outage), " ",
        sitting.clock?.runs ? t.outage.runs : t.outage.stands,
        app.me.role === "candidate" && ` ${t.outage.candidate}`)),
    h("p", { class: "lasting", "aria-live": "off" }, length(app.socket.clock.now() - outage.start_ms).replace(/,\d/, "")));
}

/** Who and what, in few words. @param {import("../main.js").App} app @param {any} outage */
export function side(app, outage) {
  if (isDeclared(outage)) return t.outage.declaredShort(t.outage.sides[outage.side], outage.description);
  return t.outage.short[outage.cause](app.person(outage.participant_id).name);
}

/** What the last outage came to, for those who do not decide. @param {import("../main.js").App} app @param {any} sitting */
export function lastNote(app, sitting) {
  const last = outagesOf(sitting).at(-1);
  if (last === undefined || isOpen(last)) return null;
  const text = isDecided(last)
    ? t.outage.decided(last.granted_s)
    : t.outage.over(length(last.end_ms - last.start_ms), last.most_s ?? last.provisional_s);
  return h("p", { key: "note", class: "note", testid: "outage-note" }, icon("clock"), text, last.reason ? ` ${last.reason}` : "");
}

/** @param {import("../main.js").App} app @param {any} sitting */
export function outageList(app, sitting) {
  const outages = outagesOf(sitting);
  if (outages.length === 0) return null;
  const zone = app.zone(sitting);
  const { columns } = t.outage;
  return h("section", { key: "outages", class: "card", testid: "outage-list" },
    h("h2", null, t.outage.list),
    h("ul", { class: "lines" }, outages.map((outage) => h("li", { key: outage.outage_id },
      h("span", { class: "line-main" }, t.pair(columns.start, hourSeconds(outage.start_ms, zone))),
      h("span", null, t.pair(columns.length, isOpen(outage) ? t.outage.open : length(outage.end_ms - outage.start_ms))),
      h("span", null, t.pair(columns.side, side(app, outage))),
      h("span", { class: isDecided(outage) ? "strong" : "" }, t.pair(columns.decision, decision(outage))),
      outage.reason && h("span", { class: "muted" }, outage.reason)))));
}

/** @param {any} outage */
function decision(outage) {
  if (isOpen(outage)) return t.outage.open;
  if (!isDecided(outage)) return t.outage.waiting;
  return outage.granted_s === 0 ? t.outage.refused : t.outage.granted(outage.granted_s);
}
