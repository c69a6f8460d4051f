/** What is said aloud to those who do not watch the screen. One region each, filled, never rebuilt. */

import { h } from "./dom.js";

const KEPT_MS = 6_000;

export class Announcer {
  /** @type {{polite: string, assertive: string}} */
  #texts = { polite: "", assertive: "" };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} update makes the page show it */
  constructor(update) {
    this.update = update;
  }

  /** @param {string} text @param {"polite" | "assertive"} [how] */
  say(text, how = "polite") {
    this.#texts[how] = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#texts = { polite: "", assertive: "" };
      this.update();
    }, KEPT_MS);
    this.update();
  }

  regions() {
    return [
      h("div", { key: "polite", class: "said", "aria-live": "polite", testid: "said-polite" }, this.#texts.polite),
      h("div", { key: "assertive", class: "said", "aria-live": "assertive", testid: "said-assertive" }, this.#texts.assertive),
    ];
  }
}
