/** The organiser's page: the sittings, who is who and where, calls for help, links, documents. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour, hourEverywhere } from "../format.js";
import { t } from "../strings.js";
import { accessActs, issuedAccess } from "./access.js";
import { afterCards } from "./after.js";
import { clockCard } from "./clockcard.js";
import { documentsCard } from "./documents.js";
import { dutyCard } from "./duty.js";
import { helpCalls } from "./helps.js";
import { checkMark, identityAct, identityTasks, isChecked, isToRepeat } from "./identity.js";
import { cancelSitting, lifeCard, needsOpening } from "./life.js";
import { orderActs } from "./order.js";
import { lastNote, outageList } from "./outages.js";
import { checkTag } from "./networkcheck.js";
import { postponement } from "./sitting.js";
import { failedStations, stationsCard } from "./stations.js";
import { ownDevice, testCard, testRoom } from "./technicaltest.js";
import { testimony } from "./testimony.js";
import { qualityMark, stateWords } from "./tiles.js";
import { timelineCard } from "./timeline.js";

const CHECKED_HERE = ["examiner", "chair"];
const CHECKED_BY_HOST = ["candidate", "assistant"];

/** @param {import("../main.js").App} app */
export function organiserView(app) {
  const sittings = Object.values(app.state.sittings).sort((a, b) => a.planned_ms - b.planned_ms);
  return h("div", { key: "organiser", class: "page wide" },
    h("h1", null, t.organiser.title),
    issuedAccess(app),
    testRoom(app),
    h("div", { class: "columns wide-first" },
      h("div", { class: "column" }, sittings.map((sitting) => sittingCard(app, sitting)), register(app)),
      h("div", { class: "column" },
        identityTasks(app),
        needsOpening(app) && lifeCard(app),
        dutyCard(app),
        testCard(app),
        ownDevice(app),
        failedStations(app),
        stationsCard(app),
        helpCalls(app),
        sittings.map((sitting) => watch(app, sitting)),
        documentsCard(app),
        !needsOpening(app) && lifeCard(app),
        afterCards(app))));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function sittingCard(app, sitting) {
  const candidate = app.person(sitting.candidate_id);
  return h("section", { key: sitting.sitting_id, class: "card", testid: `sitting-${sitting.sitting_id}` },
    h("header", { class: "card-head" },
      h("div", null,
        h("h2", null, t.sitting.of(candidate.name)),
        h("p", { class: "muted" }, `${hourEverywhere(sitting.planned_ms, app.zone(), app.zones())} · ${app.state.offices[sitting.host_office_id].name}`)),
      h("p", { class: "tags" }, h("span", { class: `tag ${sitting.state}` }, t.states[sitting.state]))),
    postponement(app, sitting),
    organisesHere(app) && h("div", { class: "buttons end" }, cancelSitting(app, sitting), orderActs(app, sitting)));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function watch(app, sitting) {
  if ((sitting.clock ?? null) === null) return null;
  return h("section", { key: `watch-${sitting.sitting_id}`, class: "watch" },
    h("h2", { class: "small-title" }, t.sitting.of(app.person(sitting.candidate_id).name)),
    clockCard(app, sitting, { withLeft: true }),
    lastNote(app, sitting),
    testimony(app, sitting),
    outageList(app, sitting),
    timelineCard(app, sitting));
}

/** @param {import("../main.js").App} app */
function register(app) {
  const { columns } = t.organiser;
  return h("section", { key: "register", class: "card", testid: "register" },
    h("h2", { id: "register-title" }, t.organiser.register),
    h("div", { class: "table-scroll", role: "region", "aria-labelledby": "register-title", tabindex: "0" },
      h("table", null,
        h("thead", null, h("tr", null, [columns.person, columns.office, columns.link, columns.identity, columns.acts].map((text) => h("th", { key: text, scope: "col" }, text)))),
        h("tbody", null, Object.values(app.state.people).map((person) => row(app, person))))));
}

/** @param {import("../main.js").App} app @param {any} person */
function row(app, person) {
  const office = app.state.offices[person.office_id];
  return h("tr", { key: person.participant_id, testid: `person-${person.participant_id}` },
    h("th", { scope: "row" }, person.name, h("span", { class: "block muted" }, t.roles[person.role])),
    h("td", { "data-label": t.organiser.columns.office }, office?.name ?? "", h("span", { class: "block muted" }, t.organiser.presence[person.presence])),
    h("td", { "data-label": t.organiser.columns.link }, link(person)),
    h("td", { "data-label": t.organiser.columns.identity }, identity(app, person), contested(app, person)),
    h("td", { "data-label": t.organiser.columns.acts }, app.me.role === "organiser" && person.participant_id !== app.state.me && accessActs(app, person)));
}

/** @param {any} person */
function link(person) {
  const words = stateWords(person, null);
  const isMedia = [...CHECKED_HERE, ...CHECKED_BY_HOST].includes(person.role);
  if (!isMedia) return checkTag(person) || h("span", { class: "muted" }, t.organiser.notNeeded);
  return h("div", null,
    h("span", { class: `tag ${person.is_connected ? (words.length > 0 ? "warn" : "done") : "todo"}` }, words.length > 0 ? words.join(", ") : t.organiser.connected),
    qualityMark(person),
    checkTag(person));
}

/** @param {import("../main.js").App} app @param {any} person */
function identity(app, person) {
  if (isChecked(person)) {
    return [
      h("span", { key: "checked", class: "tag done" }, t.organiser.checked(person.identity_checked_by ?? "", hour(person.identity_checked_ms, app.zone()))),
      CHECKED_HERE.includes(person.role) && attendance(app, person),
    ];
  }
  if (isToRepeat(person)) return checkMark(person);
  if (CHECKED_HERE.includes(person.role) && app.me.role === "organiser") return identityAct(app, person, true);
  if (CHECKED_BY_HOST.includes(person.role)) return h("span", { class: "muted" }, t.organiser.byHost);
  return h("span", { class: "muted" }, t.organiser.notNeeded);
}

/** The sheet that the organising office holds for the examiners (D2). @param {import("../main.js").App} app @param {any} person */
function attendance(app, person) {
  if ((person.attendance_signed_ms ?? null) !== null) {
    return h("span", { key: "attendance", class: "tag done", testid: `attendance-${person.participant_id}` }, t.life.attendanceSigned(hour(person.attendance_signed_ms, app.zone())));
  }
  return organisesHere(app) && actButton(app, {
    act: { command: "sign_attendance", participant_id: person.participant_id }, testid: `act-sign_attendance-${person.participant_id}`,
    label: t.acts.sign_attendance, kind: "quiet",
  });
}

/** @param {import("../main.js").App} app */
function organisesHere(app) {
  return app.me.role === "organiser" && app.me.office_id === app.state.session.organising_office_id;
}

/** @param {import("../main.js").App} app @param {any} person */
function contested(app, person) {
  const tried = person.contested;
  return tried && h("span", { class: "tag warn", testid: `contested-${person.participant_id}` },
    t.organiser.contested(tried.times, t.organiser.contests[tried.what], hour(tried.at_ms, app.zone())));
}
