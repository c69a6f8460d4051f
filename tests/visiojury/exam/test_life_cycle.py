"""The life of a sitting walked whole: every state × every act × everyone, in every session state.

What is expected of a cell comes from the tables of tests/written.py and from who is within reach;
what is found comes from `decide`. An act that the tables allow is prepared for and carried out, so
that it brings events and leads where the table says; every other one is refused with its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.builders import BRITTANY, SITTING, Story
from tests.stages import BEYOND, CAST, OUTAGE, PAIRS, REASON, brought, declared
from tests.written import LEGAL, RIGHTS, SESSION_CODES, SESSION_LEGAL, SESSION_STEPS, SITTING_STEPS
from visiojury.exam import commands as cmd
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.people import Role
from visiojury.exam.transitions import SessionState, SittingState

# --- the acts -------------------------------------------------------------------------------------


def act_of(name: str, who: str, story: Story, outage_id: str = OUTAGE) -> cmd.Command:
    """Return the act as `who` would ask for it."""
    plan = story.session.sitting(SITTING).plan
    acts: dict[str, cmd.Command] = {
        "reschedule_sitting": cmd.RescheduleSitting(
            sitting_id=SITTING, planned_ms=plan.planned_ms + 60_000, examiner_ids=plan.examiner_ids
        ),
        "cancel_sitting": cmd.CancelSitting(sitting_id=SITTING, reason=REASON),
        "sign_attestation": cmd.SignAttestation(
            sitting_id=SITTING, means="screen" if who == "candidate" else "paper"
        ),
        "admit": cmd.Admit(sitting_id=SITTING),
        "mark_absent": cmd.MarkAbsent(sitting_id=SITTING),
        "start": cmd.Start(sitting_id=SITTING),
        "pause": cmd.Pause(sitting_id=SITTING, reason=REASON),
        "resume": cmd.Resume(sitting_id=SITTING),
        "declare_outage": declared(story),
        "end_outage": cmd.EndOutage(sitting_id=SITTING, outage_id=outage_id),
        "withdraw_outage": cmd.WithdrawOutage(sitting_id=SITTING, outage_id=outage_id),
        "decide_extension": cmd.DecideExtension(
            sitting_id=SITTING, outage_id=outage_id, granted_s=10
        ),
        "note_finding": cmd.NoteFinding(
            sitting_id=SITTING, outage_id=outage_id, text="Sirène entendue"
        ),
        "note_remarks": cmd.NoteRemarks(sitting_id=SITTING, text="J’ai perdu le fil."),
        "sign_incident_sheet": cmd.SignIncidentSheet(sitting_id=SITTING),
        "hand_incident_sheet": cmd.HandIncidentSheet(sitting_id=SITTING),
        "request_postponement": cmd.RequestPostponement(sitting_id=SITTING, reason=REASON),
        "agree_postponement": cmd.AgreePostponement(sitting_id=SITTING),
        "void_sitting": cmd.VoidSitting(sitting_id=SITTING, reason="Fraude"),
        "expel_candidate": cmd.ExpelCandidate(sitting_id=SITTING, reason="Fraude"),
        "withdraw_candidate": cmd.WithdrawCandidate(sitting_id=SITTING, cause="ill"),
        "close": cmd.Close(sitting_id=SITTING),
    }
    return acts[name]


def prepared(name: str, who: str, story: Story) -> cmd.Command:
    """Have all that the act waits for done, and return it."""
    is_of_host = story.session.participant(who).office_id == BRITTANY.office_id
    partner = "organiser" if is_of_host else "invigilator"
    outage_id = story.session.sitting(SITTING).next_outage_id()
    match name:
        case "admit":
            story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
        case "end_outage" | "withdraw_outage":
            story.act(who, declared(story))
        case "decide_extension":
            story.act("chair", declared(story, ago_s=60, for_s=10))
        case "hand_incident_sheet":
            for agent in ("organiser", "invigilator"):
                story.act(agent, cmd.SignIncidentSheet(sitting_id=SITTING))
        case "agree_postponement":
            story.act("examiner-1", cmd.RequestPostponement(sitting_id=SITTING, reason=REASON))
            story.act(partner, cmd.AgreePostponement(sitting_id=SITTING))
        case "void_sitting":
            story.act(partner, cmd.VoidSitting(sitting_id=SITTING, reason="Fraude"))
        case _:
            outage_id = OUTAGE
    return act_of(name, who, story, outage_id)


# --- the walk -------------------------------------------------------------------------------------

NOTHING_TO_TELL = {
    "note_finding": "outage_unknown",
    "sign_incident_sheet": "nothing_to_report",
    "hand_incident_sheet": "sheet_unsigned",
}
"""Beyond the tables: what is refused of a sitting in which nothing happened."""


def expected(whole: str, one: str, name: str, who: str) -> str | None:
    """Return the code of the refusal that the tables foresee; None: it is done."""
    if CAST[who].value not in RIGHTS[name]:
        return "not_allowed"
    if SESSION_STEPS[name] not in SESSION_LEGAL[whole]:
        return SESSION_CODES[whole]
    if who in BEYOND:
        return BEYOND[who][1]
    is_jury = CAST[who] in {Role.CHAIR, Role.EXAMINER}
    if is_jury and whole == "deliberating" and one != "closed":
        return "not_a_member"  # Only what counts reaches the deliberation.
    if (one, SITTING_STEPS[name]) not in LEGAL:
        return "illegal_transition"
    return NOTHING_TO_TELL.get(name) if whole == "open" else None


def cells() -> Iterator[tuple[str, str, str, str]]:
    for (whole, one), name, who in product(PAIRS, SITTING_STEPS, CAST):
        yield whole, one, name, who


def found(story: Story, name: str, who: str) -> str | None:
    actor, act = story.session.participant(who), act_of(name, who, story)
    try:
        decide(story.session, act, actor=actor, now_ms=story.now_ms)
    except ExamError as refusal:
        return refusal.code
    return None


@pytest.mark.requirement("D9", "D12", "A4")
@pytest.mark.parametrize(("whole", "one"), PAIRS)
def test_every_act_on_a_sitting_in_every_state_by_everyone(whole: str, one: str) -> None:
    base = brought(whole, one)
    for name, who in product(SITTING_STEPS, CAST):
        code = expected(whole, one, name, who)
        if code is not None:
            assert found(base, name, who) == code, (name, who)
            continue
        story = base.again()
        act = prepared(name, who, story)
        before = len(story.drafts)
        story.act(who, act)
        done = [draft for draft in story.drafts[before:] if draft.actor is not None]
        assert {draft.actor.participant_id for draft in done if draft.actor} == {who}, (name, who)
        assert story.session.sitting(SITTING).state == LEGAL[one, SITTING_STEPS[name]], (name, who)


def test_the_walk_is_whole_and_no_line_of_it_is_empty() -> None:
    """Each right on each legal step is used, and each state, step and role is refused somewhere."""
    verdicts = {cell: expected(*cell) for cell in cells()}
    assert len(verdicts) == 63 * 22 * 14
    done = {
        (one, name, CAST[who].value) for (_, one, name, who), code in verdicts.items() if not code
    }
    assert done == {
        (one, name, role)
        for one, step in LEGAL
        for name, its_step in SITTING_STEPS.items()
        if step == its_step
        for role in RIGHTS[name]
    }
    assert {one for _, one in PAIRS} == set(SittingState)
    assert {whole for whole, _ in PAIRS} == set(SessionState)
    assert set(CAST.values()) == set(Role)
    assert set(SITTING_STEPS) == {
        kind.__dataclass_fields__["command"].default for kind in cmd.SittingCommand.__subclasses__()
    }
    assert {code for code in verdicts.values() if code} == {
        "not_allowed",
        "foreign_office",
        "not_a_member",
        *SESSION_CODES.values(),
        *NOTHING_TO_TELL.values(),
    }
