/** The jury's plenary meeting: who is here and how, what is shown to all, when it ends. */

import { actButton, reasonAct } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { afterCards } from "./after.js";
import { decisions, present } from "./decisions.js";
import { documentsCard } from "./documents.js";
import { shownDocuments } from "./shown.js";
import { presence, stationTag } from "./stations.js";
import { stateWords, tiles } from "./tiles.js";

const ATTENDANCES = ["on_site", "remote", "absent"];

/** @param {import("../main.js").App} app */
export function deliberationView(app) {
  const { deliberation } = app;
  const jury = Object.values(app.state.people).filter((person) => ["examiner", "chair"].includes(person.role));
  const isChair = app.me.role === "chair" && deliberation.is_open;
  return h("div", { key: "deliberation", class: "page wide", testid: "deliberation" },
    h("h1", null, t.deliberation.title),
    deliberation.is_open ? h("p", { key: "lead", class: "lead" }, t.deliberation.lead) : closed(app),
    h("div", { class: deliberation.is_open ? "columns with-tiles" : "columns wide-first" },
      h("div", { key: "acts", class: "column" },
        register(app, jury, isChair),
        shownDocuments(app),
        decisions(app),
        isChair && closing(app),
        deliberation.is_open && documentsCard(app)),
      h("div", { key: "aside", class: "column" },
        deliberation.is_open
          ? h("div", { key: "tiles", class: "tiles small-tiles" }, tiles(app, jury.map((person) => person.participant_id)))
          : [documentsCard(app), afterCards(app)])));
}

/** @param {import("../main.js").App} app */
function closing(app) {
  const { candidates, decisions: known } = app.deliberation;
  const left = Object.keys(candidates).filter((id) => (known[id]?.adopted_ms ?? null) === null);
  return h("section", { key: "close", class: "card" },
    h("p", { class: "muted" }, t.deliberation.closeHelp),
    h("div", { class: "buttons" }, actButton(app, {
      act: { command: "close_deliberation" }, label: t.acts.close_deliberation,
      kind: left.length > 0 ? "secondary" : "primary", confirm: t.acts.close_deliberation_confirm,
    })));
}

/** @param {import("../main.js").App} app */
function closed(app) {
  return h("p", { key: "closed", class: "notice good", role: "status" }, icon("check"),
    t.deliberation.closed, app.state.documents.minutes ? "" : ` ${t.deliberation.preparing}`);
}

/** @param {import("../main.js").App} app @param {any[]} jury @param {boolean} isChair */
function register(app, jury, isChair) {
  const { columns } = t.deliberation;
  const { is_open } = app.deliberation;
  const heads = [columns.member, columns.attendance, is_open && columns.link, columns.identity, isChair && columns.call].filter((text) => text !== false);
  return h("section", { key: "register", class: "card", testid: "register" },
    h("h2", { id: "register-title" }, t.deliberation.register),
    h("p", { class: "muted", testid: "quorum" }, t.deliberation.quorum(present(app).length, jury.length)),
    isChair && place(app),
    isChair && Object.keys(app.state.stations).length > 0 && rollCallAnew(app),
    h("div", { class: "table-scroll", role: "region", "aria-labelledby": "register-title", tabindex: "0" },
      h("table", null,
        h("thead", null, h("tr", null, heads.map((text) => h("th", { key: text, scope: "col" }, text)))),
        h("tbody", null, jury.map((person) => row(app, person, isChair))))));
}

/** Who is at a station is attested and called anew. @param {import("../main.js").App} app */
function rollCallAnew(app) {
  return h("div", { key: "anew", class: "field" },
    h("p", { class: "muted" }, t.deliberation.rollCallHelp),
    h("div", { class: "buttons" }, actButton(app, { act: { command: "begin_roll_call" }, label: t.acts.begin_roll_call, confirm: t.acts.begin_roll_call_confirm })));
}

/** Where the members on site are, for those called from now on. @param {import("../main.js").App} app */
function place(app) {
  return h("div", { class: "field" },
    h("label", { for: "place" }, t.deliberation.place),
    h("input", {
      id: "place", testid: "place", maxlength: "200", autocomplete: "off", prop: { value: placeOf(app) },
      oninput: (/** @type {any} */ event) => app.setUI("place", event.target.value),
    }));
}

/** @param {import("../main.js").App} app @returns {string} */
function placeOf(app) {
  const { offices, session } = app.state;
  return app.ui.get("place") ?? offices[session.organising_office_id].name;
}

/** @param {import("../main.js").App} app @param {any} person @param {boolean} isChair */
function row(app, person, isChair) {
  const member = app.state.register_lines[person.participant_id];
  const { columns } = t.deliberation;
  return h("tr", { key: person.participant_id, class: member?.is_cut_off ? "cut" : null, testid: `member-${person.participant_id}` },
    h("th", { scope: "row" }, person.name, h("span", { class: "block muted" }, t.roles[person.role])),
    h("td", { "data-label": columns.attendance }, attendance(app, member), atStation(app, person, member)),
    app.deliberation.is_open && h("td", { "data-label": columns.link }, liaison(person, member)),
    h("td", { "data-label": columns.identity }, identity(person, member)),
    isChair && h("td", { "data-label": columns.call }, rollCall(app, person, member)));
}

/** Who checked them, what made us let them in, and on which connection (J1). @param {any} person @param {any} member */
function identity(person, member) {
  const by = person.identity_checked_by ?? null;
  const how = member?.authentication ?? null;
  const connection = member?.connection ?? null;
  return [
    by === null
      ? h("span", { key: "check", class: "check missing" }, t.media.unchecked)
      : h("span", { key: "check", class: "check" }, icon("check"), t.deliberation.checkedBy(by)),
    how !== null && h("span", { key: "how", class: "block muted" }, t.deliberation.authentication[how]),
    connection !== null && h("span", { key: "connection", class: "block muted" }, t.deliberation.connection(connection)),
  ];
}

/** @param {import("../main.js").App} app @param {any} member */
function attendance(app, member) {
  if ((member?.attendance ?? null) === null) return h("span", { class: "tag todo" }, t.deliberation.notCalled);
  return [
    h("span", { key: "how", class: `tag ${member.attendance === "absent" ? "todo" : "done"}` }, t.deliberation.attendance[member.attendance]),
    h("span", { key: "since", class: "block muted" }, `${t.deliberation.columns.since.toLowerCase()} ${hour(member.since_ms, app.zone())}`),
    (member.place ?? null) !== null && h("span", { key: "place", class: "block muted" }, member.place),
  ];
}

/** At which station they are, and how it does. @param {import("../main.js").App} app @param {any} person @param {any} member */
function atStation(app, person, member) {
  const station = app.state.stations[person.station_id ?? ""];
  return station !== undefined && h("div", { key: "station", testid: `at-station-${person.participant_id}` },
    member?.place !== station.name && h("span", { class: "block" }, station.name),
    station.state !== "here" && stationTag(station),
    presence(app, station.people[person.participant_id]));
}

/** @param {any} person @param {any} member */
function liaison(person, member) {
  if (member?.is_cut_off) return h("span", { class: "tag alert" }, icon("cut"), t.deliberation.cutOff);
  const words = stateWords(person, null);
  const test = member?.has_heard ?? null;
  return [
    h("span", { key: "link", class: `tag ${words.length > 0 ? "todo" : "done"}` }, words.length > 0 ? words.join(", ") : t.deliberation.heard),
    test !== null && h("span", { key: "test", class: "block muted" }, test ? t.deliberation.hearing.good : t.deliberation.hearing.bad),
  ];
}

/** @param {import("../main.js").App} app @param {any} person @param {any} member */
function rollCall(app, person, member) {
  const { participant_id } = person;
  return [
    h("div", { key: "hearing", class: "buttons tight" },
      hearing(app, person, member, true), hearing(app, person, member, false)),
    h("div", { key: "roll", class: "buttons tight" }, ATTENDANCES.map((how) => actButton(app, {
      act: { command: "answer_roll_call", participant_id, attendance: how, ...(how === "on_site" ? { place: placeOf(app) } : {}) },
      testid: `roll-${participant_id}-${how}`, label: t.deliberation.attendance[how],
      name: t.deliberation.callAs(person.name, t.deliberation.attendance[how]),
      kind: "choice", pressed: member?.attendance === how,
    }))),
    member?.is_cut_off && reasonAct(app, {
      act: { command: "continue_without", participant_id }, label: t.acts.continue_without, reasonLabel: t.deliberation.withoutReason,
    }),
  ];
}

/** The sound tried both ways with a member at a distance. @param {import("../main.js").App} app @param {any} person @param {any} member @param {boolean} isGood */
function hearing(app, person, member, isGood) {
  const label = isGood ? t.deliberation.hearing.good : t.deliberation.hearing.bad;
  return actButton(app, {
    act: { command: "try_hearing", participant_id: person.participant_id, hears: isGood, is_heard: isGood },
    testid: `hearing-${isGood ? "" : "failed-"}${person.participant_id}`, label,
    name: t.deliberation.callAs(person.name, label), kind: "choice", pressed: (member?.has_heard ?? null) === isGood,
  });
}
