/** Own microphone and camera, and the call for help: the same bar on every page with media. */

import { h } from "../dom.js";
import { hour } from "../format.js";
import { icon } from "../icons.js";
import { refusal } from "../acts.js";
import { t } from "../strings.js";
import { screenButton } from "./screens.js";

/** Whom others call; an invigilator, who calls too, has the button on their page. */
const STAFF = ["organiser", "invigilator", "session_manager", "technician"];

/** @param {import("../main.js").App} app */
export function toolbar(app) {
  const { media } = app;
  return h("div", { key: "toolbar", class: "toolbar", role: "region", "aria-label": t.sitting.tools },
    media?.local && [
      toggle("audio", media.on.audio, () => media.turn("audio", !media.on.audio)),
      media.local.getVideoTracks().length > 0 && toggle("video", media.on.video, () => media.turn("video", !media.on.video)),
    ],
    screenButton(app),
    !STAFF.includes(app.me.role) && helpButton(app),
    app.isSoundBlocked && h("button", { key: "sound", type: "button", class: "button primary", testid: "start-sound", onclick: () => app.startSound() }, t.devices.soundStart));
}

/** @param {"audio" | "video"} kind @param {boolean} isOn @param {() => void} onclick */
function toggle(kind, isOn, onclick) {
  const words = kind === "audio" ? [t.media.mute, t.media.unmute] : [t.media.cameraOff, t.media.cameraOn];
  const pictures = kind === "audio" ? ["mic", "micOff"] : ["camera", "cameraOff"];
  return h("button", { key: kind, type: "button", class: `button tool ${isOn ? "" : "off"}`, testid: `toggle-${kind}`, onclick },
    icon(pictures[isOn ? 0 : 1]), words[isOn ? 0 : 1]);
}

/** @param {import("../main.js").App} app */
export function helpButton(app) {
  const own = Object.values(app.state.helps).filter((help) => help.participant_id === app.state.me).sort((a, b) => b.at_ms - a.at_ms)[0];
  const answered_ms = own?.answered_ms ?? null;
  const isPending = own !== undefined && answered_ms === null;
  const state = app.acts.of("call_help");
  const call = () => app.acts.run("call_help", () => app.api.command({ command: "call_help" }));
  const note = own && (isPending ? t.sitting.helpPending(hour(own.at_ms, app.zone())) : t.sitting.helpAnswered(hour(answered_ms ?? own.at_ms, app.zone())));
  return h("span", { key: "help", class: "act help" },
    h("button", {
      type: "button", testid: "act-call_help", class: `button tool ${isPending ? "called" : ""}`,
      "aria-disabled": isPending || state.isPending ? "true" : null, onclick: () => isPending || void call(),
    }, icon("help"), isPending ? t.acts.help_called : t.acts.call_help),
    note && h("span", { class: "help-note", role: "status", testid: "help-note" }, note),
    refusal(state.refusal));
}
