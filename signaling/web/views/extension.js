/** The chair's decision on the time of one outage: confirm, shorten or refuse, with a reason. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { hourSeconds, length, whole } from "../format.js";
import { t } from "../strings.js";
import { isDecided, isOpen, outagesOf, side } from "./outages.js";

/** The first outage that waits for a decision, as a form. @param {import("../main.js").App} app @param {any} sitting */
export function extensionPanel(app, sitting) {
  const outage = outagesOf(sitting).find((one) => !isOpen(one) && !isDecided(one));
  if (outage === undefined || !["running", "paused"].includes(sitting.state)) return null;
  const key = `extension-${outage.outage_id}`;
  const seconds = Number(app.ui.get(`${key}-s`) ?? outage.most_s);
  const reason = String(app.ui.get(`${key}-reason`) ?? "").trim();
  const state = app.acts.of(key);
  const decide = (/** @type {number} */ granted_s) => {
    const problem = check(outage, granted_s, reason);
    if (problem !== null) return app.acts.refuse(key, problem);
    const act = { command: "decide_extension", sitting_id: sitting.sitting_id, outage_id: outage.outage_id, granted_s, reason };
    void app.acts.run(key, () => app.api.command(act));
  };
  return h("section", { key, class: "card decision", testid: "extension-panel", "aria-labelledby": `${key}-title` },
    h("h2", { id: `${key}-title` }, t.extension.title),
    h("p", null, t.extension.lead(hourSeconds(outage.start_ms, app.zone(sitting)), length(outage.end_ms - outage.start_ms), side(app, outage))),
    h("p", { class: "muted", id: `${key}-cap` }, t.extension.cap(whole(outage.most_s), whole(sitting.cap_s))),
    h("form", { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); decide(seconds); } },
      field(app, `${key}-s`, t.extension.seconds, {
        type: "number", min: "0", max: String(outage.most_s), step: "1", testid: "extension-seconds",
        "aria-describedby": `${key}-cap`, prop: { value: String(app.ui.get(`${key}-s`) ?? outage.most_s) },
      }),
      field(app, `${key}-reason`, t.extension.reason, {
        testid: "extension-reason", maxlength: "500", autocomplete: "off", prop: { value: app.ui.get(`${key}-reason`) ?? "" },
      }),
      h("div", { class: "buttons" },
        h("button", { key: "grant", type: "submit", class: "button primary", testid: "act-decide_extension" },
          state.isPending ? t.acts.pending : t.extension.confirm(Number.isFinite(seconds) ? seconds : 0)),
        h("button", { key: "refuse", type: "button", class: "button secondary", testid: "act-refuse_extension", onclick: () => decide(0) }, t.extension.refuse)),
      refusal(state.refusal)));
}

/** @param {any} outage @param {number} granted_s @param {string} reason @returns {string | null} what is wrong */
function check(outage, granted_s, reason) {
  if (!Number.isInteger(granted_s) || granted_s < 0 || granted_s > outage.most_s) return t.extension.tooMuch(outage.most_s);
  return granted_s < outage.most_s && reason === "" ? t.extension.reasonNeeded : null;
}

/** @param {import("../main.js").App} app @param {string} name @param {string} label @param {Record<string, any>} props */
function field(app, name, label, props) {
  return h("div", { class: "field" },
    h("label", { for: name }, label),
    h("input", { id: name, ...props, oninput: (/** @type {any} */ event) => app.setUI(name, event.target.value) }));
}
