"""Outages that people declare, what they found, the incident sheet, late and void sittings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import DAY_MS, DEIS, SITTING, Story, definition
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import Reading
from visiojury.exam.errors import ExamError
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import SittingState

REPORT = cmd.WithdrawCandidate(sitting_id=SITTING, cause="ill", reason="Malaise")


def running() -> Story:
    story = Story()
    story.open_sitting()
    story.wait(120)
    return story


def sitting_of(story: Story) -> Sitting:
    return story.session.sitting(SITTING)


def clock(story: Story) -> Reading:
    reading = sitting_of(story).read_clock(story.now_ms)
    assert reading is not None
    return reading


def declare(
    story: Story, by: str = "invigilator", *, ago_s: float | None = None, for_s: float | None = None
) -> str:
    """Declare an outage that began `ago_s` before now (None: now) and return its id."""
    start_ms = None if ago_s is None else story.now_ms - round(ago_s * 1000)
    end_ms = None if for_s is None or start_ms is None else start_ms + round(for_s * 1000)
    story.act(
        by,
        cmd.DeclareOutage(
            sitting_id=SITTING,
            side="jury",
            stream="audio",
            description="Alarme dans le couloir",
            start_ms=start_ms,
            end_ms=end_ms,
        ),
    )
    return sitting_of(story).outages[-1].outage_id


def end(story: Story, outage_id: str, by: str = "invigilator") -> None:
    story.act(by, cmd.EndOutage(sitting_id=SITTING, outage_id=outage_id))


# --- declared outages -----------------------------------------------------------------------


@pytest.mark.requirement("D7")
@pytest.mark.parametrize("by", ["invigilator", "organiser", "chair", "examiner-2"])
def test_the_clock_stands_while_a_declared_outage_lasts(by: str) -> None:
    story = running()
    before = clock(story).remaining_ms
    outage_id = declare(story, by)
    story.wait(30)
    assert (clock(story).runs, clock(story).remaining_ms) == (False, before)
    end(story, outage_id, by)
    story.wait(5)
    assert (clock(story).runs, clock(story).remaining_ms) == (True, before - 5_000)
    assert clock(story).extension_ms == 30_000


@pytest.mark.requirement("D7")
def test_an_outage_can_be_declared_after_it_is_over() -> None:
    story = running()
    declare(story, ago_s=60, for_s=20.5)
    assert clock(story).extension_ms == 21_000  # whole seconds, in the candidate's favour


@pytest.mark.requirement("D7", "D8")
def test_no_time_is_given_twice_where_declared_and_found_overlap() -> None:
    story = running()
    outage_id = declare(story)
    story.wait(10)
    story.cut("candidate", 20)
    story.wait(10 - 0.6)
    end(story, outage_id)
    declared, found = sitting_of(story).outages
    assert sitting_of(story).counted_ms(found, story.now_ms) == 20_000
    assert sitting_of(story).counted_ms(declared, story.now_ms) == 20_000
    assert clock(story).extension_ms == 40_000


@pytest.mark.requirement("D7", "D8")
def test_two_who_declare_the_same_give_it_once() -> None:
    story = running()
    declare(story, "invigilator", ago_s=60, for_s=30)
    declare(story, "chair", ago_s=50, for_s=30)
    assert clock(story).extension_ms == 40_000


@pytest.mark.requirement("D8")
def test_declared_outages_stay_under_the_cap() -> None:
    story = running()
    story.wait(800)
    outage_id = declare(story, ago_s=750, for_s=700)
    assert clock(story).extension_ms == clock(story).cap_ms == 600_000
    refused(
        story,
        "chair",
        cmd.DecideExtension(sitting_id=SITTING, outage_id=outage_id, granted_s=601),
        "extension_over_cap",
    )
    story.decide_all()
    assert clock(story).extension_ms == 600_000
    assert sitting_of(story).is_postponement_advised


@pytest.mark.requirement("D7")
def test_an_outage_is_decided_when_nothing_that_overlaps_it_lasts() -> None:
    story = running()
    first = declare(story, ago_s=60, for_s=30)
    second = declare(story, "chair", ago_s=40)
    decide = cmd.DecideExtension(sitting_id=SITTING, outage_id=first, granted_s=30)
    refused(story, "chair", decide, "outage_open")
    end(story, second)
    story.act("chair", decide)
    assert sitting_of(story).outage(first).decision is not None


@pytest.mark.requirement("D7")
def test_what_was_found_after_a_decision_begins_after_what_was_decided() -> None:
    story = running()
    declare(story, ago_s=30, for_s=30)
    story.decide_all()
    decided_ms = story.now_ms - 4_000
    story.observe(
        ev.MediaInterrupted(
            at_ms=decided_ms - 2_000,
            participant_id="candidate",
            stream="audio",
            cause="uplink",
            detected_ms=story.now_ms,
        )
    )
    assert sitting_of(story).outages[-1].start_ms == decided_ms


@pytest.mark.requirement("D7")
def test_a_declared_outage_is_taken_back_by_who_declared_it_until_it_is_decided() -> None:
    story = running()
    outage_id = declare(story, "chair", ago_s=60, for_s=30)
    withdraw = cmd.WithdrawOutage(sitting_id=SITTING, outage_id=outage_id)
    refused(story, "invigilator", withdraw, "declared_by_another")
    story.act("chair", withdraw)
    assert clock(story).extension_ms == 0
    assert [outage.outage_id for outage in sitting_of(story).taken_back] == [outage_id]
    other = declare(story, "chair", ago_s=60, for_s=30)
    assert other != outage_id
    story.decide_all()
    withdraw = cmd.WithdrawOutage(sitting_id=SITTING, outage_id=other)
    refused(story, "chair", withdraw, "outage_decided")


def test_what_was_measured_nobody_ends_nor_takes_back() -> None:
    story = running()
    story.cut("candidate", 6)
    (found,) = sitting_of(story).outages
    for command in (
        cmd.EndOutage(sitting_id=SITTING, outage_id=found.outage_id),
        cmd.WithdrawOutage(sitting_id=SITTING, outage_id=found.outage_id),
    ):
        refused(story, "invigilator", command, "outage_measured")


@pytest.mark.parametrize(("ago_s", "for_s"), [(500, 10), (10, 20), (10, -5), (-5, 0)])
def test_bounds_lie_in_the_sitting_and_in_order(ago_s: float, for_s: float) -> None:
    story = running()
    with pytest.raises(ExamError, match="outage_bounds_unfit"):
        declare(story, ago_s=ago_s, for_s=for_s)


def test_after_the_end_of_the_time_nothing_is_declared() -> None:
    story = running()
    story.wait(1800)
    with pytest.raises(ExamError, match="time_was_over"):
        declare(story)


def test_an_outage_that_is_over_does_not_end_again() -> None:
    story = running()
    outage_id = declare(story, ago_s=10, for_s=5)
    again = cmd.EndOutage(sitting_id=SITTING, outage_id=outage_id)
    refused(story, "invigilator", again, "outage_over")
    open_id = declare(story, ago_s=3)
    before = cmd.EndOutage(sitting_id=SITTING, outage_id=open_id, end_ms=story.now_ms - 4_000)
    refused(story, "invigilator", before, "outage_bounds_unfit")


# --- the incident sheet ---------------------------------------------------------------------


@pytest.mark.requirement("D7", "D10")
def test_both_offices_note_and_sign_then_the_jury_is_handed_the_sheet() -> None:
    story = running()
    story.cut("candidate", 6)
    outage_id = sitting_of(story).outages[0].outage_id
    note = cmd.NoteFinding(sitting_id=SITTING, outage_id=outage_id, text="Écran figé")
    for agent in ("invigilator", "organiser"):
        story.act(agent, note)
    assert set(sitting_of(story).outages[0].findings) == {"bretagne", "grand-est"}
    story.act("candidate", cmd.NoteRemarks(sitting_id=SITTING, text="J’ai perdu le fil."))
    sign, hand = (
        cmd.SignIncidentSheet(sitting_id=SITTING),
        cmd.HandIncidentSheet(sitting_id=SITTING),
    )
    refused(story, "invigilator", sign, "illegal_transition")
    story.decide_all()
    story.close_sitting()
    refused(story, "organiser", hand, "sheet_unsigned")
    story.act("invigilator", sign)
    story.act("invigilator", sign)
    refused(story, "organiser", note, "sheet_signed")
    refused(story, "candidate", cmd.NoteRemarks(sitting_id=SITTING, text="…"), "sheet_signed")
    refused(story, "organiser", hand, "sheet_unsigned")
    story.act("organiser", sign)
    story.act("organiser", hand)
    assert sitting_of(story).sheet.handed_ms == story.now_ms
    signed = [d for d in story.drafts if isinstance(d.event, ev.IncidentSheetSigned)]
    assert len(signed) == 2


@pytest.mark.requirement("D10")
def test_where_nothing_happened_there_is_nothing_to_sign() -> None:
    story = running()
    story.close_sitting()
    sign = cmd.SignIncidentSheet(sitting_id=SITTING)
    refused(story, "invigilator", sign, "nothing_to_report")


# --- late -----------------------------------------------------------------------------------


def late(arrival_s: float, start_s: float, *, ends_on_time: bool) -> Story:
    """A candidate who arrives, and a sitting that starts, so long after the plan."""
    story = Story(definition(diploma=replace(DEIS, late_ends_on_time=ends_on_time)))
    story.now_ms = DAY_MS + round(arrival_s * 1000)
    story.act("invigilator", cmd.RecordArrival(participant_id="candidate"))
    story.receive()
    story.now_ms = DAY_MS + round(start_s * 1000)
    story.act("chair", cmd.Start(sitting_id=SITTING))
    return story


@pytest.mark.requirement("D5", "D12")
@pytest.mark.parametrize(
    ("arrival_s", "ends_on_time", "forfeited_s"),
    [(300, True, 300), (300, False, 0), (-60, True, 0)],
)
def test_only_the_candidates_own_lateness_costs_and_only_by_the_rule(
    arrival_s: float, ends_on_time: bool, forfeited_s: int
) -> None:
    story = late(arrival_s, 700, ends_on_time=ends_on_time)
    started = sitting_of(story).started
    assert started is not None
    assert (started.late_s, started.forfeited_s) == (700, forfeited_s)
    assert clock(story).end_due_ms == DAY_MS + (700 + 1800 - forfeited_s) * 1000
    assert clock(story).cap_ms == 600_000  # a third of the regulatory duration, as ever


@pytest.mark.requirement("D5")
def test_who_comes_after_the_end_is_not_examined() -> None:
    with pytest.raises(ExamError, match="too_late"):
        late(1800, 2500, ends_on_time=True)


@pytest.mark.requirement("D1", "D2")
def test_arrival_is_recorded_once_and_at_the_latest_with_the_identity() -> None:
    story = Story()
    story.act("organiser", cmd.RecordArrival(participant_id="chair"))
    arrived_ms = story.now_ms
    story.wait(600)
    story.act("organiser", cmd.RecordArrival(participant_id="chair"))
    story.act("organiser", cmd.CheckIdentity(participant_id="chair", document="other"))
    assert story.session.arrivals["chair"] == arrived_ms
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate", document="other"))
    assert story.session.arrivals["candidate"] == story.now_ms
    refused(story, "organiser", cmd.RecordArrival(participant_id="candidate"), "not_allowed")


@pytest.mark.requirement("D1", "D2")
def test_everyone_signs_for_themselves_or_on_the_agents_sheet() -> None:
    story = Story()
    paper = cmd.SignAttendance(participant_id="candidate")
    screen = cmd.SignAttendance(participant_id="candidate", means="screen")
    refused(story, "candidate", screen, "identity_unchecked")
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate", document="other"))
    refused(story, "invigilator", screen, "signature_not_own")
    refused(story, "candidate", paper, "signature_not_own")
    refused(story, "chair", screen, "signature_not_own")
    refused(story, "organiser", paper, "not_allowed")
    story.act("candidate", screen)
    story.act("invigilator", paper)  # signed already today
    (signed,) = story.session.attendance["candidate"]
    assert signed.means == "screen"
    story.wait(23 * 3600)
    refused(story, "invigilator", paper, "identity_outdated")
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate", document="other"))
    story.act("invigilator", paper)
    assert len(story.session.attendance["candidate"]) == 2
    attest = cmd.SignAttestation(sitting_id=SITTING, means="screen")
    refused(story, "invigilator", attest, "signature_not_own")
    story.act("candidate", attest)
    assert sitting_of(story).attestation is not None


# --- ends without a result ------------------------------------------------------------------


@pytest.mark.requirement("D3")
def test_nothing_starts_while_an_office_has_nobody_on_duty() -> None:
    story = Story()
    story.receive()
    story.session.life.turns.pop()
    refused(story, "chair", cmd.Start(sitting_id=SITTING), "duty_missing")


@pytest.mark.requirement("D9")
def test_a_performance_is_held_void_by_two_people_of_two_offices() -> None:
    story = running()
    story.close_sitting()
    ended_ms = story.now_ms
    story.wait(60)
    void = cmd.VoidSitting(sitting_id=SITTING, reason="Identité usurpée")
    story.act("organiser", void)
    story.act("organiser", void)
    assert sitting_of(story).state is SittingState.CLOSED
    story.act("invigilator", void)
    assert sitting_of(story).state is SittingState.VOIDED
    assert sitting_of(story).ended_ms == ended_ms
    story.act("chair", cmd.OpenDeliberation())
    for member in story.session.jury():
        story.answer(member.participant_id)
    propose = cmd.ProposeDecision(candidate_id="candidate", outcome="full")
    refused(story, "chair", propose, "nothing_to_decide")
    story.act("chair", cmd.CloseDeliberation())


@pytest.mark.requirement("D9")
def test_what_was_put_to_the_vote_falls_with_the_performance_but_a_decision_stands() -> None:
    void = cmd.VoidSitting(sitting_id=SITTING, reason="Identité usurpée")
    for adopted in (False, True):
        story = running()
        story.close_sitting()
        story.act("chair", cmd.OpenDeliberation())
        for member in story.session.jury():
            story.answer(member.participant_id)
        if adopted:
            story.vote("candidate", "full")
            refused(story, "organiser", void, "already_decided")
            continue
        propose = cmd.ProposeDecision(candidate_id="candidate", outcome="full")
        story.act("chair", propose)
        story.act("organiser", void)
        story.act("invigilator", void)
        assert story.session.deliberation.decisions == {}


@pytest.mark.requirement("D12")
@pytest.mark.parametrize(
    ("by", "command", "state"),
    [
        ("invigilator", REPORT, SittingState.WITHDRAWN),
        ("chair", cmd.ExpelCandidate(sitting_id=SITTING, reason="Fraude"), SittingState.EXPELLED),
        ("manager", cmd.ExpelCandidate(sitting_id=SITTING, reason="Fraude"), SittingState.EXPELLED),
    ],
)
def test_ill_or_expelled_ends_the_sitting_with_its_reason(
    by: str, command: cmd.Command, state: SittingState
) -> None:
    story = running()
    declare(story)
    story.act(by, command)
    sitting = sitting_of(story)
    assert sitting.state is state
    assert sitting.ending is not None
    assert sitting.open_outages == []
    assert sitting.ended_ms == story.now_ms
