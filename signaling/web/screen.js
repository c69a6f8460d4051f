/**
 * The own screen, while it is shared: captured here, sent beside the camera on the one connection.
 *
 * The server's word begins and ends it: who shares is in the state. Without that word nothing is sent
 * on by the relay, whatever this page does.
 *
 * Source: W3C Screen Capture; mst-content-hint ("detail": sharp text before smooth movement).
 */

/** A page of text is read, not watched: sharp and seldom. */
const CONSTRAINTS = { video: { frameRate: { max: 8 }, width: { max: 1920 }, height: { max: 1080 } }, audio: false };
/** The one encoding of a screen: text does not survive being made smaller. @type {RTCRtpEncodingParameters[]} */
export const SCREEN_ENCODINGS = [{ maxBitrate: 1_500_000, maxFramerate: 8 }];

export const CAN_SHARE = typeof navigator.mediaDevices?.getDisplayMedia === "function";

export class OwnScreen {
  /** @type {MediaStreamTrack | null} */
  track = null;
  /** The state has said that this screen is shared. */
  #isConfirmed = false;

  /** @param {import("./api.js").API} api @param {(track: MediaStreamTrack | null) => Promise<void>} send */
  constructor(api, send) {
    this.api = api;
    this.send = send;
  }

  /** Have the person choose what to share, ask the server, and send it. @param {string} sitting_id */
  async start(sitting_id) {
    const [track] = (await navigator.mediaDevices.getDisplayMedia(CONSTRAINTS)).getVideoTracks();
    if (track === undefined) return;
    track.contentHint = "detail";
    // The browser has a button of its own to stop.
    track.onended = () => void this.#ended(sitting_id);
    this.track = track;
    this.#isConfirmed = false;
    try {
      await this.api.command({ command: "share_screen", sitting_id });
      if (this.track === track) await this.send(track);
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  /** Follow the state: what is no longer shared is no longer captured. @param {boolean} isShared @param {string | null} sitting_id */
  follow(isShared, sitting_id) {
    if (isShared && this.track === null && sitting_id !== null) void this.#ended(sitting_id); // This page was loaded anew.
    if (isShared) this.#isConfirmed = true;
    else if (this.#isConfirmed) this.#drop();
  }

  /** End it at once, whoever shares what. */
  stop() {
    this.#drop();
  }

  #drop() {
    const { track } = this;
    this.track = null;
    this.#isConfirmed = false;
    if (track === null) return;
    track.onended = null;
    track.stop();
    void this.send(null);
  }

  /** @param {string} sitting_id */
  async #ended(sitting_id) {
    this.#drop();
    try {
      await this.api.command({ command: "stop_screen", sitting_id });
    } catch (error) {
      // Over already: the sitting ended, or the chair was quicker.
      console.info("screen.not_stopped", error instanceof Error ? error.name : "unknown");
    }
  }
}
