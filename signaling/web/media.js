/**
 * The one media connection of this page: own microphone, camera and screen up, slots of the others down.
 *
 * It is negotiated once. Who is in which slot is the server's word (`slots`), never the picture's.
 * After trouble: new ICE credentials first; a whole new connection, with the same certificate,
 * when the relay was replaced or when that did not help.
 *
 * Events: `change` (slots, state of the connection, or a stall).
 *
 * Source: design of the relay, "one connection per participant, negotiated once".
 *
 * @typedef {{participant_id: string, kind: "audio" | "video" | "screen"}} Source
 */

import { API } from "./api.js";
import { ANSWER_MS, fingerprintOf, prefer, waysOut } from "./offer.js";
import { ReceivedStats } from "./received.js";
import { OwnScreen, SCREEN_ENCODINGS } from "./screen.js";
import { Socket } from "./socket.js";

const SLOTS = 7;
const DISCONNECTED_MS = 3_000;
const RETRY_MS = 1_000;
const STATS_MS = 500;
/** How often what is silent is looked at: an interruption of sound begins to count after 1 s. */
const SILENT_STATS_MS = 250;
const SILENT_MS = 300;
/** Nothing is learnt any more by looking often. */
const LONG_SILENT_MS = 10_000;
/** What is received is told this often while all is well. */
const TELL_MS = 1_000;
const STALLED_MS = 2_000;
/** Layers of the camera, smallest first: the relay sends each receiver the one they show. */
const LAYERS = [
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
];
/** Before them, where the camera is large enough for it still to be a picture. */
const SMALLEST = { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 100_000 };
const LARGE_HEIGHT = 720;
/** Among the m-lines, after microphone and camera. */
const SCREEN = 2;

export class Media extends EventTarget {
  /** @type {RTCPeerConnection | null} */
  pc = null;
  /** Whose media each receiving m-line carries, by mid. @type {Record<string, Source>} */
  slots = {};
  /** Who speaks now, by the relay's word; null: nobody known. @type {string | null} */
  speaker = null;
  /** The others' sound or picture has stopped arriving here. */
  isStalled = false;
  /** What the owner switched on. */
  on = { audio: true, video: true };

  /** @type {MediaStream | null} */
  local = null;
  #end = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isNegotiating = false;
  #isStopped = false;
  /** New ICE credentials are needed as soon as there is somebody to tell. */
  #isRestartDue = false;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #disconnected;
  /** @type {Map<string, MediaStream>} */
  #streams = new Map();
  #stats = new ReceivedStats();
  #expectedAt = performance.now();
  #toldAt = 0;
  /** What was last told of how large pictures are. */
  #shown = "";

  /** @param {API} api @param {Socket} socket @param {RTCCertificate} certificate */
  constructor(api, socket, certificate) {
    super();
    this.api = api;
    this.socket = socket;
    this.certificate = certificate;
    this.screen = new OwnScreen(api, (track) => this.#sendScreen(track));
    const { signal } = this.#end;
    socket.addEventListener("message", (event) => this.#receive(/** @type {CustomEvent} */ (event).detail), { signal });
    socket.addEventListener("resumed", () => this.#sendSwitch(), { signal });
    socket.addEventListener("resumed", () => void this.#restartIfDue(), { signal });
    socket.addEventListener("link", () => void this.#restartIfDue(), { signal });
    socket.addEventListener("lost", () => void this.connect(), { signal });
    addEventListener("online", () => void this.restart(), { signal });
    /** @type {any} */ (navigator).connection?.addEventListener("change", () => void this.restart(), { signal });
    this.#timer = setTimeout(() => void this.#measure(), STATS_MS);
  }

  /** Begin with these devices. @param {MediaStream} local */
  join(local) {
    this.local = local;
    this.on = { audio: local.getAudioTracks().length > 0, video: local.getVideoTracks().length > 0 };
    return this.connect();
  }

  /** End for good. */
  stop() {
    this.#isStopped = true;
    this.#end.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#disconnected);
    this.screen.stop();
    this.pc?.close();
    this.local?.getTracks().forEach((track) => track.stop());
  }

  /** Switch microphone or camera on or off, and say so. @param {"audio" | "video"} kind @param {boolean} isOn */
  turn(kind, isOn) {
    this.on = { ...this.on, [kind]: isOn };
    this.local?.getTracks().filter((track) => track.kind === kind).forEach((track) => (track.enabled = isOn));
    this.#sendSwitch();
    this.#changed();
  }

  /** Send from other devices, on the same connection. @param {MediaStream} local */
  async replace(local) {
    const before = this.local;
    this.local = local;
    for (const [index, kind] of ["audio", "video"].entries()) {
      const track = local.getTracks().find((one) => one.kind === kind) ?? null;
      if (track !== null) track.enabled = this.on[/** @type {"audio" | "video"} */ (kind)];
      await this.pc?.getTransceivers()[index]?.sender.replaceTrack(track);
    }
    before?.getTracks().forEach((track) => track.stop());
    this.#changed();
  }

  /** Return the stream of a participant, if a slot carries it. @param {string} participantId @param {Source["kind"]} kind */
  streamOf(participantId, kind) {
    for (const [mid, source] of Object.entries(this.slots)) {
      if (source.participant_id === participantId && source.kind === kind) return this.#streams.get(mid) ?? null;
    }
    return null;
  }

  /** Streams of all audio slots, taken or not, by mid. @returns {[string, MediaStream][]} */
  audioSlots() {
    return [...this.#streams].filter(([, stream]) => stream.getAudioTracks().length > 0);
  }

  /** Make a new connection, until there is one. @returns {Promise<void>} */
  async connect() {
    if (this.local === null || this.#isStopped || this.#isNegotiating) return;
    this.#isNegotiating = true;
    this.#failures = 0;
    clearTimeout(this.#disconnected);
    for (let isDone = false; !isDone && !this.#isStopped; ) {
      this.pc?.close();
      this.slots = {};
      const pc = this.#open(this.local);
      this.pc = pc;
      isDone = await this.#negotiate(pc, false);
      if (!isDone) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.#isNegotiating = false;
    this.#changed();
  }

  /** New ICE credentials for the connection there is. @returns {Promise<void>} */
  async restart() {
    const pc = this.pc;
    if (pc === null || this.#isNegotiating || this.#isStopped || pc.signalingState !== "stable") return;
    // Without a link nobody can be told; media often comes back by itself in the meantime.
    this.#isRestartDue = !this.#hasLink;
    if (this.#isRestartDue) return;
    this.#isNegotiating = true;
    const isDone = await this.#negotiate(pc, true);
    this.#isNegotiating = false;
    if (isDone || pc !== this.pc || pc.connectionState === "connected") return;
    if (this.#hasLink) await this.connect();
    else this.#isRestartDue = true;
  }

  get #hasLink() {
    return this.socket.isOpen && !this.socket.isSilent;
  }

  async #restartIfDue() {
    if (!this.#isRestartDue || !this.#hasLink) return;
    this.#isRestartDue = false;
    if (this.pc?.connectionState !== "connected") await this.restart();
  }

  /** @param {MediaStream} local @returns {RTCPeerConnection} */
  #open(local) {
    const pc = new RTCPeerConnection(this.#configuration());
    const [audio] = local.getAudioTracks();
    const [video] = local.getVideoTracks();
    pc.addTransceiver(audio ?? "audio", { direction: "sendonly", streams: [local] });
    const isLarge = (video?.getSettings().height ?? 0) >= LARGE_HEIGHT;
    const sendEncodings = isLarge ? [SMALLEST, ...LAYERS] : LAYERS;
    pc.addTransceiver(video ?? "video", { direction: "sendonly", streams: [local], sendEncodings });
    // With a stream, though it is empty: then the offer names the SSRC, by which the relay knows a screen.
    pc.addTransceiver(this.screen.track ?? "video", { direction: "sendonly", streams: [new MediaStream()], sendEncodings: SCREEN_ENCODINGS });
    for (const kind of ["audio", "video"]) {
      for (let slot = 0; slot < SLOTS; slot += 1) pc.addTransceiver(kind, { direction: "recvonly" });
    }
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.getTransceivers().forEach(prefer);
    pc.onconnectionstatechange = () => this.#watch(pc);
    return pc;
  }

  /** @returns {RTCConfiguration} what is never changed */
  #configuration() {
    return { bundlePolicy: "max-bundle", certificates: [this.certificate] };
  }

  /** @param {RTCPeerConnection} pc @param {boolean} isRestart @returns {Promise<boolean>} whether it was answered */
  async #negotiate(pc, isRestart) {
    try {
      const offer = await pc.createOffer({ iceRestart: isRestart });
      const given = await this.api.mediaToken(fingerprintOf(offer.sdp ?? ""));
      // Before the description is set: that is when the browser begins to look for ways out.
      pc.setConfiguration({ ...this.#configuration(), ...waysOut(given) });
      await pc.setLocalDescription(offer);
      const answer = await this.#ask(withContent(pc.localDescription?.sdp ?? "", screenMids(pc)), given.media_token, isRestart);
      if (answer === null || pc !== this.pc) return this.#rollBack(pc, isRestart);
      await pc.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (error) {
      console.warn("media.not_negotiated", error instanceof Error ? error.name : "unknown");
      return this.#rollBack(pc, isRestart);
    }
    for (const { mid, receiver, direction } of pc.getTransceivers()) {
      if (mid !== null && direction === "recvonly") this.#streams.set(mid, new MediaStream([receiver.track]));
    }
    this.#sendSwitch();
    this.#shown = "";
    return true;
  }

  /** @param {RTCPeerConnection} pc @param {boolean} isRestart */
  async #rollBack(pc, isRestart) {
    const isPending = pc.signalingState === "have-local-offer";
    if (isRestart && isPending) await pc.setLocalDescription({ type: "rollback" });
    return false;
  }

  /** @param {string} sdp @param {string} media_token @param {boolean} restart @returns {Promise<string | null>} the answer */
  async #ask(sdp, media_token, restart) {
    const message = await this.socket.ask({ type: "offer", sdp, media_token, restart }, ANSWER_MS);
    return message?.type === "answer" ? message.sdp : null;
  }

  /** @param {any} message */
  #receive(message) {
    if (message.type === "slots") {
      this.slots = message.slots;
      this.#expectedAt = performance.now();
      this.#changed();
    } else if (message.type === "speaker") {
      this.speaker = message.participant_id;
      this.#changed();
    } else if (message.type === "renegotiate") {
      void this.connect();
    }
  }

  /** @param {RTCPeerConnection} pc */
  #watch(pc) {
    if (pc !== this.pc) return;
    clearTimeout(this.#disconnected);
    if (pc.connectionState === "connected") this.#failures = 0;
    if (pc.connectionState === "disconnected") {
      this.#disconnected = setTimeout(() => void this.restart(), DISCONNECTED_MS);
    }
    if (pc.connectionState === "failed") {
      this.#failures += 1;
      void (this.#failures > 1 ? this.connect() : this.restart());
    }
    this.#changed();
  }

  /** See what still arrives, tell the server, and come back sooner when something has just fallen silent. */
  async #measure() {
    const received = this.pc === null ? {} : await this.#stats.read(this.pc, screenMids(this.pc));
    const isSilent = Object.values(received).some((one) => one.silent_ms >= SILENT_MS && one.silent_ms < LONG_SILENT_MS);
    this.#tell(received, isSilent);
    this.#sendShown();
    this.#judge(received);
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#measure(), isSilent ? SILENT_STATS_MS : STATS_MS);
  }

  /** @param {Partial<Record<"audio" | "video", import("./received.js").Received>>} received @param {boolean} isSilent */
  #tell(received, isSilent) {
    const now = performance.now();
    if (Object.keys(received).length === 0 || !this.#hasLink || this.pc?.connectionState !== "connected") return;
    if (!isSilent && now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    this.socket.send({ type: "received", at_ms: Math.round(this.socket.clock.now()), ...received });
  }

  /** Tell how large each picture is shown, when that has changed. */
  #sendShown() {
    /** @type {Record<string, number>} */
    const heights = {};
    for (const [mid, stream] of this.#streams) {
      if (stream.getVideoTracks().length > 0) heights[mid] = heightOf(stream);
    }
    const text = JSON.stringify(heights);
    if (text === this.#shown || this.pc?.connectionState !== "connected") return;
    if (this.socket.send({ type: "shown", heights })) this.#shown = text;
  }

  /** For the banner of this page. @param {Partial<Record<"audio" | "video", import("./received.js").Received>>} received */
  #judge(received) {
    const now = performance.now();
    // Whom the server does not hear either is their trouble, not ours.
    const { people, stations } = /** @type {import("./protocol").View} */ (this.socket.state);
    const isExpected = Object.values(this.slots).some(
      (source) => source.kind === "audio" && (people[source.participant_id] ?? stations[source.participant_id])?.audio === "on");
    if (!isExpected) this.#expectedAt = now;
    const silentMs = Math.min(received.audio?.silent_ms ?? Number.MAX_SAFE_INTEGER, now - this.#expectedAt);
    const isStalled = isExpected && silentMs > STALLED_MS;
    if (isStalled === this.isStalled) return;
    this.isStalled = isStalled;
    this.#changed();
  }

  /** @param {MediaStreamTrack | null} track */
  async #sendScreen(track) {
    await this.pc?.getTransceivers()[SCREEN]?.sender.replaceTrack(track);
    this.#changed();
  }

  #sendSwitch() {
    if (this.local !== null) this.socket.send({ type: "switch", ...this.on });
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}

/** Of the own screen, and of the slot for another's: the first that is sent after the camera, the last of all. @param {RTCPeerConnection} pc */
function screenMids(pc) {
  const all = pc.getTransceivers();
  return [all[SCREEN], all.at(-1)].map((one) => one?.mid ?? "");
}

/** Mark the m-lines of screens, as the relay tells them from cameras (RFC 4796). @param {string} sdp @param {string[]} mids */
function withContent(sdp, mids) {
  return sdp.replace(/^a=mid:(\S+)\r\n/gm, (line, mid) => (mids.includes(mid) ? `${line}a=content:slides\r\n` : line));
}

/** Device pixels of the largest element that shows a stream; 0: none does. @param {MediaStream} stream @returns {number} */
function heightOf(stream) {
  const shown = [...document.querySelectorAll("video")].filter((element) => element.srcObject === stream);
  return Math.round(Math.max(0, ...shown.map((element) => element.clientHeight)) * devicePixelRatio);
}
