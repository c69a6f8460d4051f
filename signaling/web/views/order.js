/** Order in the room of a sitting: who is muted, who is sent out; told to whom it happens, on every page of theirs. */

import { actButton, reasonAct } from "../acts.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

const UNDER_WAY = ["admitted", "running", "paused"];

/** For the chair and the organising office. @param {import("../main.js").App} app @param {any} sitting */
export function orderActs(app, sitting) {
  if (!UNDER_WAY.includes(sitting.state)) return null;
  const { sitting_id } = sitting;
  const others = [sitting.candidate_id, sitting.assistant_id, ...sitting.examiner_ids]
    .filter((id) => (id ?? null) !== null && id !== app.state.me && app.person(id).role !== "chair");
  const field = `order-${sitting_id}`;
  const asked = app.ui.get(field);
  const participant_id = others.includes(asked) ? asked : others[0];
  return h("details", { key: "order", class: "reason", testid: `order-${sitting_id}` },
    h("summary", { class: "button quiet", testid: "open-order" }, `${t.order.title}…`),
    h("div", { class: "order" },
      h("label", { for: field }, t.order.who),
      h("select", { id: field, testid: "order-who", onchange: (/** @type {any} */ event) => app.setUI(field, event.target.value) },
        others.map((id) => h("option", { key: id, value: id, selected: id === participant_id }, app.person(id).name))),
      h("div", { class: "buttons" }, muteAct(app, sitting, participant_id), sendAct(app, sitting, participant_id)),
      words(app, sitting).map((text) => h("p", { key: text, class: "muted" }, text))));
}

/** @param {import("../main.js").App} app @param {any} sitting @param {string} participant_id */
function muteAct(app, { sitting_id, muted }, participant_id) {
  const streams = muted[participant_id] ?? [];
  const isMuted = streams.includes("audio");
  return actButton(app, {
    act: { command: "set_muted", sitting_id, participant_id, audio: !isMuted, video: streams.includes("video") },
    key: `set_muted-${participant_id}`, label: isMuted ? t.order.unmute : t.order.mute,
  });
}

/** @param {import("../main.js").App} app @param {any} sitting @param {string} participant_id */
function sendAct(app, { sitting_id, sent_out }, participant_id) {
  if (sent_out.includes(participant_id)) {
    return actButton(app, { act: { command: "let_back_in", sitting_id, participant_id }, key: `let_back_in-${participant_id}`, label: t.order.letBackIn });
  }
  return reasonAct(app, { act: { command: "send_out", sitting_id, participant_id }, label: t.order.sendOut, reasonLabel: t.order.sendOutReason });
}

/** @param {import("../main.js").App} app @param {any} sitting @returns {string[]} */
function words(app, { muted, sent_out }) {
  const names = (/** @type {string[]} */ ids) => ids.map((id) => app.person(id).name).join(", ");
  return [
    Object.keys(muted).length > 0 && t.order.muted(names(Object.keys(muted))),
    sent_out.length > 0 && t.order.out(names(sent_out)),
  ].filter((text) => text !== false);
}

/** What was done to the reader. @param {import("../main.js").App} app */
export function ownOrder(app) {
  const { me, sittings, sitting_id } = app.state;
  const sitting = sittings[sitting_id ?? ""];
  if (sitting === undefined || !UNDER_WAY.includes(sitting.state)) return null;
  const isOut = sitting.sent_out.includes(me);
  if (!isOut && !(me in sitting.muted)) return null;
  return h("div", { key: "order", class: "banner warn", role: "alert", testid: "own-order" },
    icon(isOut ? "stop" : "micOff"), h("p", { class: "banner-title" }, isOut ? t.order.ownOut : t.order.ownMuted));
}
