/** The trial of the network as a card: the ways, the call's seconds, the verdict and what to do (B5). */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { video } from "./tiles.js";
import { CALL_S, WAYS } from "../echo.js";

const KINDS = { good: "done", fair: "warn", poor: "alert" };
const WAY_KINDS = { untried: "todo", trying: "todo", open: "done", closed: "alert", absent: "todo" };

/** @param {import("../main.js").App} app */
export function networkCard(app) {
  const { network, check } = app;
  const run = () => check.stream !== null && void network.run(check.stream);
  return h("section", { key: "network", class: "card network", testid: "network-check" },
    h("h2", { class: "small-title" }, t.network.title),
    network.phase === "idle" && h("p", { key: "lead", class: "muted" }, t.network.lead),
    network.phase !== "idle" && ways(network),
    h("p", { key: "progress", role: "status", class: "progress" },
      network.phase === "ways" ? t.network.trying : network.phase === "call" ? t.network.calling(CALL_S - network.second) : ""),
    network.phase === "call" && h("div", { key: "returned", class: "returned" },
      h("div", { class: "picture" }, video(network.returned, false)), h("p", { class: "muted" }, t.network.returned)),
    network.phase === "done" && result(network),
    h("div", { key: "acts", class: "buttons" },
      !network.isGoing && h("button", { key: "run", type: "button", class: "button secondary", testid: "try-network", disabled: check.stream === null, onclick: run },
        network.phase === "done" ? t.network.again : t.network.run),
      network.isGoing && h("button", { key: "stop", type: "button", class: "button quiet", testid: "stop-network", onclick: () => { network.stop(); app.update(); } }, t.acts.cancel)));
}

/** @param {import("../networkcheck.js").NetworkCheck} network */
function ways(network) {
  return h("ul", { key: "ways", class: "lines" }, WAYS.map((way) => {
    const state = network.ways[way];
    return h("li", { key: way, testid: `way-${way}` },
      h("span", { class: "line-main" }, t.network.ways[way]),
      h("span", { class: `tag ${WAY_KINDS[state]}` }, state === "closed" && icon("cut"), state === "open" && icon("check"), t.network.states[state]));
  }));
}

/** @param {import("../networkcheck.js").NetworkCheck} network */
function result(network) {
  const { measured, verdict, stored } = network;
  if (verdict === null) return null;
  const advice = [...verdict.reasons.map((reason) => t.network.advice[reason]), measured !== null && measured.path !== "udp" && t.network.byOtherWay[measured.path]];
  return h("div", { key: "result", class: "result", role: "status" },
    h("p", { class: "verdict" }, h("span", { class: `tag ${KINDS[verdict.level]}`, testid: "verdict" },
      icon(verdict.level === "good" ? "check" : "warning"), t.network.verdicts[verdict.level])),
    h("p", null, t.network.meanings[verdict.level]),
    advice.filter((text) => text !== false).map((text) => h("p", { key: text, class: "notice warn" }, text)),
    measured !== null && figures(measured),
    h("p", { class: stored === true || stored === null ? "muted" : "refusal", testid: "check-stored" },
      stored === null ? t.acts.pending : stored === true ? t.network.stored : stored));
}

/** @param {import("../echo.js").Measured} measured */
function figures(measured) {
  const rows = t.network.figures(measured);
  return h("details", { key: "figures" },
    h("summary", null, t.network.details),
    h("dl", { class: "figures" }, rows.flatMap(([name, value]) => [h("dt", { key: name }, name), h("dd", { key: `${name}-v` }, value)])));
}

/** The last check of a person or a station, for agents. @param {any} subject a PersonView or a StationView */
export function checkTag(subject) {
  const check = subject.device_check ?? null;
  return check !== null && h("span", { key: "device-check", class: `tag ${KINDS[/** @type {"good"} */ (check.verdict)]}`, testid: `device-check-${subject.participant_id ?? subject.station}` },
    t.network.tag(t.network.verdicts[check.verdict], t.network.short[check.path] ?? null));
}
