/** Tiles: a person's picture, with the name, role and identity check that the server gives. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { checkMark } from "./identity.js";

/**
 * @param {import("../main.js").App} app @param {string} participantId
 * @param {{size?: "large" | "small", withCheck?: boolean}} [options]
 */
export function tile(app, participantId, { size = "small", withCheck = true } = {}) {
  const person = app.person(participantId);
  const isSelf = participantId === app.state.me;
  const stream = isSelf ? (app.media?.local ?? null) : (app.media?.streamOf(participantId, "video") ?? null);
  const words = stateWords(person, isSelf ? app.media : null);
  const atIt = Object.entries(person.people ?? {});
  if (person.state === "away") words.push(t.stations.states.away);
  const hasPicture = stream !== null && !words.includes(t.media.noCamera) && (isSelf || person.is_connected);
  return h("figure", {
    key: `tile-${participantId}`, testid: `tile-${participantId}`,
    class: ["tile", size, isSelf && "self", hasPicture || "without-picture", isTroubled(person) && "troubled", app.media?.speaker === participantId && "speaking"].filter(Boolean).join(" "),
  },
    h("div", { class: "picture" },
      video(stream, isSelf),
      h("span", { class: "initials", "aria-hidden": "true" }, initials(person.name)),
      words.length > 0 && h("p", { class: "words" }, isTroubled(person) && icon("cut"), words.join(", "))),
    h("figcaption", null,
      h("span", { class: "name" }, person.name, isSelf && h("span", { class: "you" }, ` (${t.header.you.toLowerCase()})`)),
      h("span", { class: "role" }, t.roles[person.role]),
      qualityMark(person),
      atIt.map(([who, how]) => occupant(app, who, how)),
      withCheck && person.role !== "station" && checkMark(person)));
}

/** The tiles of several people, one for all who are at the same station. @param {import("../main.js").App} app @param {string[]} ids @param {{size?: "large" | "small"}} [options] */
export function tiles(app, ids, options) {
  return [...new Set(ids.map((id) => carrier(app, id)))].map((id) => tile(app, id, options));
}

/** Whose tile shows this person: theirs, or a station's. @param {import("../main.js").App} app @param {string} id */
export function carrier(app, id) {
  const stationId = app.person(id).station_id ?? null;
  return stationId !== null && stationId in app.state.stations ? stationId : id;
}

/** One of several at a station, as the server says. @param {import("../main.js").App} app @param {string} who @param {any} how */
function occupant(app, who, how) {
  const person = app.person(who);
  return h("span", { key: who, class: "occupant", testid: `occupant-${who}` },
    h("span", { class: "name" }, person.name), h("span", { class: "role" }, t.roles[person.role]),
    checkMark(person), how.is_stale && h("span", { class: "tag warn" }, t.stations.stale));
}

/** How good the connection is, to those who are told: a shape and a word, never colour alone. @param {any} person a PersonView */
export function qualityMark(person) {
  const quality = person.quality ?? null;
  return quality !== null && h("span", { class: `quality ${quality}`, testid: `quality-${person.participant_id}` },
    icon(`bars-${quality}`), t.media.quality[quality]);
}

/** @param {MediaStream | null} stream @param {boolean} isSelf */
export function video(stream, isSelf) {
  return h("video", {
    autoplay: true, playsinline: true, class: isSelf ? "mirrored" : null, tabindex: "-1", "aria-hidden": "true",
    init: { muted: true, autoplay: true, playsInline: true },
    hook: (/** @type {HTMLVideoElement} */ element) => attach(element, stream),
  });
}

/** Show `stream` in an element that may have been moved, or show another one before. @param {HTMLMediaElement} element @param {MediaStream | null} stream */
export function attach(element, stream) {
  if (element.srcObject !== stream) element.srcObject = stream;
  if (stream === null || !element.paused) return Promise.resolve();
  return element.play().catch((error) => {
    // A new stream interrupts the start of the one before: nothing is wrong.
    if (error.name !== "AbortError") throw error;
  });
}

/** @param {any} person @param {import("../media.js").Media | null} own @returns {string[]} what is wrong or off, in words */
export function stateWords(person, own) {
  if (own?.local) return [!own.on.audio && t.media.muted, !own.on.video && t.media.noCamera].filter((word) => word !== false);
  if (!person.is_connected) return [t.media.away];
  if (person.audio === "interrupted" && person.video === "interrupted") return [t.media.linkLost];
  const words = [];
  if (person.audio === "none" && person.video === "none") words.push(t.media.connecting);
  if (person.audio === "interrupted") words.push(t.media.soundLost);
  if (person.audio === "off") words.push(t.media.muted);
  if (person.video === "interrupted") words.push(t.media.pictureLost);
  if (person.video === "off") words.push(t.media.noCamera);
  return words;
}

/** @param {any} person */
function isTroubled(person) {
  return person.audio === "interrupted" || person.video === "interrupted";
}

/** @param {string} name */
function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
}
