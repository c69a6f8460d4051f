/**
 * A call with oneself through the relay: which ways the network leaves open, how good the call is.
 *
 * Each way is tried by a connection of its own that has no other: UDP and TCP by what is left of the
 * relay's addresses, TURN by the browser's own policy. The call takes the way that the exam would.
 * Nobody else is in it, and nothing of it is the exam's.
 *
 * Source: W3C webrtc-stats; RFC 8445 (ICE candidates), RFC 6544 (TCP), RFC 8656 (TURN).
 *
 * @typedef {"udp" | "tcp" | "turn"} Way
 * @typedef {{path: Way, has_sound: boolean, rtt_ms: number, lost_permille: number, jitter_ms: number, bitrate_bps: number, frames_per_s: number | null}} Measured
 */

import { ANSWER_MS, fingerprintOf, prefer, waysOut } from "./offer.js";

/** @type {Way[]} */
export const WAYS = ["udp", "tcp", "turn"];
export const CALL_S = 10;
/** A way that is not open by then would make nobody's exam. */
const TRY_MS = 5_000;
/** The browser finds out what the path carries: what is measured before says little. */
const SETTLING_S = 3;

export class EchoCall {
  /** What comes back. */
  returned = new MediaStream();
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  #isStopped = false;

  /** @param {import("./api.js").API} api @param {import("./socket.js").Socket} socket @param {MediaStream} local */
  constructor(api, socket, local) {
    this.api = api;
    this.socket = socket;
    this.local = local;
  }

  /** End whatever goes on; the devices stay open. */
  stop() {
    this.#isStopped = true;
    this.#pc?.close();
  }

  /** Whether the relay can be reached by this way; null: the installation has no such way. @param {Way} way @returns {Promise<boolean | null>} */
  async tries(way) {
    const isOpen = await this.#connect(way);
    this.#pc?.close();
    return isOpen;
  }

  /** Call for ten seconds. @param {(second: number) => void} show @returns {Promise<Measured | null>} null: there was no way, or it was ended */
  async call(show) {
    if (!(await this.#connect(null)) || this.#pc === null) return null;
    const pc = this.#pc;
    const trips = [];
    let before = await read(pc);
    for (let second = 1; second <= CALL_S && !this.#isStopped; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const now = await read(pc);
      if (now.rtt_ms !== null) trips.push(now.rtt_ms);
      if (second === SETTLING_S) before = now;
      show(second);
    }
    const after = await read(pc);
    pc.close();
    return this.#isStopped ? null : measured(before, after, trips, this.local.getVideoTracks().length > 0);
  }

  /** @param {Way | null} way the only one; null: as the exam would @returns {Promise<boolean | null>} */
  async #connect(way) {
    this.#pc?.close();
    const pc = this.#open();
    this.#pc = pc;
    try {
      const offer = await pc.createOffer();
      const given = await this.api.mediaToken(fingerprintOf(offer.sdp ?? ""), true);
      if (way === "turn" && given.ice_servers.length === 0) return null;
      pc.setConfiguration({ ...pc.getConfiguration(), ...configured(way, given) });
      await pc.setLocalDescription(offer);
      const message = await this.socket.ask(
        { type: "offer", sdp: pc.localDescription?.sdp, media_token: given.media_token, is_echo: true }, ANSWER_MS);
      if (message?.type !== "answer" || this.#isStopped) return false;
      await pc.setRemoteDescription({ type: "answer", sdp: only(way, message.sdp) });
    } catch (error) {
      console.warn("echo.not_connected", error instanceof Error ? error.name : "unknown");
      return false;
    }
    return isConnected(pc);
  }

  #open() {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", certificates: [/** @type {any} */ (this.api.identity).certificate] });
    for (const kind of ["audio", "video"]) {
      const track = this.local.getTracks().find((one) => one.kind === kind);
      if (track !== undefined) pc.addTransceiver(track, { direction: "sendonly", streams: [this.local] });
    }
    this.returned = new MediaStream(["audio", "video"].map((kind) => pc.addTransceiver(kind, { direction: "recvonly" }).receiver.track));
    pc.getTransceivers().forEach(prefer);
    return pc;
  }
}

/** @param {Way | null} way @param {{ice_servers: RTCIceServer[], is_turn_forced: boolean}} given @returns {RTCConfiguration} */
function configured(way, given) {
  if (way === null) return waysOut(given);
  return way === "turn"
    ? { iceServers: given.ice_servers, iceTransportPolicy: "relay" }
    : { iceServers: [], iceTransportPolicy: "all" };
}

/** An answer with the relay's addresses of one transport. @param {Way | null} way @param {string} sdp */
export function only(way, sdp) {
  if (way === null) return sdp;
  const other = way === "tcp" ? "udp" : "tcp";
  return sdp.split("\r\n").filter((line) => !new RegExp(`^a=candidate:\\S+ \\d+ ${other} `, "i").test(line)).join("\r\n");
}

/** @param {RTCPeerConnection} pc @returns {Promise<boolean>} */
function isConnected(pc) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), TRY_MS);
    const look = () => {
      if (!["connected", "failed", "closed"].includes(pc.connectionState)) return;
      clearTimeout(timer);
      resolve(pc.connectionState === "connected");
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

/** @param {RTCPeerConnection} pc */
async function read(pc) {
  /** @type {{at: number, packets: number, lost: number, bytes: number, frames: number, sound: number, jitter_ms: number, rtt_ms: number | null, path: Way}} */
  const sum = { at: performance.now(), packets: 0, lost: 0, bytes: 0, frames: 0, sound: 0, jitter_ms: 0, rtt_ms: null, path: "udp" };
  const reports = await pc.getStats();
  for (const report of reports.values()) {
    if (report.type === "inbound-rtp") {
      sum.packets += report.packetsReceived ?? 0;
      sum.lost += report.packetsLost ?? 0;
      sum.bytes += report.bytesReceived ?? 0;
      sum.frames += report.framesDecoded ?? 0;
      if (report.kind === "audio") sum.sound = report.packetsReceived ?? 0;
      if (report.kind === "audio") sum.jitter_ms = (report.jitter ?? 0) * 1000;
    } else if (report.type === "candidate-pair" && report.nominated && report.state === "succeeded") {
      const local = reports.get(report.localCandidateId);
      if (report.currentRoundTripTime !== undefined) sum.rtt_ms = report.currentRoundTripTime * 1000;
      sum.path = local?.candidateType === "relay" ? "turn" : local?.protocol === "tcp" ? "tcp" : "udp";
    }
  }
  return sum;
}

/** @param {Awaited<ReturnType<typeof read>>} before @param {Awaited<ReturnType<typeof read>>} after @param {number[]} trips @param {boolean} hasCamera @returns {Measured} */
function measured(before, after, trips, hasCamera) {
  const seconds = (after.at - before.at) / 1000;
  const lost = Math.max(0, after.lost - before.lost);
  const expected = after.packets - before.packets + lost;
  const middle = trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)] ?? 0;
  return {
    path: after.path,
    has_sound: after.sound > before.sound,
    rtt_ms: Math.round(middle),
    lost_permille: expected === 0 ? 1000 : Math.round((1000 * lost) / expected),
    jitter_ms: Math.round(after.jitter_ms),
    bitrate_bps: Math.round((8 * (after.bytes - before.bytes)) / seconds),
    frames_per_s: hasCamera ? Math.round((after.frames - before.frames) / seconds) : null,
  };
}
