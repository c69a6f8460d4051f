"""The natural course of a session: whatever has happened to it, what is to be done next."""

from __future__ import annotations

from tests.acts import on_session
from tests.builders import Story
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.agenda import undecided
from visiojury.exam.errors import ExamError
from visiojury.exam.follow_up import unsigned
from visiojury.exam.identity import missing
from visiojury.exam.media import STREAMS
from visiojury.exam.people import JURY, Role
from visiojury.exam.register import counting, is_cut_off
from visiojury.exam.relations import excluded_examiners
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import ENDED, UNDER_WAY, SittingState


def go_on(story: Story) -> None:
    """Have the next thing done that brings the session nearer to its seal."""
    session = story.session
    if session.life.is_given_up:
        return
    if session.life.is_suspended:
        story.act("manager", cmd.ContinueSession())
    else:
        _go_on_with(story)


def _go_on_with(story: Story) -> None:
    session = story.session
    ahead = [sitting for sitting in session.sittings.values() if sitting.state not in ENDED]
    if ahead:
        _hold(story, min(ahead, key=lambda sitting: sitting.state not in UNDER_WAY))
    elif session.deliberation.opened_ms is None:
        story.act("chair", cmd.OpenDeliberation())
    elif session.deliberation.is_open:
        _meet(story)
    elif left := unsigned(session):
        story.act(left[0], on_session("sign_minutes", left[0]))


def come_back(story: Story, *people: str) -> None:
    """Have everyone connected by themselves, every stream on and flowing, and identified."""
    for who in people:
        step_away(story, who)
        story.connect(who)
        for stream in STREAMS:
            state = story.session.media_of(who).streams[stream]
            if not state.is_on:
                story.observe(
                    ev.MediaSwitched(
                        at_ms=story.now_ms, participant_id=who, stream=stream, is_on=True
                    )
                )
            if state.interrupted_ms is not None:
                story.observe(
                    ev.MediaRestored(
                        at_ms=story.now_ms, participant_id=who, stream=stream, cause="uplink"
                    )
                )
    identify(story, *people)


def identify(story: Story, *people: str) -> None:
    """Have everyone checked whose check is missing, by whoever receives them."""
    for who in people:
        if missing(story.session, who, now_ms=story.now_ms) is None:
            continue
        checker = "organiser"
        if story.session.participant(who).role not in JURY:
            theirs = (s for s in story.session.sittings.values() if who in s.members())
            checker = receiver_of(story, next(theirs))
        story.act(checker, cmd.CheckIdentity(participant_id=who, document="passport"))


def step_away(story: Story, who: str) -> None:
    if (how := story.session.stations.at.get(who)) is not None:
        agent = {"station-1": "invigilator", "station-2": "organiser"}.get(how.station_id)
        leave = cmd.LeaveStation(station_id=how.station_id, participant_id=who)
        story.act(agent or "third-invigilator", leave)


def receiver_of(story: Story, sitting: Sitting) -> str:
    """Return the invigilator of the office that hosts it."""
    return next(
        person.participant_id
        for person in story.session.enrolled()
        if person.role is Role.INVIGILATOR and person.office_id == sitting.plan.host_office_id
    )


def _hold(story: Story, sitting: Sitting) -> None:
    agent = receiver_of(story, sitting)
    if sitting.state is SittingState.PAUSED:
        story.act("chair", cmd.Resume(sitting_id=sitting.sitting_id))
    elif sitting.state is SittingState.RUNNING:
        _conclude(story, sitting)
    elif sitting.state is SittingState.ADMITTED:
        _start(story, sitting, agent)
    else:
        receive(story, sitting, agent)
        if sitting.attestation is None:
            story.act(agent, cmd.SignAttestation(sitting_id=sitting.sitting_id))
        story.act(agent, cmd.Admit(sitting_id=sitting.sitting_id))


def receive(story: Story, sitting: Sitting, agent: str) -> None:
    """Who is to be on duty is, and everyone's identity is checked."""
    plan = sitting.plan
    for who in ("organiser", "manager", agent):
        story.act(who, cmd.TakeDuty())
    identify(story, *filter(None, (*plan.examiner_ids, plan.candidate_id, plan.assistant_id)))


def _start(story: Story, sitting: Sitting, agent: str) -> None:
    plan = sitting.plan
    unfit = {*excluded_examiners(story.session, plan.candidate_id), *story.session.life.withdrawn}
    fit = tuple(who for who in plan.examiner_ids if who not in unfit)
    if fit != plan.examiner_ids:
        again = cmd.RescheduleSitting(
            sitting_id=sitting.sitting_id, planned_ms=plan.planned_ms, examiner_ids=fit
        )
        story.act("organiser", again)
    receive(story, sitting, agent)
    come_back(story, *fit, plan.candidate_id)
    try:
        story.act("chair", cmd.Start(sitting_id=sitting.sitting_id))
    except ExamError as refusal:
        if refusal.code != "too_late":
            raise
        gone = cmd.WithdrawCandidate(sitting_id=sitting.sitting_id, cause="other")
        story.act(agent, gone)


def _conclude(story: Story, sitting: Sitting) -> None:
    """Every outage over and decided, the time run out, the sitting closed."""
    come_back(story, *sitting.plan.examiner_ids, sitting.plan.candidate_id)
    story.wait(1)
    for outage in list(sitting.open_outages):
        assert outage.is_declared, "who was cut off is back"
        story.act("chair", cmd.EndOutage(sitting_id=sitting.sitting_id, outage_id=outage.outage_id))
    story.decide_all(sitting.sitting_id)
    story.close_sitting(sitting.sitting_id)


def _meet(story: Story) -> None:
    session = story.session
    for member in session.jury():
        who = member.participant_id
        is_there = session.deliberation.attendance().get(who) in {"on_site", "remote"}
        is_known = missing(session, who, now_ms=story.now_ms) is None
        is_to_be_called = not is_there or not is_known or is_cut_off(session, who)
        if who in session.checks and is_to_be_called:
            come_back(story, who)
            story.wait(1)
            story.answer(who)
            return
    if not (left := undecided(session)):
        story.act("chair", cmd.CloseDeliberation())
        return
    _decide(story, left[0])


def _decide(story: Story, candidate_id: str) -> None:
    """One act at a time: much can happen between two."""
    deliberation = story.session.deliberation
    known = deliberation.decisions.get(candidate_id)
    if deliberation.taken_up != candidate_id:
        story.act("chair", cmd.TakeUpCandidate(candidate_id=candidate_id))
        return
    if known is None or known.proposal.outcome != "full":
        story.act("chair", cmd.ProposeDecision(candidate_id=candidate_id, outcome="full"))
        return
    silent = [w for w in counting(story.session, candidate_id) if known.ballots.get(w) != "for"]
    if silent:
        story.act(silent[0], cmd.CastVote(candidate_id=candidate_id, ballot="for"))
    else:
        story.act("chair", cmd.AdoptDecision(candidate_id=candidate_id))
