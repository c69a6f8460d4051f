/** What people say of a sitting: outages they declare, findings, remarks, the incident sheet, ends without a result. */

import { actButton, reasonAct } from "../acts.js";
import { h } from "../dom.js";
import { t } from "../strings.js";
import { isDecided, isDeclared, isOpen, outagesOf } from "./outages.js";

const LIVE = ["running", "paused"];
const VOIDABLE = [...LIVE, "closed"];

/** @param {import("../main.js").App} app @param {any} sitting */
export function testimony(app, sitting) {
  const isStaff = ["organiser", "invigilator"].includes(app.me.role);
  const acts = [
    LIVE.includes(sitting.state) && declare(app, sitting),
    outagesOf(sitting).filter(isDeclared).map((outage) => declaredActs(app, sitting, outage)),
    isStaff && notes(app, sitting),
    isStaff && sheet(app, sitting),
    endings(app, sitting),
  ];
  return h("section", { key: `testimony-${sitting.sitting_id}`, class: "card controls", testid: "testimony" },
    h("h2", null, t.testimony.title),
    (sitting.ending_reason ?? "") !== "" && h("p", { class: "notice warn" }, t.testimony.ending(t.states[sitting.state], sitting.ending_reason)),
    h("div", { class: "buttons" }, acts));
}

/** The side is chosen first, then what happened. @param {import("../main.js").App} app @param {any} sitting */
function declare(app, { sitting_id }) {
  const id = `side-${sitting_id}`;
  const side = app.ui.get(id) ?? "candidate";
  return h("div", { key: "declare", class: "identity-act" },
    h("label", { for: id }, t.testimony.side),
    h("select", { id, testid: "outage-side", onchange: (/** @type {any} */ event) => app.setUI(id, event.target.value) },
      Object.entries(t.outage.sides).map(([value, text]) => h("option", { key: value, value, selected: value === side }, text))),
    reasonAct(app, { act: { command: "declare_outage", sitting_id, side, stream: "both" }, as: "description", label: t.acts.declare_outage, reasonLabel: t.testimony.what }));
}

/** @param {import("../main.js").App} app @param {any} sitting @param {any} outage */
function declaredActs(app, sitting, outage) {
  if (!LIVE.includes(sitting.state)) return null;
  const { outage_id } = outage;
  const about = { sitting_id: sitting.sitting_id, outage_id };
  return h("span", { key: outage_id, class: "act" },
    isOpen(outage) && actButton(app, { act: { command: "end_outage", ...about }, key: `end-${outage_id}`, label: t.acts.end_outage, kind: "primary" }),
    outage.declared_by === app.state.me && !isDecided(outage)
      && actButton(app, { act: { command: "withdraw_outage", ...about }, key: `withdraw-${outage_id}`, label: t.acts.withdraw_outage, kind: "quiet" }));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function notes(app, sitting) {
  const last = outagesOf(sitting).at(-1);
  const { sitting_id } = sitting;
  if (last === undefined || sitting.sheet_signed.length > 0) return null;
  return [
    reasonAct(app, { act: { command: "note_finding", sitting_id, outage_id: last.outage_id }, as: "text", label: t.acts.note_finding, reasonLabel: t.testimony.finding }),
    app.me.role === "invigilator" && reasonAct(app, { act: { command: "note_remarks", sitting_id }, as: "text", label: t.acts.note_remarks, reasonLabel: t.testimony.remarks }),
  ];
}

/** The incident sheet: each office signs, then the jury is given it. @param {import("../main.js").App} app @param {any} sitting */
function sheet(app, sitting) {
  const { sitting_id, sheet_signed } = sitting;
  const isEnded = (sitting.clock?.ended_ms ?? null) !== null;
  if (!sitting.has_incident || !isEnded || sitting.is_sheet_handed) return null;
  const offices = new Set([app.state.session.organising_office_id, sitting.host_office_id]);
  if (!sheet_signed.includes(app.me.office_id)) {
    return actButton(app, { act: { command: "sign_incident_sheet", sitting_id }, label: t.acts.sign_incident_sheet, kind: "primary" });
  }
  return sheet_signed.length === offices.size
    && actButton(app, { act: { command: "hand_incident_sheet", sitting_id }, label: t.acts.hand_incident_sheet, kind: "primary" });
}

/** @param {import("../main.js").App} app @param {any} sitting */
function endings(app, sitting) {
  const { sitting_id, state } = sitting;
  const { role, office_id } = app.me;
  const hasAgreed = sitting.voiding_offices.includes(office_id);
  return [
    role === "invigilator" && LIVE.includes(state) && reasonAct(app, {
      act: { command: "withdraw_candidate", sitting_id, cause: "ill" }, label: t.acts.withdraw_candidate, reasonLabel: t.testimony.reason, kind: "quiet",
    }),
    role === "chair" && LIVE.includes(state) && reasonAct(app, {
      act: { command: "expel_candidate", sitting_id }, label: t.acts.expel_candidate, reasonLabel: t.testimony.reason, kind: "quiet",
    }),
    ["organiser", "invigilator"].includes(role) && VOIDABLE.includes(state) && !hasAgreed && reasonAct(app, {
      act: { command: "void_sitting", sitting_id }, label: t.acts.void_sitting, reasonLabel: t.testimony.reason, kind: "quiet",
    }),
  ];
}
