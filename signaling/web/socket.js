/**
 * The one WebSocket of this page: the state, kept equal to the server's, through drops.
 *
 * A connection that is silent for two seconds counts as cut although it may only sleep: a new one
 * is tried beside it, and the first of the two to speak is used. So the page is back within about
 * a second of the network, whatever the old connection's timers say.
 *
 * Events: `state` (the view changed), `link` (silent or heard again), `draining` (the server is about
 * to be replaced), `message` (detail: any other message), `lost` (another server process answers),
 * `stopped` (detail: "revoked", "superseded", "signedOut", "unauthenticated": this page may not come
 * back by itself).
 *
 * Source: docs/protocol.md.
 */

import { API, Refusal } from "./api.js";
import { merge } from "./merge.js";
import { ServerClock } from "./timing.js";

const SILENT_MS = 2_000;
const WATCH_MS = 100;
const PING_MS = 2_000;
const FIRST_PINGS_MS = [50, 250, 600];
const ATTEMPT_MS = 2_500;
const BACKOFF_MS = { least: 250, most: 1_000 };
const REFUSED = new Map([["access_revoked", "revoked"], ["access_signed_out", "signedOut"]]);
const STOP = new Map([[4403, "revoked"], [4409, "superseded"], [4410, "signedOut"]]);

export class Socket extends EventTarget {
  /** Null before the first snapshot. @type {import("./protocol").View | null} */
  state = null;
  /** @type {string | null} */
  epoch = null;
  clock = new ServerClock();
  /** When this page last heard from the server, on its monotonic clock. */
  heard = performance.now();
  isSilent = false;
  isOpen = false;
  /** Whether this server takes nothing on any more, and will be replaced by another. */
  isDraining = false;

  #seq = 0;
  /** @type {WebSocket | null} */
  #current = null;
  /** @type {WebSocket | null} */
  #attempt = null;
  #isTrying = false;
  #isStopped = false;
  #backoff_ms = BACKOFF_MS.least;
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];
  /** @type {Map<number, number>} */
  #pings = new Map();
  #pingId = 0;
  /** What waits for its answer. @type {Map<number, (message: any) => void>} */
  #asked = new Map();
  #askId = 0;

  /** @param {API} api */
  constructor(api) {
    super();
    this.api = api;
  }

  start() {
    this.#timers.push(setInterval(() => this.#watch(), WATCH_MS), setInterval(() => this.#ping(), PING_MS));
    void this.#try();
  }

  /** @param {string} reason */
  stop(reason) {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.isOpen = false;
    this.#timers.forEach(clearInterval);
    this.#drop(this.#current);
    this.#drop(this.#attempt);
    this.#emit("stopped", reason);
  }

  /** @param {Record<string, unknown>} message @returns {boolean} false: there is no link to send it on */
  send(message) {
    if (this.#current?.readyState !== WebSocket.OPEN) return false;
    this.#current.send(JSON.stringify(message));
    return true;
  }

  /** Ask, and wait for what answers it by its number. @param {Record<string, unknown>} message @param {number} due_ms @returns {Promise<any>} null: nothing came in time */
  ask(message, due_ms) {
    this.#askId += 1;
    const id = this.#askId;
    return new Promise((resolve) => {
      const done = (/** @type {any} */ answer) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => done(null), due_ms);
      this.#asked.set(id, done);
      if (!this.send({ ...message, id })) done(null);
    });
  }

  /** See to it that a silent link is shown, and replaced. */
  #watch() {
    const isSilent = performance.now() - this.heard > SILENT_MS;
    if (isSilent !== this.isSilent) {
      this.isSilent = isSilent;
      this.#emit("link", null);
    }
    if (isSilent && !this.#isTrying) void this.#try();
  }

  /** Try until a connection stands, the old one speaks again, or there is a reason to stop. */
  async #try() {
    this.#isTrying = true;
    while (!this.#isStopped && !(this.#current !== null && !this.isSilent)) {
      try {
        if (await this.#connect()) break;
      } catch (error) {
        if (error instanceof Refusal && [401, 403].includes(error.status)) {
          this.stop(REFUSED.get(error.code) ?? "unauthenticated");
          break;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, this.#backoff_ms * (0.75 + Math.random() / 2)));
      this.#backoff_ms = Math.min(this.#backoff_ms * 2, BACKOFF_MS.most);
    }
    this.#isTrying = false;
  }

  /** @returns {Promise<boolean>} whether the server took us in */
  async #connect() {
    const ticket = await this.api.ticket(ATTEMPT_MS);
    const proof = await this.api.proof("GET", "/api/ws", ticket);
    if (this.#isStopped || (this.#current !== null && !this.isSilent)) return false;
    const url = new URL("/api/ws", location.href);
    // Where several servers share the work, whoever is asked finds by this the one that has our session.
    url.searchParams.set("session", this.api.identity?.session_id ?? "");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#attempt = socket;
    const isTakenIn = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ATTEMPT_MS);
      socket.onopen = () => socket.send(JSON.stringify(this.#hello(ticket, proof)));
      socket.onmessage = (event) => {
        this.#adopt(socket);
        this.#receive(event);
        clearTimeout(timer);
        resolve(true);
      };
      socket.onclose = (event) => {
        clearTimeout(timer);
        if (STOP.has(event.code)) this.stop(/** @type {string} */ (STOP.get(event.code)));
        resolve(false);
      };
    });
    this.#attempt = null;
    if (!isTakenIn) this.#drop(socket);
    return isTakenIn;
  }

  /** @param {string} ticket @param {string} proof */
  #hello(ticket, proof) {
    const resume = this.epoch === null ? null : { epoch: this.epoch, seq: this.#seq };
    return { type: "hello", v: 1, ticket, proof, resume };
  }

  /** @param {WebSocket} socket */
  #adopt(socket) {
    this.#drop(this.#current);
    this.#current = socket;
    this.#backoff_ms = BACKOFF_MS.least;
    this.isOpen = true;
    this.#pings.clear();
    socket.onmessage = (event) => this.#receive(event);
    socket.onclose = (event) => this.#closed(socket, event.code);
    FIRST_PINGS_MS.forEach((delay) => setTimeout(() => this.#ping(), delay));
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#current) return;
    this.#current = null;
    this.isOpen = false;
    // While we are about to replace it, it is our own new connection that supersedes it.
    if (STOP.has(code) && this.#attempt === null) return this.stop(/** @type {string} */ (STOP.get(code)));
    this.#emit("link", null);
    if (!this.#isTrying) void this.#try();
  }

  /** @param {WebSocket | null} socket */
  #drop(socket) {
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    if (socket === this.#current) this.#current = null;
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    const now = performance.now();
    const message = JSON.parse(event.data);
    this.heard = now;
    if (this.isSilent) this.#watch();
    if (message.type === "pong") return this.#pong(message, now);
    if (typeof message.server_ms === "number") this.clock.tick(message.server_ms, now);
    if (message.type === "snapshot") return this.#snapshot(message);
    if (message.type === "delta") return this.#delta(message);
    if (message.type === "resumed") return this.#emit("resumed", message);
    if (message.type === "draining") return this.#drain();
    const asked = this.#asked.get(message.id);
    if (asked !== undefined) return asked(message);
    if (message.type !== "tick") this.#emit("message", message);
  }

  /** @param {any} message */
  #snapshot(message) {
    const isOther = this.epoch !== null && this.epoch !== message.epoch;
    if (isOther) this.clock.reset();
    if (isOther) this.isDraining = false;
    this.clock.tick(message.server_ms, performance.now());
    this.epoch = message.epoch;
    this.#seq = message.seq;
    this.state = message.state;
    this.#emit("state", null);
    if (isOther) this.#emit("lost", null);
    this.#emit("resumed", message);
  }

  /** @param {any} message */
  #delta(message) {
    if (message.seq <= this.#seq) return;
    if (message.seq > this.#seq + 1) {
      this.epoch = null; // A gap: ask for the whole state again.
      this.#current?.close();
      return;
    }
    this.#seq = message.seq;
    this.state = merge(this.state, message.patch);
    this.#emit("state", null);
  }

  /** Told again at each connection: heard once. */
  #drain() {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#emit("draining", null);
  }

  #ping() {
    this.#pingId += 1;
    this.#pings.set(this.#pingId, performance.now());
    if (!this.send({ type: "ping", id: this.#pingId })) this.#pings.clear();
  }

  /** @param {any} message @param {number} now */
  #pong(message, now) {
    const sent = this.#pings.get(message.id);
    this.#pings.delete(message.id);
    if (sent !== undefined) this.clock.pong(message.server_ms, sent, now);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
