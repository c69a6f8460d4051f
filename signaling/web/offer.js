/** What every offer to the relay has in common: what it carries, by which ways, with which certificate. */

/** How long its answer is waited for. */
export const ANSWER_MS = 6_000;
/** An agent can have one person go through TURN, without touching the installation: `?turn`. */
const IS_TURN_ASKED = new URLSearchParams(location.search).has("turn");
const CODECS = { audio: ["audio/opus"], video: ["video/vp8", "video/rtx"] };

/** Offer only what the relay carries: the offer stays small. @param {RTCRtpTransceiver} transceiver */
export function prefer(transceiver) {
  const kind = /** @type {"audio" | "video"} */ (transceiver.receiver.track.kind);
  const known = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const codecs = known.filter((codec) => CODECS[kind].includes(codec.mimeType.toLowerCase()));
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
}

/** @param {{ice_servers: RTCIceServer[], is_turn_forced: boolean}} given @returns {RTCConfiguration} */
export function waysOut({ ice_servers, is_turn_forced }) {
  const isForced = is_turn_forced || (IS_TURN_ASKED && ice_servers.length > 0);
  return { iceServers: ice_servers, iceTransportPolicy: isForced ? "relay" : "all" };
}

/** @param {string} sdp @returns {string} */
export function fingerprintOf(sdp) {
  return /^a=fingerprint:sha-256 (\S+)/m.exec(sdp)?.[1] ?? "";
}
