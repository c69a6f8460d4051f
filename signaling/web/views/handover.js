/** A link to hand over: copied, photographed, or sent by mail where this installation can. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { t } from "../strings.js";

/**
 * The link with its ways to the person.
 * @param {import("../main.js").App} app
 * @param {{participant_id: string, link: string, link_qr: QR, can_mail: boolean}} issued as the server gave it
 * @param {string} label @param {string} testid
 * @typedef {{side: number, path: string}} QR
 */
export function handover(app, issued, label, testid) {
  const isShown = `qr-${issued.participant_id}`, isWritten = `mail-${issued.participant_id}`;
  return h("div", { key: testid, class: "handover" },
    h("div", { class: "issued-line stacked" },
      h("span", { class: "issued-label" }, label),
      h("code", { testid }, issued.link),
      h("div", { class: "buttons" },
        copyButton(app, issued.link, label),
        toggle(app, isShown, t.handover.qr, "handover-qr"),
        issued.can_mail && toggle(app, isWritten, t.handover.mail, "handover-mail"))),
    app.ui.get(isShown) && qr(issued.link_qr, t.handover.qrLabel, "link-qr"),
    app.ui.get(isWritten) && mailForm(app, issued));
}

/** @param {import("../main.js").App} app @param {string} text @param {string} label of what is copied */
export function copyButton(app, text, label) {
  return h("button", { type: "button", class: "button secondary", "aria-label": t.pair(t.acts.copy, label), onclick: () => copy(app, text) }, t.acts.copy);
}

/** What somebody's device photographs. @param {QR} code @param {string} label @param {string} testid */
export function qr({ side, path }, label, testid) {
  return h("svg", { key: testid, class: "qr", testid, viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label },
    h("rect", { width: side, height: side, class: "qr-paper" }), h("path", { d: path, class: "qr-ink" }));
}

/** @param {import("../main.js").App} app @param {string} name of what is shown or not @param {string} text @param {string} testid */
function toggle(app, name, text, testid) {
  const isOpen = app.ui.get(name) ?? false;
  return h("button", { type: "button", class: "button secondary", testid, "aria-expanded": String(isOpen), onclick: () => app.setUI(name, !isOpen) }, text);
}

/** @param {import("../main.js").App} app @param {any} issued */
function mailForm(app, issued) {
  const id = `address-${issued.participant_id}`;
  const state = app.acts.of(id);
  const sent = app.ui.get(`sent-${issued.link}`) ?? null;
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const address = String(app.ui.get(id) ?? "").trim();
    const secret = issued.link.split("#invitation=")[1];
    if (!await app.acts.run(id, () => app.api.mailInvitation(issued.participant_id, secret, address))) return;
    app.setUI(id, "");
    app.setUI(`sent-${issued.link}`, t.handover.sent(address, hour(app.socket.clock.now(), app.zone())));
  };
  return h("form", { key: "mail", class: "mail-form", onsubmit: submit },
    h("label", { for: id }, t.handover.address),
    h("input", {
      id, testid: "mail-address", type: "email", required: true, maxlength: "254", autocomplete: "off", "aria-describedby": `${id}-help`,
      prop: { value: app.ui.get(id) ?? "" },
      oninput: (/** @type {any} */ event) => app.setUI(id, event.target.value),
    }),
    h("p", { id: `${id}-help`, class: "muted" }, t.handover.addressHelp),
    h("button", { type: "submit", class: "button primary", testid: "mail-send" }, state.isPending ? t.handover.sending : t.handover.send),
    h("p", { role: "status", testid: "mail-sent" }, sent ?? ""),
    refusal(state.refusal));
}

/** @param {import("../main.js").App} app @param {string} text */
async function copy(app, text) {
  try {
    await navigator.clipboard.writeText(text);
    app.announcer.say(t.acts.copied);
  } catch {
    app.announcer.say(t.acts.copyRefused, "assertive");
  }
}
