/** Where people wait: the candidate before and after the sitting, the jury between sittings. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { day, hourEverywhere, planned } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { checkMark } from "./identity.js";
import { notesOn } from "./notes.js";
import { isEnded } from "./sitting.js";
import { stateWords, tile, tiles } from "./tiles.js";
import { timelineCard } from "./timeline.js";

/** @param {import("../main.js").App} app */
export function waitingView(app) {
  const sitting = app.state.sittings[app.state.sitting_id ?? ""];
  if (["candidate", "assistant"].includes(app.me.role) && sitting !== undefined) return candidateWaits(app, sitting);
  const isLate = app.state.session.phase === "deliberation" && (app.me.identity_checked_ms ?? null) === null;
  const isJury = ["examiner", "chair"].includes(app.me.role);
  if (app.state.deliberation?.is_open) return recusedWaits(app);
  return h("div", { key: "waiting", class: "page narrow" },
    h("h1", null, isLate && isJury ? t.waiting.identityTitle : t.waiting.nothing),
    h("p", { class: "lead" }, isLate && isJury ? t.waiting.identity : t.waiting.nothingText),
    app.media?.local && h("div", { class: "tiles" }, tile(app, app.state.me)));
}

/** A member while the jury speaks of a candidate they are out for. @param {import("../main.js").App} app */
function recusedWaits(app) {
  return h("div", { key: "recused", class: "page narrow", testid: "recused" },
    h("h1", null, t.waiting.recusedTitle), h("p", { class: "lead" }, t.waiting.recused));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function candidateWaits(app, sitting) {
  const ended = t.waiting.ended[sitting.state];
  if (isEnded(sitting) && ended !== undefined) {
    return h("div", { key: "ended", class: "page narrow" },
      h("h1", { testid: "sitting-ended" }, ended.title), h("p", { class: "lead" }, ended.text));
  }
  return h("div", { key: "waiting", class: "page", testid: "waiting-room" },
    h("h1", null, t.waiting.title),
    h("p", { class: "lead" }, t.waiting.candidateLead),
    h("div", { class: "columns" },
      h("div", { class: "column" }, facts(app, sitting), steps(app, sitting)),
      h("div", { class: "column" },
        h("section", { class: "card" },
          h("h2", null, t.waiting.preview),
          h("div", { class: "tiles" }, tile(app, app.state.me, { withCheck: false }))),
        expected(app, sitting))));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function facts(app, sitting) {
  const office = app.state.offices[sitting.host_office_id];
  return h("section", { key: "facts", class: "card facts" },
    h("dl", null,
      h("dt", null, t.waiting.planned),
      h("dd", null, h("strong", { testid: "planned-hour" }, hourEverywhere(sitting.planned_ms, app.zone(sitting), app.zones())), h("span", { class: "block" }, day(sitting.planned_ms, app.zone(sitting)))),
      h("dt", null, t.waiting.duration),
      h("dd", null, planned(sitting.duration_s + sitting.adjustment_s)),
      h("dt", null, t.waiting.place),
      h("dd", null, office.name, h("span", { class: "block" }, office.address))));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function steps(app, sitting) {
  const candidate = app.person(sitting.candidate_id);
  const assistant = sitting.assistant_id ? app.person(sitting.assistant_id) : null;
  const has = (/** @type {any} */ person) => (person.identity_checked_ms ?? null) !== null;
  const all = [
    { name: "welcome", isDone: candidate.is_connected },
    { name: "identity", isDone: has(candidate) },
    ...(assistant === null ? [] : [{ name: "assistant", isDone: has(assistant) }]),
    { name: "attestation", isDone: sitting.is_attestation_signed },
    { name: "admission", isDone: false },
  ];
  const current = all.findIndex((step) => !step.isDone);
  const texts = /** @type {Record<string, string[]>} */ (t.waiting.steps);
  return h("section", { key: "steps", class: "card" },
    h("h2", null, t.waiting.next),
    h("ol", { class: "steps" }, all.map((step, index) => {
      const state = step.isDone ? "done" : index === current ? "current" : "todo";
      return h("li", { key: step.name, class: state, "aria-current": state === "current" ? "step" : null },
        h("span", { class: "mark" }, step.isDone ? icon("check") : String(index + 1)),
        h("div", null,
          h("p", { class: "step-title" }, texts[step.name][0], h("span", { class: `tag ${state}` }, /** @type {any} */ (t.waiting)[state])),
          h("p", { class: "muted" }, texts[step.name][1])));
    })));
}

/** @param {import("../main.js").App} app @param {any} sitting */
function expected(app, sitting) {
  const ids = [sitting.candidate_id, sitting.assistant_id, ...sitting.examiner_ids].filter((id) => (id ?? null) !== null && id !== app.state.me);
  return h("section", { key: "expected", class: "card" },
    h("h2", null, t.waiting.expected),
    h("ul", { class: "lines" }, ids.map((id) => {
      const person = app.person(id);
      return h("li", { key: id },
        h("span", { class: "line-main" }, person.name),
        h("span", null, t.roles[person.role]),
        h("span", { class: person.is_connected ? "tag done" : "tag todo" }, person.is_connected ? t.organiser.connected : t.organiser.away));
    })));
}

/** The jury between sittings. @param {import("../main.js").App} app */
export function juryView(app) {
  const jury = Object.values(app.state.people).filter((person) => ["examiner", "chair"].includes(person.role));
  const isUnchecked = (app.me.identity_checked_ms ?? null) === null;
  return h("div", { key: "jury", class: "page", testid: "jury-room" },
    h("h1", null, t.jury.title),
    h("p", { class: "lead" }, t.jury.lead),
    h("p", { key: "hears", class: "note", role: "status", testid: "jury-hears" }, icon("mic"), hears(app)),
    isUnchecked && h("p", { key: "unchecked", class: "notice warn" }, t.jury.checkMissing),
    h("div", { class: "columns wide-first" },
      h("div", { class: "column" }, h("div", { class: "tiles jury-tiles" }, tiles(app, jury.map((person) => person.participant_id), { size: "large" }))),
      h("div", { class: "column" }, nextSitting(app), past(app))));
}

/** How the sittings that are over went. @param {import("../main.js").App} app */
function past(app) {
  return Object.values(app.state.sittings).filter((sitting) => isEnded(sitting) && (sitting.clock ?? null) !== null).map((sitting) =>
    h("section", { key: `past-${sitting.sitting_id}`, class: "watch" },
      h("h2", { class: "small-title" }, t.sitting.of(app.person(sitting.candidate_id).name)),
      timelineCard(app, sitting),
      h("div", { key: "notes", class: "card" }, notesOn(app, sitting.candidate_id))));
}

/** Who hears the reader at this moment, by name: the others of the jury who are here. @param {import("../main.js").App} app */
function hears(app) {
  const here = Object.entries(app.state.register_lines)
    .filter(([id, line]) => id !== app.state.me && line.room === "jury" && line.is_connected);
  return here.length === 0 ? t.jury.alone : t.jury.hearsYou(here.map(([, line]) => line.name).join(", "));
}

/** @param {import("../main.js").App} app */
function nextSitting(app) {
  const all = Object.values(app.state.sittings);
  if (all.length > 0 && all.every(isEnded)) {
    return h("section", { key: "over", class: "card" },
      h("h2", null, t.jury.allEnded),
      app.me.role === "chair"
        ? actButton(app, { act: { command: "open_deliberation" }, label: t.acts.open_deliberation, kind: "primary" })
        : h("p", null, t.jury.mayOpen));
  }
  const sitting = app.state.sittings[app.state.sitting_id ?? ""];
  if (sitting === undefined) return null;
  const candidate = app.person(sitting.candidate_id);
  const words = stateWords(candidate, null);
  return h("section", { key: "next", class: "card facts" },
    h("h2", null, t.jury.nextSitting),
    h("dl", null,
      h("dt", null, t.roles.candidate),
      h("dd", null, h("strong", null, candidate.name), h("span", { class: "block" }, words.length > 0 ? words.join(", ") : t.organiser.connected), h("span", { class: "block" }, checkMark(candidate))),
      h("dt", null, t.waiting.planned),
      h("dd", null, hourEverywhere(sitting.planned_ms, app.zone(), app.zones())),
      h("dt", null, t.waiting.duration),
      h("dd", null, planned(sitting.duration_s + sitting.adjustment_s))),
    h("p", { class: "note" }, icon("clock"), readiness(candidate, sitting)),
    notesOn(app, sitting.candidate_id));
}

/** @param {any} candidate @param {any} sitting */
function readiness(candidate, sitting) {
  if ((candidate.identity_checked_ms ?? null) === null) return t.jury.waitsIdentity;
  return sitting.is_attestation_signed ? t.jury.ready : t.jury.waitsAttestation;
}
