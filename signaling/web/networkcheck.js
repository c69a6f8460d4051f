/** The trial of the network, from the button to the stored result; the picture of it is a view's. */

import { EchoCall, WAYS } from "./echo.js";
import { verdict } from "./verdict.js";

/** @typedef {"untried" | "trying" | "open" | "closed" | "absent"} WayState */

export class NetworkCheck {
  /** @type {"idle" | "ways" | "call" | "done"} */
  phase = "idle";
  /** @type {Record<import("./echo.js").Way, WayState>} */
  ways = { udp: "untried", tcp: "untried", turn: "untried" };
  /** Seconds of the call so far. */
  second = 0;
  /** @type {import("./echo.js").Measured | null} */
  measured = null;
  /** @type {ReturnType<typeof verdict> | null} */
  verdict = null;
  /** Whether the result was stored; the reason, where it was not. @type {true | string | null} */
  stored = null;
  /** @type {EchoCall | null} */
  #call = null;

  /** @param {import("./api.js").API} api @param {import("./socket.js").Socket} socket @param {() => void} update */
  constructor(api, socket, update) {
    this.api = api;
    this.socket = socket;
    this.update = update;
  }

  get isGoing() {
    return this.phase === "ways" || this.phase === "call";
  }

  /** What comes back from the relay, while the call goes on. */
  get returned() {
    return this.phase === "call" ? (this.#call?.returned ?? null) : null;
  }

  /** Try every way, then call for ten seconds, then store what was found. @param {MediaStream} local */
  async run(local) {
    this.stop();
    const call = new EchoCall(this.api, this.socket, local);
    this.#call = call;
    Object.assign(this, { ways: { udp: "untried", tcp: "untried", turn: "untried" }, second: 0, measured: null, verdict: null, stored: null });
    for (const way of WAYS) {
      this.#show("ways", { ways: { ...this.ways, [way]: "trying" } });
      const isOpen = await call.tries(way);
      if (call !== this.#call) return;
      this.#show("ways", { ways: { ...this.ways, [way]: isOpen === null ? "absent" : isOpen ? "open" : "closed" } });
    }
    this.#show("call", {});
    const measured = await call.call((second) => this.#show("call", { second }));
    if (call !== this.#call) return;
    this.#show("done", { measured, verdict: verdict(measured) });
    await this.#store();
  }

  /** End what goes on; what was found stays. */
  stop() {
    this.#call?.stop();
    this.#call = null;
    if (this.phase !== "done") this.phase = "idle";
  }

  async #store() {
    const { path = null, rtt_ms = null, lost_permille = null, jitter_ms = null, bitrate_bps = null, frames_per_s = null } = this.measured ?? {};
    try {
      await this.api.command({
        command: "record_device_check", browser: browserName(), path, verdict: this.verdict?.level,
        open_paths: WAYS.filter((way) => this.ways[way] === "open"),
        rtt_ms, lost_permille, jitter_ms, bitrate_bps, frames_per_s,
      });
      this.#show("done", { stored: true });
    } catch (error) {
      this.#show("done", { stored: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {NetworkCheck["phase"]} phase @param {Partial<NetworkCheck>} changed */
  #show(phase, changed) {
    Object.assign(this, changed, { phase });
    this.update();
  }
}

/** Name and version, and nothing else that would tell one device from another. */
function browserName() {
  const known = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent.replace(/Chrome\/\d+(?=.*Edg\/)/, ""));
  if (known === null) return "?";
  return `${{ Edg: "Edge", Version: "Safari" }[known[1]] ?? known[1]} ${known[2]}`;
}
