/**
 * What reaches this page of the others, from its own statistics. Testimony: the server labels it so.
 *
 * Source: W3C webrtc-stats, RTCInboundRtpStreamStats.
 *
 * @typedef {{packets: number, silent_ms: number, frozen_ms: number}} Received all slots of one kind together
 */

export class ReceivedStats {
  /** @type {Map<string, {packets: number, at: number}>} By report: when its count last grew. */
  #seen = new Map();

  /** Screens are left out: one may stand still for long. @param {RTCPeerConnection} pc @param {string[]} screens mids @returns {Promise<Partial<Record<"audio" | "video", Received>>>} */
  async read(pc, screens) {
    /** @type {Partial<Record<"audio" | "video", Received>>} */
    const found = {};
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== "inbound-rtp" || !((report.packetsReceived ?? 0) > 0) || screens.includes(report.mid)) continue;
      const kind = /** @type {"audio" | "video"} */ (report.kind);
      const before = found[kind] ?? { packets: 0, silent_ms: Number.MAX_SAFE_INTEGER, frozen_ms: 0 };
      found[kind] = {
        // What was repeated came for an earlier moment: the server dates a return by this count.
        packets: before.packets + report.packetsReceived - (report.retransmittedPacketsReceived ?? 0),
        silent_ms: Math.min(before.silent_ms, this.#silence(report)),
        frozen_ms: before.frozen_ms + Math.round((report.totalFreezesDuration ?? 0) * 1000),
      };
    }
    return found;
  }

  /** @param {any} report @returns {number} milliseconds since its last packet */
  #silence(report) {
    if (report.lastPacketReceivedTimestamp) {
      return Math.max(0, Math.round(report.timestamp - report.lastPacketReceivedTimestamp));
    }
    // Where the browser does not say: since the last reading that found more.
    const seen = this.#seen.get(report.id);
    if (seen === undefined || seen.packets !== report.packetsReceived) {
      this.#seen.set(report.id, { packets: report.packetsReceived, at: report.timestamp });
      return 0;
    }
    return Math.max(0, Math.round(report.timestamp - seen.at));
  }
}
