/** Checks of identity: the act, which one is missing, what is to be made again. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

const JURY = ["examiner", "chair"];
const RECEIVED_BY = /** @type {Record<string, string[]>} */ ({ organiser: JURY, invigilator: ["candidate", "assistant"] });
const APART = ["identity_refused", "identity_other_device"];

/** @param {any} person */
export function isChecked(person) {
  return (person.identity_checked_ms ?? null) !== null;
}

/** Whether a check was made and holds no more, so that it is a task of its own. @param {any} person */
export function isToRepeat(person) {
  return !["identity_unchecked", null].includes(person.identity_missing ?? null);
}

/** Who checked, or which check is missing. @param {any} person a PersonView */
export function checkMark(person) {
  if (isChecked(person)) return h("span", { class: "check" }, icon("check"), t.media.checked(person.identity_checked_by ?? ""));
  return h("span", { class: "check missing", testid: `missing-${person.participant_id}` },
    isToRepeat(person) && icon("warning"), t.register.missing[person.identity_missing] ?? t.media.unchecked);
}

/** Which document was shown, and the acts. @param {import("../main.js").App} app @param {any} person @param {boolean} [isCompact] */
export function identityAct(app, person, isCompact = false) {
  const { participant_id } = person;
  const isMember = JURY.includes(person.role);
  const kind = app.ui.get(`document-${participant_id}`) ?? "identity_card";
  const presence = app.ui.get(`presence-${participant_id}`) ?? person.presence;
  return h("div", { class: "identity-act" },
    choice(app, `document-${participant_id}`, t.reception.document, t.documentKinds, kind, isCompact),
    isMember && choice(app, `presence-${participant_id}`, t.register.seen, t.organiser.presence, presence, isCompact),
    actButton(app, {
      act: { command: "check_identity", participant_id, document: kind, ...(isMember ? { presence } : {}) },
      testid: `act-check_identity-${participant_id}`, key: `check-${participant_id}`,
      label: t.acts.check_identity, kind: "primary", name: t.pair(t.acts.check_identity, person.name),
    }),
    person.has_high_sign_in && actButton(app, {
      act: { command: "accept_sign_in", participant_id }, testid: `act-accept_sign_in-${participant_id}`, label: t.acts.accept_sign_in,
    }),
    person.identity_missing !== "identity_refused" && actButton(app, {
      act: { command: "refuse_identity", participant_id }, testid: `act-refuse_identity-${participant_id}`,
      label: t.acts.refuse_identity, confirm: t.acts.refuse_identity_confirm, kind: "quiet", name: t.pair(t.acts.refuse_identity, person.name),
    }));
}

/**
 * @param {import("../main.js").App} app @param {string} id @param {string} label @param {Record<string, string>} options
 * @param {string} chosen @param {boolean} isCompact
 */
function choice(app, id, label, options, chosen, isCompact) {
  return [
    h("label", { key: `label-${id}`, for: id, class: isCompact ? "said" : null }, label),
    h("select", { key: id, id, testid: id, onchange: (/** @type {any} */ event) => app.setUI(id, event.target.value) },
      Object.entries(options).map(([value, text]) => h("option", { key: value, value, selected: value === chosen }, text))),
  ];
}

/** What the reader has to check again, each with the act. @param {import("../main.js").App} app */
export function identityTasks(app) {
  const mine = RECEIVED_BY[app.me.role] ?? [];
  const people = Object.values(app.state.people).filter((person) => mine.includes(person.role) && isToRepeat(person));
  if (people.length === 0) return null;
  return h("section", { key: "identity-tasks", class: "card calling", testid: "identity-tasks" },
    h("h2", { class: "small-title" }, t.register.tasks),
    h("ul", { class: "lines" }, people.map((person) => h("li", { key: person.participant_id, testid: `task-${person.participant_id}` },
      h("strong", null, person.name),
      h("span", { class: "block" }, t.register.missing[person.identity_missing ?? ""],
        person.identity_asked_ms && `, ${hour(person.identity_asked_ms, app.zone())}`),
      identityAct(app, person, true)))));
}

/** Who was not recognised, told to whoever reads the register. @param {import("../main.js").App} app */
export function refusedBanners(app) {
  return Object.entries(app.state.register_lines).filter(([, line]) => line.missing === "identity_refused").map(([id, line]) =>
    h("div", { key: `refused-${id}`, class: "banner alert", role: "alert", testid: `refused-${id}` },
      icon("warning"),
      h("div", null, h("p", { class: "banner-title" }, t.register.refusedTitle(line.name)), h("p", null, t.register.refused))));
}

/** What a person in doubt is told themselves. @param {import("../main.js").App} app */
export function ownCheck(app) {
  const missing = app.me.identity_missing;
  const isApart = APART.includes(missing);
  if (!isApart && missing !== "identity_asked") return null;
  return h("div", { key: "own-check", class: "banner warn", role: "alert", testid: "own-check" },
    icon("warning"),
    h("div", null,
      h("p", { class: "banner-title" }, t.register.apartTitle), h("p", null, isApart ? t.register.apart : t.register.asked)));
}
