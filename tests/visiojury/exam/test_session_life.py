"""The life of a session walked whole: every state × every act that is not on a sitting × everyone.

Built as the walk of a sitting is (test_life_cycle.py): the tables say what is expected, `decide`
says what is found, and an allowed act is prepared for and carried out. What a third rule refuses
although both tables allow it stands in `beyond_the_tables`, with its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from tests.acts import DEPUTY, KIN, RECEIVED, SEATED, on_session
from tests.builders import Story
from tests.stages import CAST, REASON, brought
from tests.written import RIGHTS, SESSION_CODES, SESSION_LEGAL, SESSION_STEPS, SITTING_STEPS
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.follow_up import unsigned
from visiojury.exam.people import Role

ACTS = tuple(name for name in RIGHTS if name not in SITTING_STEPS)
WITH = {
    "draft": "scheduled",
    "open": "scheduled",
    "in_progress": "closed",
    "suspended": "closed",
    "deliberating": "closed",
    "closed": "closed",
    "archived": "closed",
    "cancelled": "cancelled",
    "moved": "cancelled",
}
"""By state of the session: how the sitting stands meanwhile."""
ELSEWHERE = {"host-organiser", "third-organiser"}
"""Organisers of other offices: they host, and no more."""
OFFICES_OWN = {"enrol_station", "withdraw_station", "attest_presence", "leave_station"}
JOINT = {"open_technical_test", "close_technical_test", "record_device_check"}
"""What every office does for itself, for both, or of a device of its own, by its organisers too."""


def told(whole: str) -> Story:
    """Return the session in a state; one that is given up is sealed, as the server does at once."""
    story = brought(whole, WITH[whole])
    if whole in {"cancelled", "moved"}:
        story.seal()
    return story


# --- what an act waits for ------------------------------------------------------------------------


def relation_declared(story: Story, _who: str) -> None:
    story.act("organiser", cmd.DeclareRelation(relation=KIN))


def off_duty(story: Story, who: str) -> None:
    if story.session.life.turn_of(who) is not None:
        story.act(who, cmd.HandOverDuty(to_participant_id=DEPUTY[who]))


def on_duty(story: Story, who: str) -> None:
    story.act(who, cmd.TakeDuty())


def invited(story: Story, who: str) -> None:
    story.observe(
        ev.InvitationIssued(
            at_ms=story.now_ms,
            invitation_id="link",
            participant_id=who,
            secret_digest="0",
            code_digest=None,
            not_before_ms=0,
            expires_ms=story.now_ms,
        )
    )


def candidate_invited(story: Story, _who: str) -> None:
    invited(story, "candidate")


def next_day(story: Story, _who: str) -> None:
    story.wait(24 * 3600)


def identified(story: Story, who: str) -> None:
    person_id = RECEIVED.get(who, who)
    checker = {"candidate-2": "third-invigilator", "candidate": "invigilator"}.get(person_id)
    if person_id not in story.session.checks:
        story.act(
            checker or "organiser",
            cmd.CheckIdentity(participant_id=person_id, document="passport"),
        )


CHECKERS = {"candidate-2": "third-invigilator", "candidate": "invigilator", "chair": "organiser"}


def seated(story: Story, who: str) -> None:
    _, person_id = SEATED.get(who, ("station-1", "candidate"))
    if person_id not in story.session.checks:
        checked = cmd.CheckIdentity(participant_id=person_id, document="passport")
        story.act(CHECKERS[person_id], checked)


def at_the_station(story: Story, who: str) -> None:
    seated(story, who)
    agent = "invigilator" if who == "station-1" else who
    story.act(agent, on_session("attest_presence", agent))


def signed_in(story: Story, _who: str) -> None:
    invited(story, "examiner-1")
    sign_in = ev.SignIn(
        participant_id="examiner-1", issuer="https://op", subject="42", acr="eidas2", is_high=True
    )
    story.observe(
        ev.InvitationRedeemed(
            at_ms=story.now_ms, invitation_id="link", device_key="key", sign_in=sign_in
        )
    )


def called(story: Story, who: str) -> None:
    story.act(RECEIVED[who], cmd.CallHelp())


def in_test(story: Story, _who: str) -> None:
    story.act("organiser", cmd.OpenTechnicalTest())


def assembled(story: Story, _who: str) -> None:
    for member in story.session.jury():
        story.answer(member.participant_id)


def cut(story: Story, who: str) -> None:
    assembled(story, who)
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-2"))


def proposed(story: Story, who: str) -> None:
    assembled(story, who)
    story.act("chair", on_session("propose_decision", "chair"))


def voted(story: Story, who: str) -> None:
    proposed(story, who)
    for member in story.session.jury():
        story.act(member.participant_id, on_session("cast_vote", member.participant_id))


def decided(story: Story, who: str) -> None:
    assembled(story, who)
    for candidate_id in ("candidate", "candidate-2"):
        story.vote(candidate_id, "full")


def amended(story: Story, _who: str) -> None:
    story.act("organiser", on_session("write_amendment", "organiser"))


def explained(story: Story, _who: str) -> None:
    for signer in unsigned(story.session):
        story.act("chair", cmd.ExplainMissingSignature(participant_id=signer, reason=REASON))


def sent(story: Story, who: str) -> None:
    office_id = story.session.participant(who).office_id
    story.act("organiser", cmd.SendExtract(office_id=office_id))


def appealed(story: Story, _who: str) -> None:
    story.act("organiser", on_session("enter_appeal", "organiser"))


NEEDS: dict[str, Callable[[Story, str], None]] = {
    "withdraw_relation": relation_declared,
    "take_duty": off_duty,
    "hand_over_duty": on_duty,
    "revoke_invitation": candidate_invited,
    "accept_sign_in": signed_in,
    "record_arrival": next_day,
    "sign_attendance": identified,
    "answer_help": called,
    "close_technical_test": in_test,
    "attest_presence": seated,
    "leave_station": at_the_station,
    "show_document": assembled,
    "take_up_candidate": assembled,
    "propose_decision": assembled,
    "continue_without": cut,
    "cast_vote": proposed,
    "adopt_decision": voted,
    "close_deliberation": decided,
    "sign_amendment": amended,
    "deliver_minutes": explained,
    "acknowledge_extract": sent,
    "close_appeal": appealed,
}

# --- the walk -------------------------------------------------------------------------------------


def beyond_the_tables(whole: str, name: str, who: str) -> str | None:
    """Return the code of what a finer rule refuses; each is proved by a test of its own."""
    if SESSION_STEPS[name] == "deliberate" and whole != "deliberating":
        if name == "open_deliberation":
            return "sittings_not_ended" if whole == "open" else None
        return None if name == "recuse_member" else "deliberation_not_open"
    if name == "open_deliberation":
        return "illegal_transition"  # It is open.
    is_for_president = name in {"take_up_candidate", "propose_decision", "adopt_decision"}
    if is_for_president and who != "chair":
        return "not_presiding"
    if whole in {"cancelled", "moved"} and name in {"sign_minutes", "sign_amendment"}:
        return None if who == "manager" else "not_a_signer"  # The jury did not meet.
    if name == "acknowledge_extract" and who == "organiser":
        return "extract_not_sent"  # Nobody sends one to themselves.
    return None


def expected(whole: str, name: str, who: str) -> str | None:
    """Return the code of the refusal that the rules foresee; None: it is done."""
    if CAST[who].value not in RIGHTS[name]:
        return "not_allowed"
    is_sealed = "follow_up" in SESSION_LEGAL[whole]
    if SESSION_STEPS[name] == "follow_up" and not is_sealed:
        return "record_unsealed"
    if SESSION_STEPS[name] not in SESSION_LEGAL[whole]:
        return SESSION_CODES[whole]
    is_elsewhere = who in ELSEWHERE and name not in OFFICES_OWN | JOINT
    return "foreign_office" if is_elsewhere else beyond_the_tables(whole, name, who)


def cells() -> Iterator[tuple[str, str, str]]:
    yield from product(WITH, ACTS, CAST)


def found(story: Story, name: str, who: str) -> str | None:
    actor = story.session.subject(who)
    try:
        decide(story.session, on_session(name, who), actor=actor, now_ms=story.now_ms)
    except ExamError as refusal:
        return refusal.code
    return None


def carried_out(base: Story, name: str, who: str) -> list[ev.Event]:
    """Return what the act brings once all that it waits for is done."""
    story = base.again()
    if name in NEEDS:
        NEEDS[name](story, who)
    before = len(story.drafts)
    story.act(who, on_session(name, who))
    return [draft.event for draft in story.drafts[before:] if draft.actor is not None]


@pytest.mark.requirement("D12", "A4")
@pytest.mark.parametrize("whole", WITH)
def test_every_act_of_a_session_in_every_state_by_everyone(whole: str) -> None:
    base = told(whole)
    for name, who in product(ACTS, CAST):
        code = expected(whole, name, who)
        if code is None:
            assert carried_out(base, name, who), (name, who)
        elif code in {"not_presiding", "not_a_signer", "extract_not_sent"}:
            assert found(prepared_for_the_right_one(base, name), name, who) == code, (name, who)
        else:
            assert found(base, name, who) == code, (name, who)


def prepared_for_the_right_one(base: Story, name: str) -> Story:
    """All is ready for the act; it is only not this person's."""
    story = base.again()
    if name in NEEDS and name != "acknowledge_extract":
        NEEDS[name](story, "chair")
    return story


def test_the_walk_is_whole_and_no_line_of_it_is_empty() -> None:
    verdicts = {cell: expected(*cell) for cell in cells()}
    assert len(verdicts) == 9 * 53 * 15
    done = {(name, CAST[who]) for (_, name, who), code in verdicts.items() if code is None}
    rights = {(name, Role(role)) for name in ACTS for role in RIGHTS[name]}
    president = {"take_up_candidate", "propose_decision", "adopt_decision"}
    assert rights - done == {
        *((name, Role.EXAMINER) for name in president),
        ("acknowledge_extract", Role.ORGANISER),
    }
    assert done <= rights
    assert {whole for (whole, _, _), code in verdicts.items() if code is None} == set(WITH)
