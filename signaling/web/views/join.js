/** Before the session: the link, the code if one is needed, refusals, and why this page stopped. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { t } from "../strings.js";

const CODE_DIGITS = 8;
const TOTP_DIGITS = 6;

/** @param {import("../main.js").App} app */
export function joinView(app) {
  const views = /** @type {Record<string, () => import("../dom.js").Element_>} */ ({
    boot: () => panel(t.join.title, h("p", { role: "status" }, t.join.checking)),
    noLink: () => panel(t.join.noLinkTitle, h("p", null, t.join.noLink)),
    unsafe: () => panel(t.join.unsafeTitle, h("p", null, t.join.unsafe)),
    code: () => codeForm(app, t.join.code, CODE_DIGITS),
    totp: () => codeForm(app, t.join.totp, TOTP_DIGITS),
    openid: () => signIn(app),
    passkey: () => passkey(app),
    refused: () => refused(app),
    stopped: () => stopped(app),
  });
  return h("main", { key: "join", id: "content", class: "entry" }, views[app.mode]());
}

/** @param {string} title @param {...import("../dom.js").Child} children */
function panel(title, ...children) {
  return h("section", { key: title, class: "card entry-card" },
    h("p", { class: "wordmark" }, t.product), h("h1", null, title), children);
}

/**
 * @param {import("../main.js").App} app
 * @param {{title: string, help: string, label: string, short: string}} asked
 * @param {number} length in digits
 */
function codeForm(app, asked, length) {
  const code = String(app.ui.get("code") ?? "");
  const state = app.acts.of("redeem");
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const digits = code.replace(/\s/g, "");
    if (!/^\d+$/.test(digits) || digits.length !== length) return app.acts.refuse("redeem", asked.short);
    void app.joining.redeem(digits);
  };
  return panel(asked.title,
    h("p", { id: "code-help" }, asked.help),
    h("form", { onsubmit: submit },
      h("label", { for: "code" }, asked.label),
      h("input", {
        id: "code", testid: "code-input", class: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "11",
        "aria-describedby": "code-help", prop: { value: code },
        hook: (/** @type {any} */ element) => app.focusOnce("code", element),
        oninput: (/** @type {any} */ event) => app.setUI("code", event.target.value),
      }),
      h("button", { type: "submit", class: "button primary", testid: "code-submit" }, state.isPending ? t.join.checking : t.join.submit),
      refusal(state.refusal)));
}

/** @param {import("../main.js").App} app */
function signIn(app) {
  const state = app.acts.of("redeem");
  return panel(t.join.openid.title,
    h("p", null, t.join.openid.help),
    h("button", { type: "button", class: "button primary", testid: "openid-begin", onclick: () => void app.joining.signIn() },
      state.isPending ? t.join.openid.leaving : t.join.openid.submit),
    refusal(state.refusal));
}

/** @param {import("../main.js").App} app */
function passkey(app) {
  const state = app.acts.of("redeem");
  const texts = t.join.passkey[app.joining.passkey?.ceremony ?? "authentication"];
  return panel(texts.title,
    h("p", null, texts.what),
    h("ol", null, texts.steps.map((step) => h("li", { key: step }, step))),
    h("button", { type: "button", class: "button primary", testid: "passkey-use", onclick: () => void app.joining.usePasskey() },
      state.isPending ? t.join.passkey.waiting : texts.submit),
    refusal(state.refusal),
    h("p", { class: "muted" }, texts.help));
}

/** @param {import("../main.js").App} app */
function refused(app) {
  const { message, isPassing } = app.joining.refused ?? { message: "", isPassing: true };
  return panel(t.join.refusedTitle,
    h("p", { class: "notice warn", role: "alert", testid: "join-refused" }, message),
    isPassing
      ? h("button", { type: "button", class: "button primary", testid: "join-retry", onclick: () => void app.joining.redeem(null) }, t.join.retry)
      : h("p", { class: "muted" }, t.join.refusedHelp));
}

/** @param {import("../main.js").App} app */
function stopped(app) {
  const { title, text } = t.stopped[app.stopReason] ?? t.stopped.unauthenticated;
  return panel(title, h("p", { role: "alert", testid: `stopped-${app.stopReason}` }, text),
    app.stopReason === "superseded" && h("button", { type: "button", class: "button primary", onclick: () => location.reload() }, t.takeOver));
}
