/** The jury's plenary meeting: who is here and how, what is put to the vote, what is adopted. */

import { actButton } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { documentsCard } from "./documents.js";
import { stateWords, tile } from "./tiles.js";

const ATTENDANCES = ["on_site", "remote", "absent"];
const OUTCOMES = ["full", "partial", "none"];
const BALLOTS = ["for", "against", "abstain"];

/** @param {import("../main.js").App} app */
export function deliberationView(app) {
  const { deliberation } = app.state;
  const jury = Object.values(app.state.people).filter((person) => ["examiner", "chair"].includes(person.role));
  const isChair = app.me.role === "chair" && deliberation.is_open;
  return h("div", { key: "deliberation", class: "page wide", testid: "deliberation" },
    h("h1", null, t.deliberation.title),
    deliberation.is_open ? h("p", { key: "lead", class: "lead" }, t.deliberation.lead) : closed(app),
    h("div", { class: deliberation.is_open ? "columns with-tiles" : "columns wide-first" },
      h("div", { key: "acts", class: "column" },
        register(app, jury, isChair),
        decisions(app, isChair),
        isChair && closing(app),
        deliberation.is_open && documentsCard(app)),
      h("div", { key: "aside", class: "column" },
        deliberation.is_open
          ? h("div", { key: "tiles", class: "tiles small-tiles" }, jury.map((person) => tile(app, person.participant_id)))
          : documentsCard(app))));
}

/** @param {import("../main.js").App} app @param {boolean} isChair */
function decisions(app, isChair) {
  const sittings = Object.values(app.state.sittings).sort((a, b) => a.planned_ms - b.planned_ms);
  return h("section", { key: "decisions", class: "decisions" },
    h("h2", null, t.deliberation.decisions),
    sittings.map((sitting) => decisionCard(app, sitting, isChair)));
}

/** @param {import("../main.js").App} app */
function closing(app) {
  const left = Object.values(app.state.sittings).filter((sitting) =>
    sitting.state === "closed" && (app.state.deliberation.decisions[sitting.candidate_id]?.adopted_ms ?? null) === null);
  return h("section", { key: "close", class: "card" },
    h("p", { class: "muted" }, t.deliberation.closeHelp),
    h("div", { class: "buttons" }, actButton(app, {
      act: { command: "close_deliberation" }, label: t.acts.close_deliberation,
      kind: left.length > 0 ? "secondary" : "primary", confirm: t.acts.close_deliberation_confirm,
    })));
}

/** @param {import("../main.js").App} app */
function closed(app) {
  return h("p", { key: "closed", class: "notice good", role: "status" }, icon("check"),
    t.deliberation.closed, app.state.documents.minutes ? "" : ` ${t.deliberation.preparing}`);
}

/** @param {import("../main.js").App} app @param {any[]} jury @param {boolean} isChair */
function register(app, jury, isChair) {
  const { columns } = t.deliberation;
  const { is_open } = app.state.deliberation;
  const heads = [columns.member, columns.attendance, is_open && columns.link, columns.identity, isChair && columns.call].filter((text) => text !== false);
  return h("section", { key: "register", class: "card", testid: "register" },
    h("h2", { id: "register-title" }, t.deliberation.register),
    h("p", { class: "muted", testid: "quorum" }, t.deliberation.quorum(present(app).length, jury.length)),
    h("div", { class: "table-scroll", role: "region", "aria-labelledby": "register-title", tabindex: "0" },
      h("table", null,
        h("thead", null, h("tr", null, heads.map((text) => h("th", { key: text, scope: "col" }, text)))),
        h("tbody", null, jury.map((person) => row(app, person, isChair))))));
}

/** @param {import("../main.js").App} app @returns {string[]} */
function present(app) {
  return Object.entries(app.state.deliberation.members).filter(([, member]) => member.attendance !== "absent").map(([id]) => id);
}

/** @param {import("../main.js").App} app @param {any} person @param {boolean} isChair */
function row(app, person, isChair) {
  const member = app.state.deliberation.members[person.participant_id];
  const { columns } = t.deliberation;
  return h("tr", { key: person.participant_id, class: member?.is_cut_off ? "cut" : null, testid: `member-${person.participant_id}` },
    h("th", { scope: "row" }, person.name, h("span", { class: "block muted" }, t.roles[person.role])),
    h("td", { "data-label": columns.attendance }, attendance(app, member)),
    app.state.deliberation.is_open && h("td", { "data-label": columns.link }, liaison(person, member)),
    h("td", { "data-label": columns.identity }, identity(person)),
    isChair && h("td", { "data-label": columns.call }, rollCall(app, person, member)));
}

/** @param {any} person */
function identity(person) {
  const by = person.identity_checked_by ?? null;
  if (by === null) return h("span", { class: "check missing" }, t.media.unchecked);
  return h("span", { class: "check" }, icon("check"), t.deliberation.checkedBy(by));
}

/** @param {import("../main.js").App} app @param {any} member */
function attendance(app, member) {
  if (member === undefined) return h("span", { class: "tag todo" }, t.deliberation.notCalled);
  return [
    h("span", { key: "how", class: `tag ${member.attendance === "absent" ? "todo" : "done"}` }, t.deliberation.attendance[member.attendance]),
    h("span", { key: "since", class: "block muted" }, `${t.deliberation.columns.since.toLowerCase()} ${hour(member.since_ms, app.zone())}`),
  ];
}

/** @param {any} person @param {any} member */
function liaison(person, member) {
  if (member?.is_cut_off) return h("span", { class: "tag alert" }, icon("cut"), t.deliberation.cutOff);
  const words = stateWords(person, null);
  return h("span", { class: `tag ${words.length > 0 ? "todo" : "done"}` }, words.length > 0 ? words.join(", ") : t.deliberation.heard);
}

/** @param {import("../main.js").App} app @param {any} person @param {any} member */
function rollCall(app, person, member) {
  return h("div", { class: "buttons tight" }, ATTENDANCES.map((how) => actButton(app, {
    act: { command: "answer_roll_call", participant_id: person.participant_id, attendance: how },
    testid: `roll-${person.participant_id}-${how}`, label: t.deliberation.attendance[how],
    name: t.deliberation.callAs(person.name, t.deliberation.attendance[how]),
    kind: "choice", pressed: member?.attendance === how,
  })));
}

/** @param {import("../main.js").App} app @param {any} sitting @param {boolean} isChair */
function decisionCard(app, sitting, isChair) {
  const candidate_id = sitting.candidate_id;
  const decision = app.state.deliberation.decisions[candidate_id];
  const isAdopted = (decision?.adopted_ms ?? null) !== null;
  const isOpen = app.state.deliberation.is_open && sitting.state === "closed" && !isAdopted;
  return h("article", { key: candidate_id, class: "card decision-card", testid: `decision-${candidate_id}` },
    h("h3", null, app.person(candidate_id).name),
    sitting.state !== "closed" && h("p", { class: "muted" }, t.deliberation.nothing[sitting.state] ?? t.states[sitting.state]),
    isAdopted && adopted(app, decision),
    isOpen && decision && vote(app, candidate_id, decision, isChair),
    isOpen && !decision && !isChair && h("p", { class: "muted" }, t.deliberation.noProposal),
    isOpen && isChair && propose(app, candidate_id, decision));
}

/** @param {import("../main.js").App} app @param {any} decision */
function outcome(app, decision) {
  const text = t.deliberation.outcomes[app.state.session.route][decision.outcome];
  return decision.blocks.length > 0 ? `${text} (${decision.blocks.join(" ; ")})` : text;
}

/** @param {import("../main.js").App} app @param {any} decision */
function adopted(app, decision) {
  return h("div", { key: "adopted", class: "notice good" }, icon("gavel"),
    h("div", null,
      h("p", { class: "strong" }, t.deliberation.adopted(outcome(app, decision), hour(decision.adopted_ms, app.zone()))),
      h("p", null, t.deliberation.count(decision.votes_for ?? 0, decision.votes_against ?? 0, decision.abstentions ?? 0))));
}

/** @param {import("../main.js").App} app @param {string} candidate_id @param {any} decision @param {boolean} isChair */
function vote(app, candidate_id, decision, isChair) {
  return h("div", { key: "vote", class: "vote" },
    h("p", { class: "strong" }, t.deliberation.proposed(outcome(app, decision))),
    h("div", { class: "buttons", role: "group", "aria-label": t.deliberation.yourVote },
      h("span", { class: "group-label" }, t.deliberation.yourVote),
      BALLOTS.map((ballot) => actButton(app, {
        act: { command: "cast_vote", candidate_id, ballot }, testid: `vote-${candidate_id}-${ballot}`,
        label: t.deliberation.ballots[ballot], kind: "choice", pressed: decision.my_ballot === ballot,
      }))),
    h("p", { class: "muted", testid: `voted-${candidate_id}` }, t.deliberation.voted(decision.voted.length, present(app).length)),
    isChair && actButton(app, { act: { command: "adopt_decision", candidate_id }, testid: `adopt-${candidate_id}`, label: t.acts.adopt, kind: "primary" }));
}

/** @param {import("../main.js").App} app @param {string} candidate_id @param {any} decision */
function propose(app, candidate_id, decision) {
  const key = `blocks-${candidate_id}`;
  /** @type {string[]} */
  const blocks = app.ui.get(key) ?? [];
  const known = app.state.session.blocks;
  const flip = (/** @type {string} */ block) => app.setUI(key, blocks.includes(block) ? blocks.filter((one) => one !== block) : [...blocks, block]);
  const buttons = h("div", { class: "buttons" }, OUTCOMES.filter((one) => one !== "partial" || known.length > 0).map((one) => actButton(app, {
    act: { command: "propose_decision", candidate_id, outcome: one, blocks: one === "partial" ? known.filter((/** @type {string} */ block) => blocks.includes(block)) : [] },
    testid: `propose-${candidate_id}-${one}`, label: t.deliberation.outcomes[app.state.session.route][one],
    check: () => (one === "partial" && blocks.length === 0 ? t.deliberation.blocksHelp : null),
  })));
  const content = [
    known.length > 0 && h("fieldset", { class: "blocks" },
      h("legend", null, t.deliberation.blocks), h("p", { class: "muted" }, t.deliberation.blocksHelp),
      known.map((/** @type {string} */ block, /** @type {number} */ index) => h("label", { key: block, class: "tick" },
        h("input", { type: "checkbox", testid: `block-${candidate_id}-${index}`, prop: { checked: blocks.includes(block) }, onchange: () => flip(block) }), block))),
    buttons,
  ];
  return decision
    ? h("details", { key: "again", class: "again" }, h("summary", { class: "button quiet" }, t.deliberation.newProposal), content)
    : h("div", { key: "propose", class: "propose" }, h("p", { class: "group-label" }, t.pair(t.acts.propose, "")), content);
}
