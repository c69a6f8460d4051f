/** What was registered in the person's name, told once on each device, for them to contradict. */

import { h } from "../dom.js";
import { day, hour } from "../format.js";
import * as keys from "../keys.js";
import { t } from "../strings.js";

/** @param {import("../main.js").App} app */
export function ownAccess(app) {
  const identity = /** @type {keys.Identity} */ (app.api.identity);
  const said = texts(app);
  if (said.length === 0 || identity.is_told) return null;
  const understood = () => {
    identity.is_told = true;
    void keys.keep(identity);
    app.update();
  };
  return h("section", { key: "own-access", class: "notice own-access", role: "status", testid: "own-access" },
    h("div", null, said.map((text) => h("p", { key: text }, text)), h("p", { class: "muted" }, t.ownAccess.help)),
    h("button", { type: "button", class: "button secondary", testid: "own-access-read", onclick: understood }, t.ownAccess.understood));
}

/** @param {import("../main.js").App} app @returns {string[]} */
function texts(app) {
  const { opened_ms, earlier_ms = null, passkey_ms = null } = app.state.access ?? {};
  const when = (/** @type {number} */ at_ms) => `${day(at_ms, app.zone())}, ${hour(at_ms, app.zone())}`;
  return [
    passkey_ms !== null && (passkey_ms === opened_ms ? t.ownAccess.passkeyMade(when(passkey_ms)) : t.ownAccess.passkey(when(passkey_ms))),
    earlier_ms !== null && t.ownAccess.earlier(when(earlier_ms)),
  ].filter((text) => text !== false);
}
