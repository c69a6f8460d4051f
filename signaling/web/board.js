/**
 * Today's board: the rooms of every session that this browser has an agent's access to.
 *
 * Each session is asked with the access that its own link gave, so this page learns nothing that
 * one of those links does not open. Asked every few seconds, while the board is shown or there is
 * more than one session: what another session needs is then said on every page of this one.
 * Not the session itself: what it is shows on its own page, at once, by its WebSocket.
 *
 * Source: docs/adr/0092.
 */

import { API, Refusal } from "./api.js";
import { AGENTS, watching } from "./keys.js";
import { notices } from "./notices.js";
import { t } from "./strings.js";

const EVERY_MS = 3_000;
/** So old a view may be before the page says that it is. */
const STALE_MS = 8_000;

/** One session: how it is asked, what it last answered, when. */
class Watched {
  /** A BoardView. @type {any} */
  view = null;
  heard = 0;

  /** @param {API} api with the access to this session */
  constructor(api) {
    this.api = api;
  }

  get isStale() {
    return performance.now() - this.heard > STALE_MS;
  }
}

export class Board {
  isShown = false;

  /** @type {Map<string, Watched>} */
  #sessions = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #isAsking = false;

  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
  }

  start() {
    if (!AGENTS.includes(this.app.me.role)) return;
    this.#timer ??= setInterval(() => void this.refresh(), EVERY_MS);
    void this.refresh();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get isOffered() {
    return this.#timer !== undefined;
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.isShown = isShown;
    if (isShown) void this.refresh();
    this.app.update();
  }

  /** The sessions of this person's office that have a room today or a call, the earliest first. @returns {Watched[]} */
  sessions() {
    const office = this.app.me.office_id;
    return [...this.#sessions.values()]
      .filter(({ view }) => view !== null && view.people[view.me]?.office_id === office)
      .filter(({ view }) => Object.keys(view.sittings).length + Object.keys(view.helps).length > 0)
      .sort((a, b) => start(a.view) - start(b.view));
  }

  /** Calls for help that nobody has answered, of all sessions. */
  get calls() {
    return this.sessions().reduce((sum, { view }) => sum + Object.keys(view.helps).length, 0);
  }

  /** Ask every session how it stands, unless nobody would see the answer. */
  async refresh() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const identities = await watching();
      const own = this.app.api.identity?.session_id ?? "";
      this.#keep(identities, own);
      if (this.isShown || this.#sessions.size > 1) {
        await Promise.all([...this.#sessions].map(([id, one]) => this.#ask(id, one, id === own)));
      }
    } finally {
      this.#isAsking = false;
    }
    this.app.update();
  }

  /** Have one entry for each access there is now. @param {import("./keys.js").Identity[]} identities @param {string} own */
  #keep(identities, own) {
    const ids = new Set([own, ...identities.map(({ session_id }) => session_id ?? "")]);
    for (const id of this.#sessions.keys()) if (!ids.has(id)) this.#sessions.delete(id);
    if (!this.#sessions.has(own)) this.#sessions.set(own, new Watched(this.app.api));
    for (const identity of identities) {
      const id = identity.session_id ?? "";
      if (id === own) continue;
      const one = this.#sessions.get(id) ?? new Watched(new API());
      one.api.identity = identity;
      this.#sessions.set(id, one);
    }
  }

  /** @param {string} id @param {Watched} one @param {boolean} isOwn */
  async #ask(id, one, isOwn) {
    try {
      const view = await one.api.board();
      // Of its own session the page says everything itself.
      if (!isOwn) this.#say(one.view, view);
      one.view = view;
      one.heard = performance.now();
    } catch (error) {
      if (!(error instanceof Refusal)) return; // Nobody answered: what there is grows stale, and says so.
      one.view = null;
      console.warn("board.refused", error.code);
    }
  }

  /** @param {any} before @param {any} after */
  #say(before, after) {
    if (after.people[after.me]?.office_id !== this.app.me.office_id) return;
    for (const { text, how } of notices(before, after)) this.app.announcer.say(t.pair(after.session.title, text), how);
  }
}

/** @param {any} view @returns {number} when its first room begins */
function start(view) {
  return Math.min(...Object.values(view.sittings).map(({ planned_ms }) => planned_ms));
}
