/** Access of people: a new link, what it asks for besides, shown once to be copied; its withdrawal. */

import { actButton, refusal } from "../acts.js";
import { h } from "../dom.js";
import { t } from "../strings.js";
import { copyButton, handover, qr } from "./handover.js";

/** Who votes or decides: a link alone does not let them in. */
const WITH_FACTOR = ["organiser", "invigilator", "session_manager", "examiner", "chair"];

/** @param {import("../main.js").App} app @param {any} person */
export function accessActs(app, person) {
  const key = `reissue-${person.participant_id}`;
  const state = app.acts.of(key);
  const hasFactor = WITH_FACTOR.includes(person.role);
  const factor = hasFactor ? (app.ui.get(factorOf(person)) ?? "code") : "code";
  const reissue = async () => {
    if (!state.isArmed) return app.acts.arm(key);
    await app.acts.run(key, async () => app.setUI("issued", { name: person.name, factor, ...(await app.api.reissue(person.participant_id, factor)) }));
  };
  return h("details", { class: "access", ontoggle: () => void know(app) },
    h("summary", { class: "button quiet", testid: `access-${person.participant_id}` }, `${t.organiser.access}…`),
    h("div", { class: "buttons" },
      hasFactor && factors(app, person, factor),
      h("span", { class: "act" },
        h("button", { type: "button", class: `button ${state.isArmed ? "danger" : "secondary"}`, testid: `reissue-${person.participant_id}`, onclick: reissue },
          state.isPending ? t.acts.pending : state.isArmed ? t.acts.reissue_confirm : t.acts.reissue),
        refusal(state.refusal)),
      actButton(app, {
        act: { command: "revoke_invitation", participant_id: person.participant_id }, testid: `act-revoke_invitation-${person.participant_id}`,
        label: t.acts.revoke, confirm: t.acts.revoke_confirm, kind: "secondary",
      })));
}

/** What the next link asks for besides. @param {import("../main.js").App} app @param {any} person @param {string} chosen */
function factors(app, person, chosen) {
  const name = factorOf(person);
  return h("div", { class: "factor" },
    h("label", { for: name }, t.organiser.factor),
    h("select", { id: name, testid: name, onchange: (/** @type {any} */ event) => app.setUI(name, event.target.value) },
      (app.ui.get("factors") ?? ["code"]).map((/** @type {string} */ one) =>
        h("option", { key: one, value: one, selected: one === chosen }, t.organiser.factors[one]))));
}

/** @param {any} person */
function factorOf(person) {
  return `factor-${person.participant_id}`;
}

/** Ask the server once what this installation offers; without an answer there is the code. @param {import("../main.js").App} app */
async function know(app) {
  if (app.ui.has("factors")) return;
  try {
    app.setUI("factors", await app.api.factors());
  } catch (error) {
    console.warn("factors.unknown", /** @type {Error} */ (error).name);
  }
}

/** A link made anew, shown once, to be copied. @param {import("../main.js").App} app */
export function issuedAccess(app) {
  const issued = app.ui.get("issued") ?? null;
  if (issued === null) return null;
  const line = (/** @type {string} */ label, /** @type {string} */ text, /** @type {string} */ testid) => h("div", { class: "issued-line" },
    h("span", { class: "issued-label" }, label), h("code", { testid }, text), copyButton(app, text, label));
  return h("section", { key: "issued", class: "card decision", testid: "issued" },
    h("h2", null, t.organiser.accessTitle(issued.name)),
    h("p", null, t.organiser.accessLead),
    h("p", { testid: "issued-how" }, how(issued)),
    handover(app, issued, t.organiser.link, "issued-link"),
    issued.code && line(t.organiser.code, issued.code, "issued-code"),
    issued.totp_qr && qr(issued.totp_qr, t.organiser.qr, "issued-qr"),
    issued.totp_uri && line(t.organiser.application, issued.totp_uri, "issued-totp"),
    h("button", { type: "button", class: "button quiet", onclick: () => app.setUI("issued", null) }, t.organiser.closePanel));
}

/** What the person will be asked, and what to hand over apart. @param {any} issued */
function how({ factor, code, totp_uri }) {
  const isNew = code !== null || totp_uri !== null;
  return t.organiser.how[factor][isNew ? "first" : "again"];
}
