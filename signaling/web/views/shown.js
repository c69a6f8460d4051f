/** Documents before the whole jury: what one member shows, every member has (J3). */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { t } from "../strings.js";
import { present } from "./decisions.js";
import { documentLine } from "./documents.js";

const KEY = "show_document";

/** @param {import("../main.js").App} app */
export function shownDocuments(app) {
  const { documents, is_open } = app.deliberation;
  const shown = Object.entries(documents);
  const mayShow = is_open && present(app).includes(app.state.me);
  if (shown.length === 0 && !mayShow) return null;
  return h("section", { key: "shown", class: "card", testid: "shown" },
    h("h2", null, t.deliberation.shown),
    h("ul", { class: "lines documents" }, shown.map(([name, one]) => documentLine(app, { ...one, name }))),
    mayShow && form(app));
}

/** @param {import("../main.js").App} app */
function form(app) {
  const state = app.acts.of(KEY);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.querySelector("input[type=file]");
    const [file] = field.files;
    if (file === undefined) return app.acts.refuse(KEY, t.deliberation.chooseFile);
    const isDone = await app.acts.run(KEY, async () => {
      const kept = await app.api.upload(file);
      await app.api.command({ command: "show_document", title: file.name.replace(/\.pdf$/i, "").slice(0, 200), ...kept });
    });
    if (isDone) field.value = "";
  };
  return h("form", { key: "form", class: "field", onsubmit: submit },
    h("label", { for: "shown-file" }, t.deliberation.showLabel),
    h("input", { id: "shown-file", testid: "shown-file", type: "file", accept: "application/pdf" }),
    h("button", { type: "submit", class: "button secondary", testid: "act-show_document" }, state.isPending ? t.acts.pending : t.acts.show_document),
    refusal(state.refusal));
}
