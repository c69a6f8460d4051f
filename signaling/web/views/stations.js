/** Stations, for the agents: those whose test failed (B5), and those enrolled for a day and a room. */

import { actButton, refusal } from "../acts.js";
import { h } from "../dom.js";
import { day, hour } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { handover } from "./handover.js";
import { isChecked } from "./identity.js";
import { checkTag } from "./networkcheck.js";

const AT_A_STATION = ["chair", "examiner", "candidate", "assistant"];
const TROUBLED = ["silent", "away"];

/** @param {import("../main.js").App} app */
export function failedStations(app) {
  const failed = Object.entries(app.state.station_tests).filter(([, test]) => !test.is_good);
  const poor = [...Object.values(app.state.people), ...Object.values(app.state.stations)].filter((one) => one.device_check?.verdict === "poor");
  if (failed.length === 0 && poor.length === 0) return null;
  return h("section", { key: "failed-stations", class: "card calling", testid: "failed-stations" },
    poor.length > 0 && h("h2", { key: "poor-title", class: "small-title" }, t.network.failedTitle),
    poor.length > 0 && h("ul", { key: "poor", class: "lines" }, poor.map((one) => h("li", { key: one.name },
      t.pair(one.name, t.stations.failed(app.state.offices[one.office_id]?.name ?? "", hour(one.device_check?.at_ms ?? 0, app.zone())))))),
    failed.length > 0 && h("h2", { key: "title", class: "small-title" }, t.stations.failedTitle),
    failed.length > 0 && h("ul", { key: "failed", class: "lines" }, failed.map(([station, test]) => h("li", { key: station },
      t.pair(station, t.stations.failed(app.state.offices[test.office_id].name, hour(test.tested_ms, app.zone())))))));
}

/** @param {import("../main.js").App} app */
export function stationsCard(app) {
  const all = Object.entries(app.state.stations);
  const isTroubled = all.some(([, station]) => TROUBLED.includes(station.state));
  const isAgent = ["organiser", "invigilator"].includes(app.me.role);
  return h("section", { key: "stations", class: `card ${isTroubled ? "calling" : ""}`, testid: "stations" },
    h("h2", null, isTroubled && icon("warning"), t.stations.title),
    all.length === 0 && h("p", { class: "muted" }, t.stations.none),
    all.map(([id, station]) => stationLine(app, id, station)),
    isAgent && enrolForm(app));
}

/** @param {any} station */
export function stationTag(station) {
  const kind = { here: "done", awaited: "todo" }[/** @type {"here"} */ (station.state)] ?? "alert";
  return h("span", { class: `tag ${kind}` }, kind === "alert" && icon("cut"), t.stations.states[station.state]);
}

/** How a person came to be there. @param {import("../main.js").App} app @param {any} how */
export function presence(app, how) {
  const at = hour(how.at_ms, app.zone());
  return [
    h("span", { key: "how", class: "block muted" }, how.attested_by ? t.stations.attested(how.attested_by, at) : t.stations.signedIn(at)),
    how.is_stale && h("span", { key: "stale", class: "tag warn" }, t.stations.stale),
  ];
}

/** @param {import("../main.js").App} app @param {string} id @param {any} station */
function stationLine(app, id, station) {
  const isOurs = app.me.office_id === station.office_id && ["organiser", "invigilator"].includes(app.me.role);
  const people = Object.entries(station.people);
  return h("div", { key: id, class: "station", testid: `station-${id}` },
    h("h3", null, station.name, " ", stationTag(station), " ", checkTag({ ...station, participant_id: id })),
    h("p", { class: "muted" }, `${app.state.offices[station.office_id].name}, ${t.stations.day_of(day(station.start_ms, app.state.offices[station.office_id]))}`,
      station.state === "away" && ` ; ${t.stations.since(hour(station.since_ms, app.zone()))}`),
    people.length === 0 && h("p", { class: "muted" }, t.stations.nobody),
    h("ul", { class: "lines" }, people.map(([who, how]) => h("li", { key: who, testid: `at-${id}-${who}` },
      h("div", { class: "occupant" }, h("span", { class: "strong" }, app.person(who).name), presence(app, how)),
      isOurs && h("span", { class: "buttons tight" },
        how.is_stale && attestButton(app, id, who, t.stations.attestAgain),
        actButton(app, { act: { command: "leave_station", station_id: id, participant_id: who }, testid: `leave-${who}`, label: t.stations.leave, kind: "quiet", name: t.pair(t.stations.leave, app.person(who).name) }))))),
    isOurs && attestForm(app, id, station),
    isOurs && openActs(app, id, station));
}

/** @param {import("../main.js").App} app @param {string} id @param {string} who @param {string} label */
function attestButton(app, id, who, label) {
  return actButton(app, {
    act: { command: "attest_presence", station_id: id, participant_id: who }, testid: `attest-${who}`,
    label, kind: "primary", name: t.pair(label, app.person(who).name),
  });
}

/** Who is in the room, said by the agent who sees them. @param {import("../main.js").App} app @param {string} id @param {any} station */
function attestForm(app, id, station) {
  const known = Object.values(app.state.people).filter((person) => AT_A_STATION.includes(person.role) && isChecked(person) && !(person.participant_id in station.people));
  if (known.length === 0) return h("p", { class: "muted" }, t.stations.noneToAttest);
  const field = `attest-${id}`;
  const chosen = known.find((person) => person.participant_id === app.ui.get(field)) ?? known[0];
  return h("div", { class: "identity-act" },
    h("label", { for: field }, t.stations.person),
    h("select", { id: field, testid: field, onchange: (/** @type {any} */ event) => app.setUI(field, event.target.value) },
      known.map((person) => h("option", { key: person.participant_id, value: person.participant_id, selected: person === chosen }, person.name))),
    attestButton(app, id, chosen.participant_id, t.stations.attest));
}

/** Its link, shown once; and its end. @param {import("../main.js").App} app @param {string} id @param {any} station */
function openActs(app, id, station) {
  const key = `open-${id}`;
  const state = app.acts.of(key);
  const issued = app.ui.get(`link-${id}`) ?? null;
  const isFirst = station.state === "awaited";
  const open = async () => {
    if (!isFirst && !state.isArmed) return app.acts.arm(key);
    await app.acts.run(key, async () => app.setUI(`link-${id}`, await app.api.reissue(id, "code")));
  };
  return [
    issued !== null && handover(app, issued, t.stations.link, `link-${id}`),
    issued !== null && h("p", { key: "lead", class: "muted" }, t.stations.linkLead),
    h("div", { key: "acts", class: "buttons" },
      h("span", { class: "act" },
        h("button", { type: "button", class: `button ${state.isArmed ? "danger" : "secondary"}`, testid: key, onclick: open },
          state.isPending ? t.acts.pending : state.isArmed ? t.stations.openConfirm : isFirst ? t.stations.open : t.stations.openAgain),
        refusal(state.refusal)),
      actButton(app, { act: { command: "withdraw_station", station_id: id }, testid: `withdraw-${id}`, label: t.stations.withdraw, confirm: t.stations.withdrawConfirm, kind: "quiet" })),
  ];
}

/** @param {import("../main.js").App} app */
function enrolForm(app) {
  const key = "enrol_station";
  const state = app.acts.of(key);
  const values = { station: app.ui.get("station-name") ?? "", room: app.ui.get("station-room") ?? "", day: app.ui.get("station-day") ?? "" };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (Object.values(values).some((text) => text.trim() === "")) return app.acts.refuse(key, t.stations.missing);
    if (await app.acts.run(key, () => app.api.command({ command: key, ...values }))) app.setUI("station-name", "");
  };
  const field = (/** @type {"station" | "room" | "day"} */ name, /** @type {string} */ id, type = "text") => h("div", { key: id, class: "field" },
    h("label", { for: id }, t.stations[name]),
    h("input", { id, testid: id, type, maxlength: "200", autocomplete: "off", prop: { value: values[name] }, oninput: (/** @type {any} */ event) => app.setUI(id, event.target.value) }));
  return h("details", { key: "enrol", class: "reason" },
    h("summary", { class: "button secondary", testid: "open-enrol_station" }, t.stations.enrol),
    h("form", { onsubmit: submit },
      h("p", { class: "muted" }, t.stations.lead),
      field("station", "station-name"), field("room", "station-room"), field("day", "station-day", "date"),
      h("button", { type: "submit", class: "button primary", testid: "act-enrol_station" }, state.isPending ? t.acts.pending : t.stations.enrolAct),
      refusal(state.refusal)));
}
