/** The invigilator's page: receive, check, have signed, admit; then watch the sitting. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour, hourEverywhere, planned } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { afterCards } from "./after.js";
import { clockCard } from "./clockcard.js";
import { documentsCard } from "./documents.js";
import { dutyCard } from "./duty.js";
import { helpCalls } from "./helps.js";
import { identityAct, identityTasks, isChecked, isToRepeat } from "./identity.js";
import { lastNote, outageList } from "./outages.js";
import { checkTag } from "./networkcheck.js";
import { pauseAct, postponement } from "./sitting.js";
import { failedStations, stationsCard } from "./stations.js";
import { ownDevice, testCard, testRoom } from "./technicaltest.js";
import { testimony } from "./testimony.js";
import { qualityMark, stateWords } from "./tiles.js";
import { timelineCard } from "./timeline.js";
import { helpButton } from "./toolbar.js";

/** @param {import("../main.js").App} app */
export function receptionView(app) {
  const sittings = Object.values(app.state.sittings).sort((a, b) => a.planned_ms - b.planned_ms);
  const office = app.state.offices[app.me.office_id];
  return h("div", { key: "reception", class: "page" },
    h("h1", null, t.reception.title),
    h("p", { class: "lead" }, t.reception.lead(office?.name ?? "")),
    testRoom(app),
    h("div", { class: "columns wide-first" },
      h("div", { class: "column" },
        sittings.length === 0 && h("p", null, t.reception.none),
        sittings.map((sitting) => candidateCard(app, sitting))),
      h("div", { class: "column" },
        identityTasks(app),
        dutyCard(app),
        testCard(app),
        ownDevice(app),
        failedStations(app),
        stationsCard(app),
        helpCalls(app),
        sittings.map((sitting) => watch(app, sitting)),
        documentsCard(app),
        afterCards(app),
        helpButton(app))));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function candidateCard(app, sitting) {
  const candidate = app.person(sitting.candidate_id);
  const words = stateWords(candidate, null);
  return h("section", { key: sitting.sitting_id, class: "card reception", testid: `sitting-${sitting.sitting_id}` },
    h("header", { class: "card-head" },
      h("div", null,
        h("h2", null, candidate.name),
        h("p", { class: "muted" }, `${hourEverywhere(sitting.planned_ms, app.zone(sitting), app.zones())} · ${planned(sitting.duration_s + sitting.adjustment_s)}`)),
      h("p", { class: "tags" },
        h("span", { class: `tag ${sitting.state}` }, t.states[sitting.state]),
        h("span", { class: `tag ${words.length > 0 ? "todo" : "done"}` }, words.length > 0 ? words.join(", ") : t.organiser.connected),
        qualityMark(candidate),
        checkTag(candidate))),
    h("ol", { class: "steps" }, steps(app, sitting)),
    sitting.state === "scheduled" && h("div", { class: "buttons end" }, actButton(app, {
      act: { command: "mark_absent", sitting_id: sitting.sitting_id }, label: t.acts.mark_absent, confirm: t.acts.mark_absent_confirm, kind: "quiet",
    })));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function steps(app, sitting) {
  const candidate = app.person(sitting.candidate_id);
  const assistant = sitting.assistant_id ? app.person(sitting.assistant_id) : null;
  const isReceiving = sitting.state === "scheduled";
  const areChecked = isChecked(candidate) && (assistant === null || isChecked(assistant));
  const isSigned = sitting.is_attestation_signed;
  const { sitting_id } = sitting;
  return [
    step(t.reception.steps.connected, candidate.is_connected, t.reception.missingConnection, null),
    identityStep(app, candidate, t.reception.steps.identity, isReceiving),
    assistant && identityStep(app, assistant, t.reception.steps.assistant, isReceiving),
    step(t.reception.steps.attendance, (candidate.attendance_signed_ms ?? null) !== null, isChecked(candidate) ? t.reception.missing : t.reception.missingIdentity,
      isReceiving && isChecked(candidate) && (candidate.attendance_signed_ms ?? null) === null
        && actButton(app, { act: { command: "sign_attendance", participant_id: candidate.participant_id }, label: t.acts.sign_attendance })),
    step(t.reception.steps.attestation, isSigned, isChecked(candidate) ? t.reception.missing : t.reception.missingIdentity,
      isReceiving && isChecked(candidate) && actButton(app, { act: { command: "sign_attestation", sitting_id }, label: t.acts.sign_attestation, kind: "primary" })),
    step(t.reception.steps.admission, (sitting.clock ?? null) !== null || sitting.state === "admitted", isSigned ? t.reception.missing : t.reception.missingAttestation,
      isReceiving && areChecked && isSigned && actButton(app, { act: { command: "admit", sitting_id }, label: t.acts.admit, kind: "primary" })),
  ];
}

/** @param {string} title @param {boolean} isDone @param {string} missing @param {import("../dom.js").Child} act @param {string} [detail] */
function step(title, isDone, missing, act, detail) {
  return h("li", { key: title, class: isDone ? "done" : act ? "current" : "todo" },
    h("span", { class: "mark" }, isDone ? icon("check") : ""),
    h("div", null,
      h("p", { class: "step-title" }, title, h("span", { class: `tag ${isDone ? "done" : "todo"}` }, isDone ? t.reception.done : missing)),
      detail && h("p", { class: "muted" }, detail),
      act));
}

/** @param {import("../main.js").App} app @param {any} person @param {string} title @param {boolean} isReceiving */
function identityStep(app, person, title, isReceiving) {
  const isDone = isChecked(person);
  const detail = isDone ? `${person.name}, ${t.reception.by(person.identity_checked_by ?? "", hour(person.identity_checked_ms, app.zone()))}` : person.name;
  return step(title, isDone, t.reception.missing, isReceiving && !isDone && !isToRepeat(person) && identityAct(app, person), detail);
}

/** @param {import("../main.js").App} app @param {any} sitting */
function watch(app, sitting) {
  // Before it begins a sitting can be postponed too.
  const [key, asked] = [`watch-${sitting.sitting_id}`, postponement(app, sitting)];
  if ((sitting.clock ?? null) === null) return asked && h("section", { key, class: "watch" }, asked);
  return h("section", { key, class: "watch" },
    h("h2", { class: "small-title" }, t.pair(t.reception.watch, app.person(sitting.candidate_id).name)),
    clockCard(app, sitting, { withLeft: true }),
    lastNote(app, sitting),
    sitting.state === "running" && pauseAct(app, sitting.sitting_id),
    sitting.state === "paused" && h("p", { class: "notice warn" }, t.sitting.paused(sitting.pause_reason ?? "")),
    asked,
    testimony(app, sitting),
    outageList(app, sitting),
    timelineCard(app, sitting));
}
