/** Who is on duty, at which office, and the two acts of it: take, hand over (D3). */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { t } from "../strings.js";

/** @param {import("../main.js").App} app */
export function dutyCard(app) {
  const duty = app.state.duty ?? null;
  if (duty === null) return null;
  const turns = Object.entries(duty.on_duty);
  return h("section", { key: "duty", class: "card", testid: "duty" },
    h("h2", { class: "small-title" }, t.duty.title),
    turns.length === 0 && h("p", { class: "muted" }, t.duty.none),
    h("ul", { class: "lines" }, turns.map(([person_id, turn]) => turnLine(app, person_id, turn))),
    missing(app, duty).map((text) => h("p", { key: text, class: "notice warn", testid: "duty-missing" }, text)),
    myAct(app, duty));
}

/** @param {import("../main.js").App} app @param {string} person_id @param {any} turn */
function turnLine(app, person_id, turn) {
  const { name } = app.person(person_id);
  const office = app.state.offices[turn.office_id].name;
  const words = turn.has_left ? t.duty.left : t.duty.since(hour(turn.since_ms, app.zone()));
  return h("li", { key: person_id, testid: `duty-${person_id}` },
    name, h("span", { class: turn.has_left ? "block refusal" : "block muted" }, `${office}, ${words}`));
}

/** What the sittings ahead still lack, each said once. @param {import("../main.js").App} app @param {any} duty */
function missing(app, duty) {
  const texts = Object.values(duty.missing).flat().map((vacancy) => (vacancy.role === "session_manager"
    ? t.duty.missingManager
    : t.duty.missing(app.state.offices[vacancy.office_id].name)));
  return [...new Set(texts)];
}

/** @param {import("../main.js").App} app @param {any} duty */
function myAct(app, duty) {
  if (!["organiser", "invigilator", "session_manager"].includes(app.me.role)) return null;
  if (!["open", "in_progress", "suspended", "deliberating"].includes(app.state.session.state)) return null;
  if (!(app.state.me in duty.on_duty)) {
    return actButton(app, { act: { command: "take_duty" }, label: t.acts.take_duty, kind: "primary" });
  }
  const [first] = duty.successors;
  if (first === undefined) return h("p", { class: "muted" }, t.duty.alone);
  const id = "duty-successor";
  const chosen = app.ui.get(id);
  const to = duty.successors.includes(chosen) ? chosen : first;
  return h("div", { class: "identity-act" },
    h("label", { for: id }, t.duty.successor),
    h("select", { id, testid: id, onchange: (/** @type {any} */ event) => app.setUI(id, event.target.value) },
      duty.successors.map((/** @type {string} */ value) => h("option", { key: value, value, selected: value === to }, app.person(value).name))),
    actButton(app, { act: { command: "hand_over_duty", to_participant_id: to }, label: t.acts.hand_over_duty }));
}
