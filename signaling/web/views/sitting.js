/** The room of the sitting: for the jury the candidate large; for the candidate the jury and the clock. */

import { actButton, reasonAct } from "../acts.js";
import { read } from "../clock.js";
import { h } from "../dom.js";
import { t } from "../strings.js";
import { clockCard } from "./clockcard.js";
import { extensionPanel } from "./extension.js";
import { notesOn } from "./notes.js";
import { orderActs } from "./order.js";
import { lastNote, outageList } from "./outages.js";
import { screenPanel, sharerOf } from "./screens.js";
import { testimony } from "./testimony.js";
import { carrier, tile, tiles } from "./tiles.js";
import { timelineCard } from "./timeline.js";

const LIVE = ["running", "paused"];
const AHEAD = ["scheduled", "admitted", "running", "paused"];

/** @param {any} sitting */
export function isEnded(sitting) {
  return !AHEAD.includes(sitting.state);
}

/** @param {import("../main.js").App} app */
export function sittingView(app) {
  const sitting = app.state.sittings[app.state.sitting_id ?? ""];
  return ["candidate", "assistant"].includes(app.me.role) ? candidateRoom(app, sitting) : juryRoom(app, sitting);
}

/** @param {import("../main.js").App} app @param {any} sitting */
function candidateRoom(app, sitting) {
  const others = members(sitting).filter((id) => id !== app.state.me);
  const size = sizeOf(app, sitting);
  return h("div", { key: "room", class: `room candidate-room ${size === "small" ? "with-screen" : ""}` },
    h("div", { class: "stage" },
      h("h1", { class: "stage-title" }, t.sitting.title),
      statusLine(app, sitting),
      screenPanel(app, sitting),
      h("div", { class: "tiles jury-tiles" }, tiles(app, others, { size }))),
    h("aside", { class: "side", "aria-label": t.clock.label },
      clockCard(app, sitting),
      lastNote(app, sitting),
      postponement(app, sitting),
      h("div", { class: "tiles" }, tiles(app, [app.state.me]))));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function juryRoom(app, sitting) {
  const candidate = carrier(app, sitting.candidate_id);
  const small = [...members(sitting).filter((id) => id !== app.state.me), app.state.me].filter((id) => carrier(app, id) !== candidate);
  const isChair = app.me.role === "chair";
  const size = sizeOf(app, sitting);
  const panel = isChair ? extensionPanel(app, sitting) : null;
  return h("div", { key: "room", class: `room ${size === "small" ? "with-screen" : ""}` },
    h("div", { class: "stage" },
      h("h1", { class: "stage-title" }, t.sitting.of(app.person(sitting.candidate_id).name)),
      statusLine(app, sitting),
      screenPanel(app, sitting),
      h("div", { class: "jury-stage" },
        h("div", { class: "tiles candidate-tile" }, tile(app, candidate, { size })),
        h("section", { key: "people", class: "tiles small-tiles", "aria-label": t.sitting.people }, tiles(app, small)))),
    h("aside", { class: "side", "aria-label": t.sitting.controls },
      clockCard(app, sitting, { withLeft: true }),
      panel ?? lastNote(app, sitting),
      controls(app, sitting, isChair),
      LIVE.includes(sitting.state) && testimony(app, sitting),
      outageList(app, sitting),
      timelineCard(app, sitting),
      h("section", { key: "notes", class: "card" }, notesOn(app, sitting.candidate_id))));
}

/** Another's screen takes the place of the large pictures. @param {import("../main.js").App} app @param {any} sitting @returns {"large" | "small"} */
function sizeOf(app, sitting) {
  return [null, app.state.me].includes(sharerOf(sitting)) ? "large" : "small";
}

/** @param {any} sitting @returns {string[]} everyone whose picture and voice belong in it */
export function members(sitting) {
  return [sitting.candidate_id, sitting.assistant_id, ...sitting.examiner_ids].filter((id) => (id ?? null) !== null);
}

/** @param {import("../main.js").App} app @param {any} sitting */
function statusLine(app, sitting) {
  const isCandidate = ["candidate", "assistant"].includes(app.me.role);
  const texts = /** @type {Record<string, string>} */ ({
    admitted: isCandidate ? t.sitting.admittedCandidate : t.sitting.admitted,
    running: t.sitting.running,
    paused: t.sitting.paused(sitting.pause_reason ?? ""),
  });
  return h("p", { key: "status", class: `status ${sitting.state}`, role: "status", testid: "sitting-status" }, texts[sitting.state] ?? t.states[sitting.state]);
}

/** @param {import("../main.js").App} app @param {any} sitting @param {boolean} isChair */
function controls(app, sitting, isChair) {
  const { sitting_id, state } = sitting;
  const isElapsed = read(sitting, app.socket)?.isElapsed ?? false;
  const acts = isChair ? [
    state === "admitted" && actButton(app, { act: { command: "start", sitting_id }, label: t.acts.start, kind: "primary" }),
    state === "paused" && actButton(app, { act: { command: "resume", sitting_id }, label: t.acts.resume, kind: "primary" }),
    state === "running" && actButton(app, {
      act: { command: "close", sitting_id }, label: t.acts.close, kind: isElapsed ? "primary" : "secondary",
      confirm: isElapsed ? null : t.acts.close_confirm,
    }),
    state === "running" && pauseAct(app, sitting_id),
  ] : [];
  const request = sitting.postponement_reason ? null : reasonAct(app, {
    act: { command: "request_postponement", sitting_id }, label: t.acts.request_postponement, reasonLabel: t.sitting.postponementReason, kind: "quiet",
  });
  return h("section", { key: "controls", class: "card controls" },
    h("h2", null, t.sitting.controls),
    h("div", { class: "buttons" }, acts, request, isChair && orderActs(app, sitting)),
    postponement(app, sitting));
}

/** @param {import("../main.js").App} app @param {string} sitting_id */
export function pauseAct(app, sitting_id) {
  return reasonAct(app, { act: { command: "pause", sitting_id }, label: t.acts.pause, reasonLabel: t.sitting.pauseReason });
}

/** What stands of a postponement, and the office's agreement where it may be given. @param {import("../main.js").App} app @param {any} sitting */
export function postponement(app, sitting) {
  const isAsked = (sitting.postponement_reason ?? null) !== null;
  const isStaff = ["organiser", "invigilator"].includes(app.me.role);
  const isCandidate = ["candidate", "assistant"].includes(app.me.role);
  const isOver = isEnded(sitting);
  if (isCandidate || (!isAsked && !sitting.is_postponement_advised)) return null;
  const names = sitting.agreed_offices.map((/** @type {string} */ id) => app.state.offices[id]?.name ?? id);
  const hasAgreed = sitting.agreed_offices.includes(app.me.office_id);
  return h("div", { key: "postponement", class: "notice warn", testid: "postponement" },
    !isOver && sitting.is_postponement_advised && h("p", { key: "advised" }, t.sitting.postponementAdvised),
    isAsked && h("p", { key: "asked" }, t.sitting.postponementAsked(sitting.postponement_reason)),
    isAsked && h("p", { key: "agreed" }, names.length > 0 ? t.sitting.agreed(names.join(", ")) : t.sitting.agreedNone),
    isAsked && isStaff && !hasAgreed && !isOver && actButton(app, {
      act: { command: "agree_postponement", sitting_id: sitting.sitting_id }, label: t.acts.agree_postponement, kind: "primary",
    }));
}
