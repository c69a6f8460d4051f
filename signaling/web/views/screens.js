/** A shared screen: large, with the name of whose it is; and the button that begins and ends it. */

import { actButton, refusal } from "../acts.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { CAN_SHARE } from "../screen.js";
import { t } from "../strings.js";
import { video } from "./tiles.js";

const SHARERS = ["candidate", "examiner", "chair"];

/** @param {any} sitting @returns {string | null} */
export function sharerOf(sitting) {
  return sitting?.sharer_id ?? null;
}

/** @param {import("../main.js").App} app @param {any} sitting */
export function screenPanel(app, sitting) {
  const sharerId = sharerOf(sitting);
  if (sharerId === null) return null;
  const isOwn = sharerId === app.state.me;
  return h("figure", { key: "screen", class: `tile shared-screen ${isOwn ? "own" : ""}`, testid: "shared-screen" },
    // One's own would show itself in itself, without end.
    !isOwn && h("div", { class: "picture" }, video(app.media?.streamOf(sharerId, "screen") ?? null, false)),
    h("figcaption", { role: "status" }, icon("screen"), h("span", { class: "name" }, isOwn ? t.screen.own : t.screen.of(app.person(sharerId).name))));
}

/** @param {import("../main.js").App} app */
export function screenButton(app) {
  const sitting = app.state.sittings[app.state.sitting_id ?? ""];
  if (app.state.place !== "sitting" || !SHARERS.includes(app.me.role) || sitting === undefined) return null;
  const sharerId = sharerOf(sitting);
  const { sitting_id } = sitting;
  if (sharerId !== null) {
    const isMine = sharerId === app.state.me;
    if (!isMine && app.me.role !== "chair") return null;
    const label = isMine ? t.screen.stop : t.screen.stopOf(app.person(sharerId).name);
    return actButton(app, { act: { command: "stop_screen", sitting_id }, label, kind: "tool" });
  }
  if (!CAN_SHARE || !app.media?.local) return null;
  const state = app.acts.of("share_screen");
  const share = () => app.acts.run("share_screen", () => shared(app, sitting_id));
  return h("span", { key: "share", class: "act" },
    h("button", { type: "button", class: "button tool", testid: "act-share_screen", "aria-disabled": state.isPending ? "true" : null, onclick: () => void share() },
      icon("screen"), t.screen.share),
    refusal(state.refusal));
}

/** @param {import("../main.js").App} app @param {string} sitting_id */
async function shared(app, sitting_id) {
  try {
    await app.media?.screen.start(sitting_id);
  } catch (error) {
    // Who changes their mind has refused nothing: the browser calls both by one name.
    if (!(error instanceof DOMException)) throw error;
    if (error.name !== "NotAllowedError") throw new Error(t.screen.failed);
  }
}
