/** The technical test of both offices: opened, joined, left and closed by the staff (B5). */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { t } from "../strings.js";
import { checkTag } from "./networkcheck.js";
import { tile } from "./tiles.js";

const OPENERS = ["organiser", "invigilator", "session_manager"];
const BEFORE = ["draft", "open", "in_progress", "suspended"];

/** The technician's page: the test, and nothing of the exam. @param {import("../main.js").App} app */
export function technicianView(app) {
  const isOpen = (app.state.technical_test ?? null) !== null;
  return h("div", { key: "technician", class: "page" },
    h("h1", null, t.technicalTest.title),
    h("p", { class: "lead" }, isOpen ? t.technicalTest.lead : t.technicalTest.none),
    testRoom(app),
    ownDevice(app));
}

/** The check of one's own device, for who is not asked for it on the way in. @param {import("../main.js").App} app */
export function ownDevice(app) {
  if (app.media !== null) return null;
  return h("section", { key: "own-device", class: "card", testid: "own-device" },
    h("h2", { class: "small-title" }, t.network.own),
    h("p", { class: "muted" }, t.network.ownLead, " ", checkTag(app.me)),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button secondary", testid: "check-devices", onclick: () => void app.checkDevices() }, t.network.check)));
}

/** Where the staff can open it, while none is open. @param {import("../main.js").App} app */
export function testCard(app) {
  if ((app.state.technical_test ?? null) !== null || !mayLead(app)) return null;
  return h("section", { key: "technical-test", class: "card", testid: "technical-test" },
    h("h2", { class: "small-title" }, t.technicalTest.title),
    h("p", { class: "muted" }, t.technicalTest.lead),
    h("div", { class: "buttons" }, actButton(app, { act: { command: "open_technical_test" }, label: t.acts.open_technical_test })));
}

/** The test that is open: who is here, and the way in and out. @param {import("../main.js").App} app */
export function testRoom(app) {
  const test = app.state.technical_test ?? null;
  if (test === null) return null;
  const isIn = app.state.place === "test";
  return h("section", { key: "technical-test-room", class: "card test-room", testid: "technical-test-room" },
    h("header", { class: "card-head" },
      h("div", null,
        h("h2", null, t.technicalTest.title),
        h("p", { class: "muted" }, t.technicalTest.openedBy(test.opened_by, hour(test.opened_ms, app.zone())))),
      h("div", { class: "buttons" },
        isIn && way(app),
        mayLead(app) && actButton(app, { act: { command: "close_technical_test" }, label: t.acts.close_technical_test, confirm: t.acts.close_technical_test_confirm }))),
    isIn ? people(app, test) : h("p", { class: "notice" }, t.technicalTest.busy));
}

/** @param {import("../main.js").App} app */
function mayLead(app) {
  return OPENERS.includes(app.me.role) && BEFORE.includes(app.state.session.state);
}

/** @param {import("../main.js").App} app */
function way(app) {
  const [label, act, kind] = app.media === null
    ? [t.technicalTest.join, () => void app.checkDevices({ isJoining: true }), "primary"]
    : [t.technicalTest.leave, () => void app.leaveTest(), "secondary"];
  return h("button", { key: "way", type: "button", class: `button ${kind}`, testid: app.media === null ? "join-test" : "leave-test", onclick: act }, label);
}

/** @param {import("../main.js").App} app @param {import("../protocol").TechnicalTestView} test */
function people(app, test) {
  const others = test.people.filter((id) => id !== app.state.me);
  const here = others.filter((id) => app.person(id).is_connected);
  const awaited = others.filter((id) => !here.includes(id)).map((id) => app.person(id).name);
  return [
    app.media !== null && h("div", { key: "tiles", class: "tiles jury-tiles" }, testTiles(app, [app.state.me, ...here])),
    app.media === null && here.length > 0 && h("p", { key: "here" }, t.pair(t.technicalTest.here, here.map((id) => app.person(id).name).join(", "))),
    here.length === 0 && h("p", { key: "alone", class: "muted" }, t.technicalTest.alone),
    awaited.length > 0 && h("p", { key: "awaited", class: "muted" }, t.pair(t.technicalTest.awaited, awaited.join(", "))),
  ];
}

/** Nobody's identity is checked for a test. @param {import("../main.js").App} app @param {string[]} ids */
export function testTiles(app, ids) {
  return ids.map((id) => tile(app, id, { withCheck: false }));
}
