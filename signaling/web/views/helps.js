/** Calls for help, for the agents: the unanswered ones on top, on every page of theirs. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hourSeconds } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

/** @param {import("../main.js").App} app */
export function helpCalls(app) {
  const all = Object.values(app.state.helps).sort((a, b) => a.at_ms - b.at_ms);
  const open = all.filter((help) => (help.answered_ms ?? null) === null);
  const answered = all.filter((help) => (help.answered_ms ?? null) !== null);
  const zone = app.zone();
  return h("section", { key: "helps", class: `card ${open.length > 0 ? "calling" : ""}`, testid: "helps" },
    h("h2", null, open.length > 0 && icon("help"), t.help.title),
    all.length === 0 && h("p", { class: "muted" }, t.help.none),
    open.map((help) => h("div", { key: help.help_id, class: "call" },
      h("p", { class: "strong" }, t.help.from(app.person(help.participant_id).name, hourSeconds(help.at_ms, zone))),
      actButton(app, { act: { command: "answer_help", help_id: help.help_id }, label: t.acts.answer_help, kind: "primary" }))),
    answered.length > 0 && h("ul", { class: "lines" }, answered.map((help) => h("li", { key: help.help_id, class: "muted" },
      t.help.answered(app.person(help.participant_id).name, hourSeconds(help.at_ms, zone), hourSeconds(help.answered_ms ?? help.at_ms, zone))))));
}
