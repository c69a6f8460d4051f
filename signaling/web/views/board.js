/** The board of the day: each room's state, time left, quality, who is missing, calls for help. */

import { refusal } from "../acts.js";
import { read } from "../clock.js";
import { h } from "../dom.js";
import { hourEverywhere, hourSeconds, minutesSeconds } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { failed, isOpen, outagesOf } from "./outages.js";
import { isEnded, members } from "./sitting.js";

/** The shape beside each state's word. @type {Record<string, string>} */
const SHAPES = { scheduled: "clock", admitted: "person", running: "play", paused: "pause", closed: "check", absent: "warning" };
/** A room's width; sessions of few rooms stand beside each other. */
const ROOM_PX = 340;
const WORST_FIRST = ["cut", "poor", "good"];

/** From the page of a session to the board and back. @param {import("../main.js").App} app */
export function boardNav(app) {
  if (app.mode !== "room" || !app.board.isOffered) return null;
  const tab = (/** @type {boolean} */ isBoard, /** @type {string} */ text, /** @type {string} */ testid) => h("li", null,
    h("button", {
      type: "button", class: "button quiet", testid, "aria-current": app.board.isShown === isBoard ? "page" : null,
      onclick: () => app.board.show(isBoard),
    }, isBoard && app.board.calls > 0 && icon("help"), text));
  return h("nav", { key: "pages", class: "pages", "aria-label": t.board.pages },
    h("ul", null, tab(false, t.board.session, "show-session"), tab(true, t.board.open(app.board.calls), "show-board")));
}

/** @param {import("../main.js").App} app */
export function boardView(app) {
  const sessions = app.board.sessions();
  return h("div", { key: "board", class: "page wide", testid: "board" },
    h("h1", null, t.board.title),
    h("p", { class: "lead" }, t.board.lead),
    h("p", { class: "strong", role: "status", testid: "board-counts" }, counts(app, sessions)),
    sessions.length === 0 && h("p", { key: "none" }, t.board.none),
    h("div", { key: "sessions", class: "board-sessions" }, sessions.map((watched) => sessionPart(app, watched))));
}

/** @param {import("../main.js").App} app @param {any[]} sessions */
function counts(app, sessions) {
  const rooms = sessions.flatMap(({ view }) => Object.values(view.sittings));
  const missing = sessions.flatMap(({ view }) => Object.values(view.missing).flat());
  return t.board.counts(rooms.length, rooms.flatMap(openOutages).length, missing.length, app.board.calls);
}

/** @param {import("../main.js").App} app @param {any} watched a session of the board */
function sessionPart(app, watched) {
  const { session, sittings, helps } = watched.view;
  const rooms = Object.values(sittings).sort((a, b) => a.planned_ms - b.planned_ms);
  const phase = t.board.phases[session.phase];
  const title = `board-title-${session.session_id}`;
  return h("section", { key: session.session_id, class: "board-session", testid: `board-${session.session_id}`, "aria-labelledby": title, style: { "flex-basis": `${rooms.length * ROOM_PX}px` } },
    h("header", { class: "card-head" },
      h("h2", { id: title }, session.title),
      h("p", { class: "tags" },
        session.purpose === "rehearsal" && h("span", { class: "tag warn" }, icon("warning"), t.rehearsal),
        phase && h("span", { class: "tag" }, icon("gavel"), phase))),
    watched.isStale && h("p", { key: "stale", class: "notice warn", testid: "board-stale" }, icon("cut"),
      t.board.stale(hourSeconds(app.socket.clock.at(watched.heard), app.zone()))),
    Object.values(helps).sort((a, b) => a.at_ms - b.at_ms).map((help) => call(app, watched, help)),
    h("ul", { class: "board-rooms" }, rooms.map((sitting) => room(app, watched, sitting))));
}

/** @param {import("../main.js").App} app @param {any} watched @param {any} help */
function call(app, watched, help) {
  const key = `board-answer-${help.help_id}`;
  const state = app.acts.of(key);
  const answer = () => app.acts.run(key, async () => {
    await watched.api.command({ command: "answer_help", help_id: help.help_id });
    await app.board.refresh();
  });
  return h("div", { key: help.help_id, class: "card calling board-call", testid: `board-call-${help.help_id}` },
    h("p", { class: "strong" }, icon("help"), t.help.from(nameOf(watched.view, help.participant_id), hourSeconds(help.at_ms, app.zone()))),
    h("button", { type: "button", class: "button primary", testid: `board-answer-${help.help_id}`, onclick: () => void answer() },
      state.isPending ? t.acts.pending : t.acts.answer_help),
    refusal(state.refusal));
}

/** @param {import("../main.js").App} app @param {any} watched @param {any} sitting */
function room(app, watched, sitting) {
  const { view } = watched;
  const candidate = nameOf(view, sitting.candidate_id);
  const outages = openOutages(sitting);
  const isTroubled = outages.length > 0 || view.missing[sitting.sitting_id].length > 0;
  return h("li", { key: sitting.sitting_id, class: `card board-room ${isTroubled ? "troubled" : ""}`, testid: `room-${sitting.sitting_id}` },
    h("header", { class: "card-head" },
      h("h3", null, candidate),
      h("p", { class: "tags" }, h("span", { class: `tag ${sitting.state}`, testid: "room-state" }, icon(SHAPES[sitting.state] ?? "stop"), t.states[sitting.state]))),
    h("p", { class: "muted" }, `${hourEverywhere(sitting.planned_ms, app.zone(), Object.values(view.offices))} · ${view.offices[sitting.host_office_id].name}`),
    outages.map((outage) => h("p", { key: outage.outage_id, class: "notice alert", testid: "room-outage" },
      icon("cut"), t.board.outage(hourSeconds(outage.start_ms, app.zone()), failed(view, outage)))),
    facts(app, watched, sitting),
    link(app, view, sitting, candidate));
}

/** @param {import("../main.js").App} app @param {any} watched @param {any} sitting */
function facts(app, watched, sitting) {
  const { view } = watched;
  const line = (/** @type {string} */ name, /** @type {string} */ testid, /** @type {import("../dom.js").Child[]} */ ...value) =>
    h("div", { key: testid }, h("dt", null, name), h("dd", { testid }, value));
  return h("dl", { class: "board-facts" },
    line(t.board.left, "room-left", timeLeft(app, watched, sitting)),
    !isEnded(sitting) && line(t.board.quality, "room-quality", quality(view, sitting)),
    !isEnded(sitting) && line(t.board.missing, "room-missing", missing(view, sitting)));
}

/** @param {import("../main.js").App} app @param {any} watched @param {any} sitting */
function timeLeft(app, watched, sitting) {
  const source = watched.isStale ? { isSilent: true, heard: watched.heard, clock: app.socket.clock } : app.socket;
  const reader = () => read(sitting, /** @type {any} */ (source));
  const reading = reader();
  if (reading === null) return minutesSeconds((sitting.duration_s + sitting.adjustment_s) * 1000);
  const words = reading.isOver ? t.clock.over : reading.isUnsure ? t.clock.unsure : reading.isElapsed ? t.clock.elapsed : reading.runs ? "" : t.clock.still;
  return [
    h("vj-clock", { key: "clock", class: "board-clock", prop: { reader }, hook: (/** @type {any} */ element) => element.refresh() }),
    words !== "" && h("span", { key: "words", class: "muted" }, words),
  ];
}

/** The worst of the room's connections, and whose it is. @param {any} view @param {any} sitting */
function quality(view, sitting) {
  const connected = members(sitting).map((id) => view.people[id]).filter((person) => (person?.quality ?? null) !== null);
  if (connected.length === 0) return t.board.noLink;
  const worst = /** @type {string} */ (WORST_FIRST.find((grade) => connected.some((person) => person.quality === grade)));
  const names = connected.filter((person) => person.quality === worst).map((person) => person.name).join(", ");
  return h("span", { class: `quality ${worst}` }, icon(`bars-${worst}`),
    worst === "good" ? t.board.allGood : t.pair(t.media.quality[worst], names));
}

/** Who is to be there and is not, and the duties that nobody holds. @param {any} view @param {any} sitting */
function missing(view, sitting) {
  const people = view.missing[sitting.sitting_id].map((/** @type {string} */ id) => `${nameOf(view, id)} (${t.roles[view.people[id]?.role]})`);
  const duties = (view.vacancies[sitting.sitting_id] ?? []).map((/** @type {any} */ vacancy) =>
    `${t.duty.title} (${vacancy.role === "session_manager" ? t.roles.session_manager : view.offices[vacancy.office_id].name})`);
  const all = [...people, ...duties];
  return all.length === 0 ? t.board.nobodyMissing : h("ul", null, all.map((text) => h("li", { key: text }, icon("warning"), text)));
}

/** @param {import("../main.js").App} app @param {any} view @param {any} sitting @param {string} candidate */
function link(app, view, sitting, candidate) {
  const { session_id } = view.session;
  const testid = `open-${sitting.sitting_id}`;
  if (session_id === app.state.session.session_id) {
    return h("button", { type: "button", class: "button secondary", testid, "aria-label": t.board.roomOf(candidate), onclick: () => open(app, sitting.sitting_id) }, t.board.room);
  }
  return h("a", { class: "button secondary", testid, href: `/#session=${encodeURIComponent(session_id)}`, target: "_blank", rel: "noopener", "aria-label": `${t.board.roomOf(candidate)} (${t.board.elsewhere})` },
    `${t.board.room} (${t.board.elsewhere})`);
}

/** Leave the board for a room of this page's own session. @param {import("../main.js").App} app @param {string} sittingId */
function open(app, sittingId) {
  app.board.show(false);
  setTimeout(() => {
    const card = /** @type {HTMLElement | null} */ (app.querySelector(`[data-testid="sitting-${CSS.escape(sittingId)}"]`));
    card?.setAttribute("tabindex", "-1");
    card?.focus();
  });
}

/** @param {any} sitting */
function openOutages(sitting) {
  return isEnded(sitting) ? [] : outagesOf(sitting).filter(isOpen);
}

/** @param {any} view @param {string} id */
function nameOf(view, id) {
  return (view.people[id] ?? view.stations[id])?.name ?? t.roles.candidate;
}
