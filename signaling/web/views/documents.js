/** Documents: read in a new tab or kept. Each is fetched with a proof, so no link alone opens one. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";

const KEPT_MS = 60_000;

/** @param {import("../main.js").App} app */
export function documentsCard(app) {
  const all = Object.values(app.state.documents);
  if (all.length === 0) return null;
  return h("section", { key: "documents", class: "card", testid: "documents" },
    h("h2", null, t.documents.title),
    h("ul", { class: "lines documents" }, all.map((one) => documentLine(app, one))));
}

/** @param {import("../main.js").App} app @param {{name: string, title: string, path: string}} one */
export function documentLine(app, one) {
  const key = `document-${one.name}`;
  const state = app.acts.of(key);
  const isPDF = one.path.endsWith(".pdf");
  const run = (/** @type {(url: string) => void} */ use) => () => app.acts.run(key, async () => {
    const url = URL.createObjectURL(await app.api.document(one.path));
    use(url);
    setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  });
  return h("li", { key, class: "document", testid: `document-${one.name}` },
    h("span", { class: "line-main" }, icon("document"), one.title),
    state.isPending && h("span", { class: "muted", role: "status" }, t.documents.opening),
    h("span", { class: "buttons" },
      isPDF && h("button", { key: "read", type: "button", class: "button secondary", testid: `read-${one.name}`, "aria-label": t.documents.readOf(one.title), onclick: run((url) => read(url, one.path)) }, t.documents.read),
      h("button", {
        key: "keep", type: "button", class: "button secondary", testid: `download-${one.name}`, "aria-label": t.documents.downloadOf(one.title),
        onclick: run((url) => keep(url, one.path)),
      }, t.documents.download)),
    refusal(state.refusal));
}

/** @param {string} url @param {string} path */
function read(url, path) {
  // A browser that opens no new tab can still keep the file.
  if (window.open(url, "_blank") === null) keep(url, path);
}

/** @param {string} url @param {string} path */
function keep(url, path) {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = path.split("/").at(-1) ?? "";
  anchor.click();
}
