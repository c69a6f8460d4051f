"""The life of a sitting walked whole: every state × every act × everyone, in every session state.

What is expected of a cell comes from the tables of tests/written.py and from who is within reach;
what is found comes from `decide`. An act that the tables allow is prepared for and carried out, so
that it brings events and leads where the table says; every other one is refused with its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.acts import on_sitting
from tests.builders import BRITTANY, SITTING, Story
from tests.stages import BEYOND, CAST, OUTAGE, PAIRS, REASON, brought, declared
from tests.written import LEGAL, RIGHTS, SESSION_CODES, SESSION_LEGAL, SESSION_STEPS, SITTING_STEPS
from visiojury.exam import commands as cmd
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.people import Role
from visiojury.exam.transitions import SessionState, SittingState


def prepared(name: str, who: str, story: Story) -> cmd.Command:
    """Have all that the act waits for done, and return it."""
    is_of_host = story.session.subject(who).office_id == BRITTANY.office_id
    partner = "organiser" if is_of_host else "invigilator"
    outage_id = story.session.sitting(SITTING).next_outage_id()
    match name:
        case "admit":
            story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
        case "end_outage" | "withdraw_outage":
            story.act(who, declared(story))
        case "decide_extension":
            story.act("chair", declared(story, ago_s=60, for_s=10))
        case "let_back_in":
            story.act(who, on_sitting("send_out", who, story.session.sitting(SITTING).plan, OUTAGE))
        case "stop_screen":
            sharer = "chair" if CAST[who] is Role.ORGANISER else who
            story.act(sharer, cmd.ShareScreen(sitting_id=SITTING))
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
    return on_sitting(name, who, story.session.sitting(SITTING).plan, outage_id)


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
    actor, act = (
        story.session.subject(who),
        on_sitting(name, who, story.session.sitting(SITTING).plan, OUTAGE),
    )
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
    assert len(verdicts) == 63 * 27 * 15
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
