/** The check of camera, microphone and loudspeaker before entering: one button at its end. */

import * as devices from "../devices.js";
import { h } from "../dom.js";
import { t } from "../strings.js";
import { networkCard } from "./networkcheck.js";
import { video } from "./tiles.js";

const HEARD = 0.35;

/** What the check knows: the stream, the devices, the level. */
export class DeviceCheck {
  /** @type {MediaStream | null} */
  stream = null;
  /** @type {unknown} */
  error = null;
  /** @type {Record<string, MediaDeviceInfo[]>} */
  known = { audioinput: [], videoinput: [], audiooutput: [] };
  isHeard = false;
  level = 0;
  #endMeter = () => {};

  /** @param {() => void} update */
  constructor(update) {
    this.update = update;
  }

  /** Open the devices as chosen, again if they are open. @param {{withVideo?: boolean}} [options] */
  async open(options) {
    this.close();
    this.error = null;
    this.update();
    try {
      this.stream = await devices.open(options);
      this.known = await devices.list();
      this.#endMeter = devices.meter(this.stream, (level) => this.#show(level));
    } catch (error) {
      this.error = error;
    }
    this.update();
  }

  /** Hand the stream over. @returns {MediaStream | null} */
  take() {
    const stream = this.stream;
    this.#endMeter();
    this.#endMeter = () => {};
    this.stream = null;
    return stream;
  }

  close() {
    this.take()?.getTracks().forEach((track) => track.stop());
  }

  /** @param {number} level */
  #show(level) {
    this.level = level;
    this.isHeard ||= level > HEARD;
    this.update();
  }
}

/** @param {import("../main.js").App} app */
export function deviceView(app) {
  const check = app.check;
  return h("div", { key: "devices", class: "page devices" },
    h("h1", null, t.devices.title),
    h("p", { class: "lead" }, app.entersByDevices ? t.devices.lead(app.me.name) : t.network.ownLead),
    check.error === null ? ready(app, check) : failed(app, check));
}

/** @param {import("../main.js").App} app @param {DeviceCheck} check */
function ready(app, check) {
  const hasStream = check.stream !== null;
  return h("div", { key: "ready", class: "columns" },
    h("div", { class: "column" },
      h("figure", { class: `tile large self ${hasStream ? "" : "without-picture"}` },
        h("div", { class: "picture" }, video(check.stream, true), !hasStream && h("p", { class: "words" }, t.devices.opening)),
        h("figcaption", null, h("span", { class: "role" }, t.devices.preview))),
      h("p", { class: "muted" }, t.devices.privacy)),
    h("div", { class: "column" },
      h("section", { class: "card" },
        select(app, "videoinput", t.devices.camera),
        select(app, "audioinput", t.devices.microphone),
        h("label", { for: "level" }, t.devices.level),
        h("meter", { id: "level", class: "level", min: "0", max: "1", prop: { value: check.level } }),
        h("p", { class: "muted", role: "status" }, check.isHeard ? t.devices.heard : t.devices.speak),
        check.known.audiooutput.length > 1 && select(app, "audiooutput", t.devices.speaker),
        h("div", { class: "buttons" },
          h("button", { type: "button", class: "button secondary", testid: "test-sound", onclick: () => void devices.playTest() }, t.devices.testSound),
          h("span", { class: "muted" }, t.devices.testHelp))),
      networkCard(app),
      app.entersByDevices && h("button", {
        key: "enter", type: "button", class: "button primary enter", testid: "enter-room", disabled: !hasStream, onclick: () => app.enter(),
      }, (check.stream?.getVideoTracks().length ?? 1) > 0 ? t.devices.enter : t.devices.enterWithoutCamera),
      back(app)));
}

/** For agents and technicians, who go on without. @param {import("../main.js").App} app */
function back(app) {
  return !app.isSeen && h("button", { key: "back", type: "button", class: `button ${app.entersByDevices ? "quiet" : "primary enter"}`, testid: "leave-devices", onclick: () => app.leaveDevices() }, t.network.leave);
}

/** Nothing is changed under a call that goes on. @param {import("../main.js").App} app @param {"audioinput" | "videoinput" | "audiooutput"} kind @param {string} label */
function select(app, kind, label) {
  const { check } = app;
  const chosen = devices.choice()[kind];
  const change = (/** @type {any} */ event) => {
    devices.choose({ [kind]: event.target.value });
    if (kind === "audiooutput") check.update();
    else void check.open();
  };
  return h("div", { key: kind, class: "field" },
    h("label", { for: `device-${kind}` }, label),
    h("select", { id: `device-${kind}`, testid: `device-${kind}`, disabled: app.network.isGoing, onchange: change },
      check.known[kind].map((device, index) => h("option", { key: device.deviceId, value: device.deviceId, selected: device.deviceId === chosen }, device.label || t.devices.device(index + 1)))));
}

/** @param {import("../main.js").App} app @param {DeviceCheck} check */
function failed(app, check) {
  const mayDoWithout = ["examiner", "chair"].includes(app.me.role) && check.error instanceof DOMException && check.error.name === "NotFoundError";
  return h("section", { key: "failed", class: "card" },
    h("h2", null, t.devices.refusedTitle),
    h("p", { class: "notice warn", role: "alert", testid: "device-help" }, devices.help(check.error)),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button primary", onclick: () => void check.open() }, t.devices.retry),
      mayDoWithout && h("button", { type: "button", class: "button secondary", onclick: () => void check.open({ withVideo: false }) }, t.devices.enterWithoutCamera),
      back(app)));
}
