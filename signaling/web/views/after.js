/** After the seal: the minutes are signed, results published, extracts sent and acknowledged. */

import { actButton, reasonAct, refusal } from "../acts.js";
import { DOCUMENT_MS } from "../api.js";
import { h } from "../dom.js";
import { day, hour } from "../format.js";
import { digestOf, signDigest } from "../keys.js";
import { t } from "../strings.js";
import { documentLine } from "./documents.js";

const MINUTES_LABEL = "visiojury-minutes-v1";
const AMENDMENT_LABEL = "visiojury-amendment-v1";

/** @param {import("../main.js").App} app */
export function afterCards(app) {
  if ((app.state.after ?? null) === null) return null;
  return [signatures(app), amendments(app), results(app), extracts(app), appeals(app)];
}

/** @param {import("../main.js").App} app */
function mayManage(app) {
  return app.me.role === "organiser";
}

/** @param {import("../main.js").App} app @param {number} at_ms */
function when(app, at_ms) {
  return `${day(at_ms, app.zone())}, ${hour(at_ms, app.zone())}`;
}

// --- signatures -------------------------------------------------------------------------------

/** @param {import("../main.js").App} app */
function signatures(app) {
  const { signers, minutes_due_ms = null, delivered_ms = null } = app.afterwards;
  const lines = Object.entries(signers);
  if (lines.length === 0) return null;
  const mine = signers[app.state.me];
  const isComplete = lines.every(([, one]) => (one.signed_ms ?? one.missing_reason ?? null) !== null);
  return h("section", { key: "signatures", class: "card", testid: "signatures" },
    h("h2", null, t.after.signatures),
    h("ul", { class: "lines" }, lines.map(([id, one]) => signer(app, id, one))),
    mine !== undefined && (mine.signed_ms ?? null) === null && sign(app),
    delivered_ms !== null && h("p", { key: "delivered", class: "notice good" }, t.after.delivered(when(app, delivered_ms))),
    delivered_ms === null && minutes_due_ms !== null && due(app, minutes_due_ms),
    mayManage(app) && isComplete && delivered_ms === null && reasonAct(app, { act: { command: "deliver_minutes" }, as: "recipient", most: 200, label: t.acts.deliver_minutes, reasonLabel: t.after.recipient }));
}

/** @param {import("../main.js").App} app @param {number} due_ms */
function due(app, due_ms) {
  const isLate = app.socket.clock.now() > due_ms;
  return isLate
    ? h("p", { key: "due", class: "notice warn", testid: "minutes-late" }, t.after.late(when(app, due_ms)))
    : h("p", { key: "due", class: "muted" }, t.after.due(when(app, due_ms)));
}

/** @param {import("../main.js").App} app @param {string} id @param {any} one */
function signer(app, id, one) {
  const isSigned = (one.signed_ms ?? null) !== null;
  const isExplained = (one.missing_reason ?? null) !== null;
  const mayExplain = ["organiser", "chair"].includes(app.me.role) && id !== app.state.me && !isSigned && !isExplained;
  return h("li", { key: id, testid: `signer-${id}` },
    h("span", { class: "line-main" }, app.person(id).name),
    h("span", { class: `tag ${isSigned ? "done" : "todo"}` }, isSigned ? t.after.signed(when(app, one.signed_ms)) : isExplained ? t.after.missing(one.missing_reason) : t.after.unsigned),
    mayExplain && reasonAct(app, {
      act: { command: "explain_missing_signature", participant_id: id }, label: t.acts.explain_missing_signature, reasonLabel: t.after.missingReason, kind: "quiet",
    }));
}

/** What is signed is the document as this page was given it. @param {import("../main.js").App} app */
function sign(app) {
  return signButton(app, "sign_minutes", t.acts.sign_minutes, async (identity) => {
    const minutes = await app.api.document(app.state.documents.minutes.path);
    const minutes_sha256 = await digestOf(await minutes.arrayBuffer());
    return { command: "sign_minutes", minutes_sha256, ...(await signDigest(identity, MINUTES_LABEL, minutes_sha256)) };
  });
}

/**
 * @param {import("../main.js").App} app @param {string} key @param {string} label
 * @param {(identity: import("../keys.js").Identity) => Promise<Record<string, unknown>>} make
 */
function signButton(app, key, label, make) {
  const state = app.acts.of(key);
  const press = () => {
    if (!state.isArmed) return app.acts.arm(key);
    const { identity } = app.api;
    return identity && app.acts.run(key, async () => app.api.command(await make(identity), { timeout_ms: DOCUMENT_MS }));
  };
  return h("div", { key: `sign-${key}`, class: "buttons" }, h("span", { class: "act" },
    h("button", { type: "button", class: `button ${state.isArmed ? "danger" : "primary"}`, testid: `act-${key}`, onclick: press },
      state.isPending ? t.acts.pending : state.isArmed ? t.acts.sign_confirm : label),
    refusal(state.refusal)));
}

/** @param {import("../main.js").App} app */
function amendments(app) {
  const { signers } = app.afterwards;
  const known = Object.entries(app.afterwards.amendments);
  const mayWrite = ["organiser", "chair"].includes(app.me.role);
  if (known.length === 0 && !mayWrite) return null;
  return h("section", { key: "amendments", class: "card", testid: "amendments" },
    h("h2", null, t.after.amendments),
    known.map(([id, one]) => h("article", { key: id, testid: id },
      h("p", null, one.text),
      h("p", { class: "muted" }, t.after.signedBy(one.signed_by.map((/** @type {string} */ who) => app.person(who).name).join(", "))),
      signers[app.state.me] !== undefined && !one.signed_by.includes(app.state.me) && signButton(app, `sign_amendment-${id}`, t.acts.sign_amendment, async (identity) => ({
        command: "sign_amendment", amendment_id: id, sha256: one.sha256, ...(await signDigest(identity, AMENDMENT_LABEL, one.sha256)),
      })))),
    mayWrite && reasonAct(app, { act: { command: "write_amendment" }, as: "text", most: 5000, label: t.acts.write_amendment, reasonLabel: t.after.amendmentText }));
}

// --- results ----------------------------------------------------------------------------------

/** @param {import("../main.js").App} app */
function results(app) {
  const { results_ms = null, results_place = null } = app.afterwards;
  if (results_ms === null && !mayManage(app)) return null;
  return h("section", { key: "results", class: "card", testid: "results" },
    h("h2", null, t.after.results),
    results_ms === null
      ? reasonAct(app, { act: { command: "publish_results" }, as: "place", most: 200, label: t.acts.publish_results, reasonLabel: t.after.resultsPlace })
      : h("p", null, t.after.published(when(app, results_ms), results_place ?? "")));
}

/** @param {import("../main.js").App} app */
function extracts(app) {
  const all = Object.entries(app.afterwards.extracts);
  if (all.length === 0) return null;
  return h("section", { key: "extracts", class: "card", testid: "extracts" },
    h("h2", null, t.after.extracts),
    all.map(([id, one]) => extract(app, id, one)));
}

/** @param {import("../main.js").App} app @param {string} office_id @param {any} one */
function extract(app, office_id, one) {
  const { sent_ms = null, acknowledged_ms = null } = one;
  return h("article", { key: office_id, testid: `extract-${office_id}` },
    h("h3", null, app.state.offices[office_id].name),
    h("p", null, sent_ms === null ? t.after.notSent : t.after.sent(when(app, sent_ms))),
    acknowledged_ms !== null && h("p", { class: "notice good" }, t.after.acknowledged(when(app, acknowledged_ms))),
    h("ul", { class: "lines documents" }, Object.entries(one.files).map(([name, file]) => documentLine(app, { ...file, name }))),
    mayManage(app) && send(app, office_id),
    !mayManage(app) && sent_ms !== null && acknowledged_ms === null && h("div", { class: "buttons" }, actButton(app, {
      act: { command: "acknowledge_extract" }, label: t.acts.acknowledge_extract, kind: "primary",
    })));
}

/** @param {import("../main.js").App} app @param {string} office_id */
function send(app, office_id) {
  const key = `send_extract-${office_id}`;
  const state = app.acts.of(key);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.querySelector("input[type=file]");
    await app.acts.run(key, async () => {
      const files = [];
      for (const file of field.files) files.push({ name: file.name.slice(0, 200), ...(await app.api.upload(file)) });
      await app.api.command({ command: "send_extract", office_id, files });
    });
  };
  return h("form", { key: "send", class: "field", onsubmit: submit },
    h("label", { for: key }, t.after.files),
    h("input", { id: key, testid: `files-${office_id}`, type: "file", accept: "application/pdf", multiple: true }),
    h("button", { type: "submit", class: "button secondary", testid: `act-${key}` }, state.isPending ? t.acts.pending : t.acts.send_extract),
    refusal(state.refusal));
}

// --- appeals ----------------------------------------------------------------------------------

/** @param {import("../main.js").App} app */
function appeals(app) {
  if (!mayManage(app)) return null;
  const known = Object.entries(app.afterwards.appeals);
  const candidates = Object.values(app.state.people).filter((one) => one.role === "candidate");
  const candidate_id = app.ui.get("appeal-candidate") ?? candidates[0]?.participant_id;
  return h("section", { key: "appeals", class: "card", testid: "appeals" },
    h("h2", null, t.after.appeals),
    h("p", { class: "muted" }, t.after.appealsHelp),
    known.map(([id, one]) => h("article", { key: id, testid: id },
      h("p", null, t.after.appeal(app.person(one.candidate_id).name, when(app, one.at_ms), one.grounds)),
      !one.closed_ms
        ? reasonAct(app, { act: { command: "close_appeal", appeal_id: id }, as: "outcome", most: 500, label: t.acts.close_appeal, reasonLabel: t.after.outcome })
        : h("p", { class: "muted" }, t.after.appealClosed(when(app, one.closed_ms), one.outcome ?? "")))),
    candidates.length > 0 && h("div", { class: "field" },
      h("label", { for: "appeal-candidate" }, t.roles.candidate),
      h("select", { id: "appeal-candidate", onchange: (/** @type {any} */ event) => app.setUI("appeal-candidate", event.target.value) },
        candidates.map((one) => h("option", { key: one.participant_id, value: one.participant_id, selected: one.participant_id === candidate_id }, one.name)))),
    candidates.length > 0 && reasonAct(app, { act: { command: "enter_appeal", candidate_id }, as: "grounds", most: 5000, label: t.acts.enter_appeal, reasonLabel: t.after.grounds }));
}
