/**
 * Acts as buttons: pressed, pending, refused beside the button with the server's reason.
 *
 * What cannot be undone asks twice, on the same button: the second press does it.
 *
 * @typedef {{act: Record<string, unknown>, label: string, testid?: string, key?: string, kind?: string,
 *   confirm?: string | null, check?: () => string | null, describedBy?: string, name?: string, pressed?: boolean}} ActOptions
 */

import { h } from "./dom.js";
import { t } from "./strings.js";

const ARMED_MS = 8_000;
const REFUSAL_MS = 30_000;

/** The state of every act of this page: what is pending, armed, refused. */
export class Acts {
  /** @type {Map<string, {isPending?: boolean, isArmed?: boolean, refusal?: string}>} */
  #states = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {(act: Record<string, unknown>) => Promise<unknown>} send @param {() => void} update */
  constructor(send, update) {
    this.send = send;
    this.update = update;
  }

  /** @param {string} key */
  of(key) {
    return this.#states.get(key) ?? {};
  }

  /** @param {string} key */
  arm(key) {
    this.#put(key, { isArmed: true }, ARMED_MS);
  }

  /** @param {string} key */
  clear(key) {
    this.#put(key, {}, 0);
  }

  /** @param {string} key @param {string} refusal */
  refuse(key, refusal) {
    this.#put(key, { refusal }, REFUSAL_MS);
  }

  /**
   * Do it; a refusal is kept beside the button.
   * @param {string} key @param {() => Promise<unknown>} run @returns {Promise<boolean>} whether it was done
   */
  async run(key, run) {
    if (this.of(key).isPending) return false;
    this.#put(key, { isPending: true }, 0);
    try {
      await run();
      this.clear(key);
      return true;
    } catch (error) {
      this.refuse(key, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** @param {string} key @param {object} state @param {number} kept_ms 0: until changed */
  #put(key, state, kept_ms) {
    clearTimeout(this.#timers.get(key));
    this.#states.set(key, state);
    if (kept_ms > 0) this.#timers.set(key, setTimeout(() => this.clear(key), kept_ms));
    this.update();
  }
}

/** @param {import("./main.js").App} app @param {ActOptions} options */
export function actButton(app, options) {
  const { act, label, confirm = null, kind = "secondary", check } = options;
  const testid = options.testid ?? `act-${act.command}`;
  const key = options.key ?? `${testid}-${subject(act)}`;
  const state = app.acts.of(key);
  const press = () => {
    if (state.isPending) return;
    const problem = check?.() ?? null;
    if (problem !== null) return app.acts.refuse(key, problem);
    if (confirm !== null && !state.isArmed) return app.acts.arm(key);
    void app.acts.run(key, () => app.api.command(act));
  };
  const text = state.isPending ? t.acts.pending : state.isArmed ? confirm : label;
  return h("span", { key, class: "act" },
    h("button", {
      type: "button", testid, class: `button ${state.isArmed ? "danger" : kind}`, onclick: press,
      "aria-disabled": state.isPending ? "true" : null, "aria-label": options.name,
      "aria-pressed": options.pressed === undefined ? null : String(options.pressed),
    }, text),
    state.isArmed && h("button", { type: "button", class: "button quiet", onclick: () => app.acts.clear(key) }, t.acts.cancel),
    refusal(state.refusal));
}

/** Whom or what an act is about. @param {Record<string, unknown>} act */
function subject(act) {
  return act.sitting_id ?? act.participant_id ?? act.candidate_id ?? act.help_id ?? act.appeal_id ?? "";
}

/** @param {string | undefined} text */
export function refusal(text) {
  return text !== undefined && h("p", { class: "refusal", role: "alert", testid: "refusal" }, text);
}

/**
 * An act with a reason, or another text of its own: the button opens the field, its form does it.
 * @param {import("./main.js").App} app
 * @param {{act: Record<string, unknown>, label: string, reasonLabel: string, kind?: string, as?: string, most?: number}} options
 *   `as`: what the act calls the text; `most`: characters of it
 */
export function reasonAct(app, { act, label, reasonLabel, kind = "secondary", as = "reason", most = 500 }) {
  const name = `${act.command}-${subject(act)}`;
  const field = `reason-${name}`;
  const state = app.acts.of(name);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const reason = String(app.ui.get(field) ?? "").trim();
    if (reason === "") return app.acts.refuse(name, reasonLabel);
    if (await app.acts.run(name, () => app.api.command({ ...act, [as]: reason }))) app.setUI(field, "");
  };
  return h("details", { key: name, class: "reason" },
    h("summary", { class: `button ${kind}`, testid: `open-${act.command}` }, `${label}…`),
    h("form", { onsubmit: submit },
      h("label", { for: field }, reasonLabel),
      h("input", {
        id: field, testid: `${act.command}-reason`, maxlength: String(most), autocomplete: "off",
        prop: { value: app.ui.get(field) ?? "" },
        oninput: (/** @type {any} */ event) => app.setUI(field, event.target.value),
      }),
      h("button", { type: "submit", class: "button primary", testid: `act-${act.command}` }, state.isPending ? t.acts.pending : label),
      refusal(state.refusal)));
}
