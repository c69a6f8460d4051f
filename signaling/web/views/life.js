/** The session as a whole, for those who head it: its state; opened, suspended, continued, cancelled (D12). */

import { actButton, reasonAct } from "../acts.js";
import { h } from "../dom.js";
import { t } from "../strings.js";

const HEADS = ["organiser", "session_manager"];
const MAY_BE_SUSPENDED = ["open", "in_progress", "deliberating"];
const MAY_BE_CANCELLED = ["draft", "open", "in_progress", "suspended"];

/** Whether nothing begins before one of those acts: the card then stands first. @param {import("../main.js").App} app */
export function needsOpening(app) {
  return ["draft", "suspended"].includes(app.state.session.state);
}

/** @param {import("../main.js").App} app */
export function lifeCard(app) {
  const { state, organising_office_id } = app.state.session;
  if (!HEADS.includes(app.me.role) || app.me.office_id !== organising_office_id) return null;
  return h("section", { key: "life", class: "card", testid: "life" },
    h("h2", { class: "small-title" }, t.life.title),
    h("p", { class: "strong", testid: "session-state" }, t.life.states[state]),
    h("div", { class: "buttons" },
      state === "draft" && app.me.role === "organiser" && actButton(app, { act: { command: "open_session" }, label: t.life.open, confirm: t.life.openConfirm, kind: "primary" }),
      state === "suspended" && actButton(app, { act: { command: "continue_session" }, label: t.life.continue, kind: "primary" }),
      MAY_BE_SUSPENDED.includes(state) && reasonAct(app, { act: { command: "suspend_session" }, label: t.life.suspend, reasonLabel: t.life.suspendReason, kind: "quiet" }),
      MAY_BE_CANCELLED.includes(state) && reasonAct(app, { act: { command: "cancel_session" }, label: t.life.cancel, reasonLabel: t.life.cancelReason, kind: "quiet" })));
}

/** What ends a sitting that has not begun. @param {import("../main.js").App} app @param {any} sitting */
export function cancelSitting(app, sitting) {
  return sitting.state === "scheduled" && reasonAct(app, { act: { command: "cancel_sitting", sitting_id: sitting.sitting_id }, label: t.life.cancelSitting, reasonLabel: t.life.cancelSittingReason, kind: "quiet" });
}
