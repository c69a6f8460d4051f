/** Where a member of the jury writes down what is for themself alone. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { LONGEST, read, write } from "../notes.js";
import { t } from "../strings.js";

const CLOSED = ["closed", "sealed"];

/** Notes on a candidate, folded away until they are wanted. @param {import("../main.js").App} app @param {string} candidateId */
export function notesOn(app, candidateId) {
  const { me, session } = app.state;
  const owner = { session_id: session.session_id, participant_id: me };
  const text = read(owner, candidateId);
  const isClosed = CLOSED.includes(session.phase);
  if (isClosed && text === "") return null;
  const [id, failed] = [`notes-${candidateId}`, `notes-failed-${candidateId}`];
  return h("details", { key: id, class: "reason notes", testid: id },
    h("summary", { class: "button quiet" }, text === "" ? t.notes.title : t.notes.written),
    h("label", { for: id }, t.notes.on(app.person(candidateId).name)),
    h("textarea", {
      // A spelling checker may send what it checks.
      id, testid: `text-${id}`, rows: "8", maxlength: String(LONGEST), autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-help`,
      readonly: isClosed, prop: { value: text },
      oninput: (/** @type {any} */ event) => app.setUI(failed, !write(owner, candidateId, event.target.value)),
    }),
    refusal(app.ui.get(failed) ? t.notes.failed : undefined),
    h("p", { id: `${id}-help`, class: "muted" }, t.notes.help));
}
