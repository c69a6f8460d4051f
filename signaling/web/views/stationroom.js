/** The station's own page: the room it is in, who is at it, and where they sign in for themselves. */

import { actButton, refusal } from "../acts.js";
import { h } from "../dom.js";
import { answer } from "../passkey.js";
import { t } from "../strings.js";
import { clockCard } from "./clockcard.js";
import { checkMark } from "./identity.js";
import { presence, stationTag } from "./stations.js";
import { testTiles } from "./technicaltest.js";
import { tile, tiles } from "./tiles.js";

/** @param {import("../main.js").App} app */
export function stationRoomView(app) {
  const station = app.state.stations[app.state.me];
  const sitting = app.state.place === "sitting" ? app.state.sittings[app.state.sitting_id ?? ""] : undefined;
  return h("div", { key: "station", class: "page wide", testid: "station-room" },
    h("h1", null, station.name, " ", stationTag(station)),
    h("p", { class: "lead" }, t.atStation.lead(app.state.offices[station.office_id].name)),
    h("div", { class: "columns wide-first" },
      h("div", { key: "room", class: "column" },
        app.state.place === "waiting" && h("p", { key: "apart", class: "notice" }, t.atStation.apart),
        app.state.place === "test" && h("p", { key: "test", class: "notice", testid: "station-in-test" }, t.technicalTest.station),
        h("div", { key: "tiles", class: "tiles jury-tiles" },
          app.state.place === "test" ? testTiles(app, inTest(app)) : tiles(app, others(app, sitting), { size: "large" }))),
      h("div", { key: "here", class: "column" },
        sitting !== undefined && (sitting.clock ?? null) !== null && clockCard(app, sitting),
        whoIsHere(app, station),
        signIn(app, station),
        h("section", { key: "self", class: "card" },
          h("h2", { class: "small-title" }, t.atStation.self),
          h("div", { class: "tiles" }, tile(app, app.state.me))))));
}

/** Who else has joined the technical test. @param {import("../main.js").App} app @returns {string[]} */
function inTest(app) {
  return (app.state.technical_test?.people ?? []).filter((id) => id !== app.state.me && app.person(id).is_connected);
}

/** Who is where this station is. @param {import("../main.js").App} app @param {any} sitting @returns {string[]} */
function others(app, sitting) {
  if (app.state.place === "waiting") return [];
  const here = sitting !== undefined
    ? [sitting.candidate_id, sitting.assistant_id, ...sitting.examiner_ids].filter((id) => (id ?? null) !== null)
    : Object.values(app.state.people).filter((person) => ["chair", "examiner"].includes(person.role)).map((person) => person.participant_id);
  return here.filter((id) => app.person(id).station_id !== app.state.me);
}

/** @param {import("../main.js").App} app @param {any} station */
function whoIsHere(app, station) {
  const people = Object.entries(station.people);
  return h("section", { key: "people", class: "card", testid: "at-station" },
    h("h2", null, t.atStation.here),
    people.length === 0 && h("p", { class: "muted" }, t.stations.nobody),
    h("ul", { class: "lines" }, people.map(([who, how]) => h("li", { key: who, testid: `here-${who}` },
      h("div", { class: "occupant" }, h("span", { class: "strong" }, app.person(who).name), presence(app, how), checkMark(app.person(who))),
      actButton(app, {
        act: { command: "leave_station", station_id: app.state.me, participant_id: who }, testid: `leave-${who}`,
        label: t.atStation.leave, kind: "quiet", name: t.pair(t.atStation.leave, app.person(who).name),
      })))),
    h("p", { class: "muted" }, t.atStation.votes));
}

/** @param {import("../main.js").App} app @param {any} station */
function signIn(app, station) {
  const isToSignIn = (/** @type {any} */ person) => ["chair", "examiner"].includes(person.role)
    && (person.participant_id in station.people ? station.people[person.participant_id].is_stale : person.presence === "on_site");
  const expected = Object.values(app.state.people).filter(isToSignIn);
  const state = app.acts.of("station-sign-in");
  const who = expected.find((person) => person.participant_id === app.ui.get("sign-in-who"))?.participant_id ?? "";
  const code = String(app.ui.get("sign-in-code") ?? "").replace(/\s/g, "");
  const usePasskey = async () => {
    if (who === "") return app.acts.refuse("station-sign-in", t.atStation.whoFirst);
    await app.acts.run("station-sign-in", async () => {
      const { options } = await app.api.beginPasskeyAtStation(who);
      await app.api.completePasskeyAtStation(who, await answer("authentication", options));
    });
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (who === "" || code === "") return app.acts.refuse("station-sign-in", t.atStation.short);
    // Whatever came of it, the code does not stay on a shared screen.
    await app.acts.run("station-sign-in", () => app.api.signInAtStation(who, code).finally(() => app.ui.set("sign-in-code", "")));
    app.update();
  };
  return h("section", { key: "sign-in", class: "card", testid: "station-sign-in" },
    h("h2", null, t.atStation.signIn),
    expected.length === 0 ? h("p", { class: "muted" }, t.atStation.noneExpected) : h("form", { onsubmit: submit },
      h("div", { class: "field" },
        h("label", { for: "sign-in-who" }, t.atStation.who),
        h("select", { id: "sign-in-who", testid: "sign-in-who", onchange: (/** @type {any} */ event) => app.setUI("sign-in-who", event.target.value) },
          h("option", { key: "", value: "", selected: who === "" }, "—"),
          expected.map((person) => h("option", { key: person.participant_id, value: person.participant_id, selected: person.participant_id === who }, person.name)))),
      h("div", { class: "field" },
        h("label", { for: "sign-in-code" }, t.atStation.code),
        h("input", {
          id: "sign-in-code", testid: "sign-in-code", class: "code", type: "password", inputmode: "numeric", autocomplete: "off", maxlength: "11",
          "aria-describedby": "sign-in-help", prop: { value: app.ui.get("sign-in-code") ?? "" },
          oninput: (/** @type {any} */ event) => app.setUI("sign-in-code", event.target.value),
        }),
        h("p", { id: "sign-in-help", class: "muted" }, t.atStation.codeHelp)),
      h("div", { class: "buttons" },
        h("button", { type: "submit", class: "button primary", testid: "sign-in-submit" }, state.isPending ? t.acts.pending : t.atStation.submit),
        h("button", { type: "button", class: "button secondary", testid: "sign-in-passkey", onclick: () => void usePasskey() }, t.atStation.passkey)),
      h("p", { class: "muted" }, t.atStation.passkeyHelp),
      refusal(state.refusal)));
}
