/** The register, one click away on every page of those who may read it (J1): who is here, known by what. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { day, hour, hourSeconds } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

const JURY = ["examiner", "chair"];
const CHECKED = [...JURY, "candidate", "assistant"];
const PREFIX = 12;

/** The bar that is always in sight, and below it the register when it is open. @param {import("../main.js").App} app */
export function registerBar(app) {
  const lines = Object.entries(app.state.register_lines);
  if (lines.length === 0) return null;
  const isOpen = app.ui.get("register") ?? false;
  return h("div", { key: "register-bar", class: "register-bar" },
    h("div", { class: "register-line" },
      h("button", {
        type: "button", class: "button quiet", testid: "register-open", "aria-expanded": String(isOpen), "aria-controls": "register-panel",
        onclick: () => app.setUI("register", !isOpen),
      }, isOpen ? t.register.close : t.register.open),
      h("span", { class: "muted", role: "status", testid: "register-counts" }, counts(app, lines))),
    isOpen && panel(app, lines));
}

/** @param {import("../main.js").App} app @param {[string, any][]} lines */
function counts(app, lines) {
  if (!app.state.deliberation?.is_open) {
    const media = lines.filter(([, line]) => CHECKED.includes(line.role));
    return t.register.connected(media.filter(([, line]) => line.is_connected).length, media.length);
  }
  const how = (/** @type {string} */ attendance) => lines.filter(([, line]) => line.attendance === attendance && !line.is_cut_off).length;
  return t.register.counts(how("on_site"), how("remote"), lines.filter(([, line]) => line.is_cut_off).length);
}

/** @param {import("../main.js").App} app @param {[string, any][]} lines */
function panel(app, lines) {
  const { columns } = t.register;
  const heads = [columns.person, columns.place, columns.identity, columns.link, mayAsk(app) && columns.acts].filter((text) => text !== false);
  return h("section", { key: "register-panel", id: "register-panel", class: "card register-panel", testid: "register-panel", "aria-label": t.register.title, tabindex: "0" },
    h("p", { class: "muted" }, t.register.lead),
    h("table", null,
      h("thead", null, h("tr", null, heads.map((text) => h("th", { key: text, scope: "col" }, text)))),
      h("tbody", null, lines.map(([id, line]) => row(app, id, line)))));
}

/** @param {import("../main.js").App} app */
function mayAsk(app) {
  return JURY.includes(app.me.role);
}

/** @param {import("../main.js").App} app @param {string} id @param {any} line */
function row(app, id, line) {
  const { columns } = t.register;
  return h("tr", { key: id, class: line.is_cut_off ? "cut" : null, testid: `line-${id}` },
    h("th", { scope: "row" }, line.name, h("span", { class: "block muted" }, t.roles[line.role])),
    h("td", { "data-label": columns.place }, where(app, line)),
    h("td", { "data-label": columns.identity }, identity(app, line)),
    h("td", { "data-label": columns.link }, link(app, line)),
    mayAsk(app) && h("td", { "data-label": columns.acts }, id !== app.state.me && CHECKED.includes(line.role) && (line.doubt ?? null) === null
      && actButton(app, {
        act: { command: "ask_identity_check", participant_id: id }, testid: `act-ask_identity_check-${id}`, kind: "quiet",
        label: t.acts.ask_identity_check, name: t.pair(t.acts.ask_identity_check, line.name),
      })));
}

/** @param {import("../main.js").App} app @param {any} line */
function where(app, line) {
  const attendance = line.attendance ?? null;
  return [
    line.is_cut_off
      ? h("span", { key: "cut", class: "tag alert" }, icon("cut"), t.register.cut)
      : h("span", { key: "room", class: "block" }, t.register.rooms[line.room] ?? (CHECKED.includes(line.role) ? t.register.nowhere : "")),
    attendance !== null && h("span", { key: "how", class: "block muted" },
      [t.register.attendance[attendance], line.place, hour(line.since_ms, app.zone())].filter(Boolean).join(", ")),
  ];
}

/** @param {import("../main.js").App} app @param {any} line */
function identity(app, line) {
  if (!CHECKED.includes(line.role)) return [h("span", { key: "none", class: "muted" }, t.register.noCheck), passkey(app, line)];
  const missing = line.missing ?? null;
  const check = line.check ?? null;
  const authentication = line.authentication ?? null;
  return [
    missing !== null && h("span", { key: "missing", class: "check missing" }, icon("warning"), t.register.missing[missing]),
    check !== null && h("span", { key: "check", class: missing === null ? "check" : "block muted" },
      missing === null && icon("check"), t.register.checked(app.state.people[check.by]?.name ?? "", when(app, check.at_ms))),
    check !== null && h("span", { key: "by", class: "block muted" }, check.document ? t.documentKinds[check.document] : t.register.signIn(check.issuer, check.acr)),
    authentication !== null && h("span", { key: "how", class: "block muted" }, t.deliberation.authentication[authentication]),
    passkey(app, line),
  ];
}

/** @param {import("../main.js").App} app @param {any} line */
function passkey(app, line) {
  return (line.passkey_ms ?? null) !== null && h("span", { key: "passkey", class: "block muted" }, t.register.passkey(when(app, line.passkey_ms)));
}

/** @param {import("../main.js").App} app @param {number} at_ms */
function when(app, at_ms) {
  return `${day(at_ms, app.zone())}, ${hour(at_ms, app.zone())}`;
}

/** @param {import("../main.js").App} app @param {any} line */
function link(app, line) {
  const at = (line.link_ms ?? null) !== null && hourSeconds(line.link_ms, app.zone());
  const text = at ? (line.is_connected ? t.register.since(at) : t.register.gone(at)) : t.register.never;
  return [
    CHECKED.includes(line.role) && h("span", { key: "relay", class: "block" }, text),
    line.connection && h("span", { key: "certificate", class: "block muted" }, t.deliberation.connection(line.connection)),
    line.device_key && h("span", { key: "device", class: "block muted", title: line.device_key }, t.register.device(line.device_key.slice(0, PREFIX), when(app, line.device_ms))),
  ];
}
