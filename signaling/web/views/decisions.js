/** What is decided on each candidate: proposed, voted, adopted; and who is out for them. */

import { actButton, reasonAct } from "../acts.js";
import { h } from "../dom.js";
import { hour } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../strings.js";
import { notesOn } from "./notes.js";

const OUTCOMES = ["full", "partial", "none"];
const BALLOTS = ["for", "against", "abstain"];

/** Who attends now. @param {import("../main.js").App} app @returns {string[]} */
export function present(app) {
  return Object.entries(app.state.register_lines)
    .filter(([, member]) => ["on_site", "remote"].includes(member.attendance ?? "")).map(([id]) => id);
}

/** @param {import("../main.js").App} app */
export function decisions(app) {
  const { candidates, left_out } = app.deliberation;
  return h("section", { key: "decisions", class: "decisions" },
    h("h2", null, t.deliberation.decisions),
    Object.entries(candidates).map(([id, candidate]) => decisionCard(app, id, candidate)),
    Object.keys(left_out).length > 0 && h("section", { key: "left-out", class: "card", testid: "left-out" },
      h("h3", null, t.deliberation.leftOut),
      h("ul", { class: "lines" }, Object.entries(left_out).map(([id, state]) =>
        h("li", { key: id }, t.pair(app.person(id).name, t.states[state] ?? state))))));
}

/** @param {import("../main.js").App} app @param {string} candidate_id @param {any} candidate */
function decisionCard(app, candidate_id, candidate) {
  const { deliberation, state: { me } } = app;
  const decision = deliberation.decisions[candidate_id];
  const isAdopted = (decision?.adopted_ms ?? null) !== null;
  const isOpen = deliberation.is_open && !isAdopted;
  const isOut = candidate.out.includes(me);
  const presides = candidate.presiding === me;
  return h("article", { key: candidate_id, class: "card decision-card", testid: `decision-${candidate_id}` },
    h("h3", null, app.person(candidate_id).name),
    candidate.out.length > 0 && h("p", { key: "out", class: "notice warn", testid: `out-${candidate_id}` },
      t.deliberation.recused(candidate.out.map((/** @type {string} */ one) => app.person(one).name).join(", "))),
    isOpen && candidate.out.length > 0 && (presides || app.me.role === "chair") && takeUp(app, candidate_id),
    isAdopted && adopted(app, decision),
    isOpen && decision && !isOut && vote(app, candidate_id, decision, candidate),
    isOpen && !decision && !presides && h("p", { key: "none", class: "muted" }, t.deliberation.noProposal),
    isOpen && presides && propose(app, candidate_id, decision),
    !isOut && notesOn(app, candidate_id),
    isOpen && recusal(app, candidate_id, candidate));
}

/** Speak of this candidate: whoever is out leaves the meeting. @param {import("../main.js").App} app @param {string} candidate_id */
function takeUp(app, candidate_id) {
  return h("div", { key: "take-up", class: "buttons" }, actButton(app, {
    act: { command: "take_up_candidate", candidate_id }, testid: `take-up-${candidate_id}`, label: t.acts.take_up_candidate,
    kind: "secondary", pressed: app.deliberation.taken_up === candidate_id,
  }));
}

/** The chair puts anyone out, a member themself. @param {import("../main.js").App} app @param {string} candidate_id @param {any} candidate */
function recusal(app, candidate_id, candidate) {
  const { me, people } = app.state;
  const isChair = app.me.role === "chair";
  const left = Object.values(people).filter((one) => ["examiner", "chair"].includes(one.role) && !candidate.out.includes(one.participant_id));
  const able = left.filter((one) => isChair || one.participant_id === me);
  if (able.length === 0) return null;
  const id = `recused-${candidate_id}`;
  const participant_id = able.length === 1 ? able[0].participant_id : (app.ui.get(id) ?? able[0].participant_id);
  return h("div", { key: "recusal", class: "recusal" },
    able.length > 1 && h("div", { key: "who", class: "field" },
      h("label", { for: id }, t.deliberation.recusedMember),
      h("select", { id, testid: id, onchange: (/** @type {any} */ event) => app.setUI(id, event.target.value) },
        able.map((one) => h("option", { key: one.participant_id, value: one.participant_id, selected: one.participant_id === participant_id }, one.name)))),
    reasonAct(app, {
      act: { command: "recuse_member", candidate_id, participant_id },
      label: isChair ? t.acts.recuse_member : t.acts.recuse_myself, reasonLabel: t.deliberation.recusalReason, kind: "quiet",
    }));
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

/** @param {import("../main.js").App} app @param {string} candidate_id @param {any} decision @param {any} candidate */
function vote(app, candidate_id, decision, candidate) {
  const presides = candidate.presiding === app.state.me;
  return h("div", { key: "vote", class: "vote" },
    h("p", { class: "strong" }, t.deliberation.proposed(outcome(app, decision))),
    h("div", { class: "buttons", role: "group", "aria-label": t.deliberation.yourVote },
      h("span", { class: "group-label" }, t.deliberation.yourVote),
      BALLOTS.map((ballot) => actButton(app, {
        act: { command: "cast_vote", candidate_id, ballot }, testid: `vote-${candidate_id}-${ballot}`,
        label: t.deliberation.ballots[ballot], kind: "choice", pressed: decision.my_ballot === ballot,
      }))),
    h("p", { class: "muted", testid: `voted-${candidate_id}` }, t.deliberation.voted(decision.voted.length, present(app).filter((one) => !candidate.out.includes(one)).length)),
    presides && actButton(app, { act: { command: "adopt_decision", candidate_id }, testid: `adopt-${candidate_id}`, label: t.acts.adopt, kind: "primary" }));
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
