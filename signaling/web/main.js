/**
 * `<vj-app>`: from the link to the right page, and from one page to the next as the state says.
 *
 * The state is the server's view for this person (`state`); everything shown is a function of it,
 * of the media connection (`media`) and of what the person is typing (`ui`).
 */

import { Acts } from "./acts.js";
import { Announcer } from "./announce.js";
import { API } from "./api.js";
import { Board } from "./board.js";
import { read, Warnings } from "./clock.js";
import * as devices from "./devices.js";
import { h, render } from "./dom.js";
import { invitationInAddress, Joining, sessionInAddress } from "./joining.js";
import * as keys from "./keys.js";
import { Media } from "./media.js";
import * as notes from "./notes.js";
import { NetworkCheck } from "./networkcheck.js";
import { notices } from "./notices.js";
import { Socket } from "./socket.js";
import { t } from "./strings.js";
import { Timelines } from "./timelines.js";
import { boardView } from "./views/board.js";
import { deliberationView } from "./views/deliberation.js";
import { deviceView, DeviceCheck } from "./views/devicecheck.js";
import { joinView } from "./views/join.js";
import { organiserView } from "./views/organiser.js";
import { receptionView } from "./views/reception.js";
import { sharerOf } from "./views/screens.js";
import { shell } from "./views/shell.js";
import { isEnded, sittingView } from "./views/sitting.js";
import { stationRoomView } from "./views/stationroom.js";
import { technicianView } from "./views/technicaltest.js";
import { attach } from "./views/tiles.js";
import { juryView, waitingView } from "./views/waiting.js";

const REFRESH_MS = 500;
const WITH_MEDIA = ["candidate", "assistant", "examiner", "chair", "station"];

export class App extends HTMLElement {
  /** @type {"boot" | "noLink" | "unsafe" | "code" | "totp" | "openid" | "passkey" | "refused" | "stopped" | "devices" | "room"} */
  mode = "boot";
  stopReason = "";
  /** What the person is typing or choosing. @type {Map<string, any>} */
  ui = new Map();
  api = new API();
  acts = new Acts((act) => this.api.command(act), () => this.update());
  announcer = new Announcer(() => this.update());
  check = new DeviceCheck(() => this.update());
  socket = new Socket(this.api);
  timelines = new Timelines(this.api, () => this.update());
  board = new Board(this);
  network = new NetworkCheck(this.api, this.socket, () => this.update());
  joining = new Joining(this, () => this.#join());
  /** @type {Media | null} */
  media = null;
  isSoundBlocked = false;
  hasLostDevice = false;

  /** @type {any} */
  #shown = null;
  #warnings = new Warnings();
  #isUpdating = false;
  #hasEntered = false;
  /** The technical test, once the devices are checked. */
  #isJoining = false;
  #wasSilent = false;
  /** @type {Set<string>} */
  #focused = new Set();

  connectedCallback() {
    addEventListener("hashchange", () => (invitationInAddress() ?? sessionInAddress()) !== null && location.reload());
    this.socket.addEventListener("state", () => this.#stateChanged());
    this.socket.addEventListener("link", () => this.#linkChanged());
    this.socket.addEventListener("draining", () => this.announcer.say(t.restart.text));
    this.socket.addEventListener("stopped", (event) => void this.#stopped(/** @type {CustomEvent} */ (event).detail));
    setInterval(() => this.#tick(), REFRESH_MS);
    notes.sweep();
    void this.joining.begin();
  }

  // --- what views read ------------------------------------------------------------------------

  /** The view of this person; before the first it is null, and no page of the session is drawn. */
  get state() {
    return /** @type {import("./protocol").View} */ (this.socket.state);
  }

  /** Of the view: for the pages that are drawn only while there is one. */
  get deliberation() {
    return /** @type {import("./protocol").DeliberationView} */ (this.state.deliberation);
  }

  /** What follows the seal: for the cards that are drawn only then. */
  get afterwards() {
    return /** @type {import("./protocol").AfterView} */ (this.state.after);
  }

  get me() {
    return this.person(this.state.me);
  }

  /** @param {string} id @returns {any} a PersonView, or a station's; somebody this page may not see has no name */
  person(id) {
    return this.state.people[id] ?? this.state.stations[id] ?? { participant_id: id, name: t.roles.candidate, role: "candidate", office_id: "", is_connected: false, audio: "none", video: "none" };
  }

  /** Whose hours this page shows: those of the person's own office. @param {unknown} [_sitting] */
  zone(_sitting) {
    return this.state.offices[this.me.office_id];
  }

  /** @returns {any[]} */
  zones() {
    return Object.values(this.state.offices);
  }

  /** @param {string} sittingId */
  reading(sittingId) {
    return read(this.state?.sittings[sittingId], this.socket);
  }

  /** @param {string} name @param {any} value */
  setUI(name, value) {
    this.ui.set(name, value);
    this.update();
  }

  /** Put the focus on an element the first time it is shown. @param {string} name @param {HTMLElement} element */
  focusOnce(name, element) {
    if (this.#focused.has(name)) return;
    this.#focused.add(name);
    queueMicrotask(() => element.focus());
  }

  async #join() {
    await keys.keep(this.#identity);
    this.socket.start();
    this.update();
  }

  get #identity() {
    return /** @type {keys.Identity} */ (this.api.identity);
  }

  // --- entering -------------------------------------------------------------------------------

  async #firstState() {
    this.#isJoining = this.#identity.has_entered;
    if (!this.entersByDevices || this.#isOver() || this.#isCarried()) return this.go("room");
    this.go("devices");
    await this.check.open();
    if (this.mode === "stopped") return this.check.close(); // Another page took over meanwhile.
    if (this.#identity.has_entered && this.check.stream !== null) this.enter();
  }

  /** Leave the device check for the session. */
  enter() {
    if (!this.entersByDevices) return this.leaveDevices();
    this.network.stop();
    const stream = this.check.take();
    if (stream === null) return;
    this.#keepEntered(true);
    this.media = new Media(this.api, this.socket, this.#identity.certificate);
    this.media.addEventListener("change", () => this.update());
    this.#watchDevices(stream);
    devices.keepAwake();
    scrollTo({ top: 0 });
    this.go("room");
    void this.media.join(stream);
  }

  /** Whether the session is nothing without this person's picture and voice. */
  get isSeen() {
    return WITH_MEDIA.includes(this.me.role);
  }

  /** Whether this person is seen and heard after the check; else it is only a check. */
  get entersByDevices() {
    return this.isSeen || (this.state.place === "test" && this.#isJoining);
  }

  /** Back to the session, with neither picture nor voice. */
  leaveDevices() {
    this.network.stop();
    this.check.close();
    this.go("room");
  }

  /** Check the devices, and join the technical test after it where asked to. */
  async checkDevices({ isJoining = false } = {}) {
    this.#isJoining = isJoining;
    this.go("devices");
    await this.check.open();
  }

  /** Nobody of the staff is seen or heard any more by this page. */
  leaveTest() {
    this.#leave();
    this.#keepEntered(false);
    this.update();
  }

  /** Whether a page that is loaded anew goes straight in. @param {boolean} hasEntered */
  #keepEntered(hasEntered) {
    this.#identity.has_entered = hasEntered;
    void keys.keep(this.#identity);
  }

  /** @param {MediaStream} stream */
  #watchDevices(stream) {
    for (const track of stream.getTracks()) {
      track.onended = () => {
        this.hasLostDevice = true;
        this.update();
      };
    }
  }

  /** Open the devices again after one was unplugged. */
  async reopenDevices() {
    try {
      const stream = await devices.open();
      this.#watchDevices(stream);
      await this.media?.replace(stream);
      this.hasLostDevice = false;
    } catch (error) {
      this.announcer.say(devices.help(error), "assertive");
    }
    this.update();
  }

  /** Play the others' sound, from a press of a button. */
  startSound() {
    this.isSoundBlocked = false;
    this.update();
  }

  /** Leave nothing of this person in this browser. */
  async forget() {
    const identity = /** @type {keys.Identity} */ (this.api.identity);
    notes.forget(identity);
    await keys.forget(identity);
  }

  // --- changes --------------------------------------------------------------------------------

  #stateChanged() {
    const before = this.#shown;
    this.#shown = this.state;
    for (const { text, how } of notices(before, this.state)) this.announcer.say(text, how);
    if (before !== null && this.isSeen && before.place !== this.state.place) {
      scrollTo({ top: 0 });
      this.announcer.say(this.#title());
    }
    const { sitting_id, sittings, me, session } = this.state;
    if (["closed", "sealed"].includes(session.phase)) notes.close(this.#identity);
    this.media?.screen.follow(sharerOf(sittings[sitting_id ?? ""]) === me, sitting_id ?? null);
    if (this.media !== null && (this.#isOver() || this.#isCarried())) this.#leave();
    const isOutOfTest = !this.isSeen && this.state.place !== "test";
    if (this.media !== null && isOutOfTest) this.leaveTest();
    if (before !== null && isAtStation(before) && !this.#isCarried() && this.media === null) void this.#firstState();
    if (!this.#hasEntered) {
      this.#hasEntered = true;
      this.board.start();
      void this.#firstState();
    }
    this.update();
  }

  /** Whether this person's picture and voice are no longer needed: the camera's light goes out. */
  #isOver() {
    const { sittings, sitting_id, deliberation } = this.state;
    if (deliberation) return !deliberation.is_open;
    const isCandidate = ["candidate", "assistant"].includes(this.me.role);
    const sitting = sittings[sitting_id ?? ""];
    return isCandidate && sitting !== undefined && isEnded(sitting);
  }

  /** Whether a station carries this person's picture and voice: this page then sends none. */
  #isCarried() {
    return isAtStation(this.state);
  }

  #leave() {
    this.media?.stop();
    this.media = null;
  }

  #linkChanged() {
    const { isSilent } = this.socket;
    if (isSilent !== this.#wasSilent && this.state !== null) {
      this.announcer.say(isSilent ? `${t.outage.ownTitle}. ${t.outage.own}` : t.outage.gone, isSilent ? "assertive" : "polite");
    }
    this.#wasSilent = isSilent;
    this.update();
  }

  /** @param {string} reason */
  async #stopped(reason) {
    this.#leave();
    this.board.stop();
    this.network.stop();
    this.check.close();
    if (reason === "signedOut") await this.forget();
    else if (reason !== "superseded") {
      Object.assign(this.#identity, { access_token: null, has_entered: false });
      await keys.keep(this.#identity);
    }
    this.sayStopped(reason);
  }

  /** Say why this page is not in the session any more. @param {string} reason of `t.stopped` */
  sayStopped(reason) {
    this.stopReason = reason;
    this.go("stopped");
  }

  #tick() {
    if (this.state === null) return;
    const isJudged = ["candidate", "assistant", "examiner", "chair", "invigilator"].includes(this.me.role);
    for (const sitting of Object.values(this.state.sittings)) {
      const text = this.#warnings.next(sitting.sitting_id, this.reading(sitting.sitting_id));
      if (text !== null && isJudged) this.announcer.say(text, "assertive");
    }
    this.update();
  }

  /** @param {App["mode"]} mode */
  go(mode) {
    this.mode = mode;
    this.update();
  }

  // --- showing --------------------------------------------------------------------------------

  /** Show the page as it is now; several calls in a row are one. */
  update() {
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    queueMicrotask(() => {
      this.#isUpdating = false;
      this.#render();
    });
  }

  #render() {
    const hadFocus = this.contains(document.activeElement);
    try {
      render(this, this.#page(), this.#sound(), this.announcer.regions());
      document.title = `${this.#title()} – ${t.product}`;
      // A button that did its work and went away must not throw the keyboard back to the top.
      if (hadFocus && document.activeElement === document.body) {
        /** @type {HTMLElement | null} */ (this.querySelector("#content"))?.focus({ preventScroll: true });
      }
    } catch (error) {
      console.error("page.not_rendered", error);
      render(this, h("main", { key: "broken", class: "entry" }, h("section", { class: "card entry-card" },
        h("p", { role: "alert" }, t.errors.page),
        h("button", { type: "button", class: "button primary", onclick: () => location.reload() }, t.errors.reload))));
    }
  }

  /** What this page is, without a name: a title stays in the browser's history. */
  #title() {
    if (this.mode !== "room" || this.state === null) return t.titles[this.mode] ?? t.titles.join;
    if (this.board.isShown) return t.titles.board;
    return t.titles[this.me.role] ?? t.titles[this.state.place];
  }

  #page() {
    if (!["devices", "room"].includes(this.mode) || this.state === null) return joinView(this);
    return shell(this, this.mode === "devices" ? deviceView(this) : this.#room());
  }

  #room() {
    const { role } = this.me;
    if (this.board.isShown) return boardView(this);
    if (role === "invigilator") return receptionView(this);
    if (role === "station") return stationRoomView(this);
    if (role === "technician") return technicianView(this);
    if (role === "organiser" || role === "session_manager") return organiserView(this);
    if (this.state.place === "sitting") return sittingView(this);
    if ((this.state.deliberation ?? null) !== null && this.#isAtDeliberation()) return deliberationView(this);
    return this.state.place === "jury" ? juryView(this) : waitingView(this);
  }

  /** Once it is closed the jury is nowhere any more, and reads what was decided. */
  #isAtDeliberation() {
    return this.state.place === "deliberation" || !this.deliberation.is_open;
  }

  /** One audio element for each slot, whoever speaks in it. */
  #sound() {
    if (this.media === null) return null;
    return h("div", { key: "sound", hidden: true }, this.media.audioSlots().map(([mid, stream]) =>
      h("audio", { key: `${mid}-${stream.id}`, testid: `audio-${mid}`, init: { autoplay: true }, hook: (/** @type {any} */ element) => this.#play(element, stream) })));
  }

  /** @param {HTMLAudioElement} element @param {MediaStream} stream */
  #play(element, stream) {
    const { audiooutput } = devices.choice();
    if (audiooutput !== "" && element.setSinkId !== undefined && element.sinkId !== audiooutput) {
      element.setSinkId(audiooutput).catch((error) => console.warn("speaker.not_chosen", error.name));
    }
    if (this.isSoundBlocked) return;
    attach(element, stream).catch((error) => {
      if (error.name !== "NotAllowedError") throw error;
      this.isSoundBlocked = true;
      this.update();
    });
  }
}

/** @param {any} state the View of a person */
function isAtStation(state) {
  return (state.people[state.me]?.station_id ?? null) !== null;
}

customElements.define("vj-app", App);
