"""Acts of the jury's meeting: who is present and how, what is shown, when it ends.

A remote member answers the roll call once both directions of the sound were tried (J2), and a
member cut off is left out by an act of the chair with its reason, never by silence (J5).
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.agenda import is_decided, undecided
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import (
    DecisionError,
    IllegalTransitionError,
    NotAllowedError,
    NotReadyError,
)
from visiojury.exam.people import JURY, Participant, Role
from visiojury.exam.register import is_cut_off, out_for
from visiojury.exam.scope import check_identity_known
from visiojury.exam.state import Session
from visiojury.exam.stations import Station, carried_media, station_of
from visiojury.exam.transitions import ENDED


def open_deliberation(_command: cmd.OpenDeliberation, context: Context) -> list[ev.Event]:
    session = context.session
    if session.deliberation.opened_ms is not None:
        raise IllegalTransitionError("illegal_transition", state="open", step="open_deliberation")
    for sitting in session.sittings.values():
        if sitting.state not in ENDED:
            raise NotReadyError("sittings_not_ended", sitting_id=sitting.sitting_id)
    return [ev.DeliberationOpened(at_ms=context.now_ms)]


def begin_roll_call(_command: cmd.BeginRollCall, context: Context) -> list[ev.Event]:
    """Whoever is at a station is attested and called anew (docs/adr/0090)."""
    check_open(context)
    return [ev.RollCallBegun(at_ms=context.now_ms)]


def try_hearing(command: cmd.TryHearing, context: Context) -> list[ev.Event]:
    check_open(context)
    member = _member(command.participant_id, context)
    check_identity_known(context, member.participant_id)
    is_good = command.hears and command.is_heard
    if is_good and carried_media(context.session, member.participant_id).is_cut_off:
        raise DecisionError("member_cut_off", participant_id=member.participant_id)
    return [
        ev.HearingTested(
            at_ms=context.now_ms,
            participant_id=member.participant_id,
            hears=command.hears,
            is_heard=command.is_heard,
        )
    ]


def answer_roll_call(command: cmd.AnswerRollCall, context: Context) -> list[ev.Event]:
    check_open(context)
    member_id = _member(command.participant_id, context).participant_id
    if command.attendance == "absent":
        if is_cut_off(context.session, member_id):
            raise NotReadyError("continuation_needed", participant_id=member_id)
    else:
        check_identity_known(context, member_id, attendance=command.attendance)
    if command.attendance == "remote":
        _check_hearing(context.session, member_id)
    station = None if command.attendance == "absent" else station_of(context.session, member_id)
    if station is not None:
        _check_renewed(context.session, member_id, station)
    return [
        ev.RollCallAnswered(
            at_ms=context.now_ms,
            participant_id=member_id,
            attendance=command.attendance,
            place=_place(command, station, context.session),
            station_id=None if station is None else station.enrolled.station_id,
        )
    ]


def continue_without(command: cmd.ContinueWithout, context: Context) -> list[ev.Event]:
    check_open(context)
    session, member_id = context.session, _member(command.participant_id, context).participant_id
    if not is_cut_off(session, member_id):
        raise NotReadyError("member_not_cut_off", participant_id=member_id)
    left = [who for who in session.deliberation.present() if who != member_id]
    minimum = session.info.diploma.commission_minimum
    if len(left) < minimum or session.chair_id not in left:
        raise DecisionError("quorum_not_met", present=len(left), minimum=minimum)
    return [
        ev.DeliberationContinued(
            at_ms=context.now_ms, participant_id=member_id, reason=command.reason
        )
    ]


def recuse_member(command: cmd.RecuseMember, context: Context) -> list[ev.Event]:
    """Until the decision, beside the relations declared before (B8).

    Source: circular 2012-446, 3.3.
    """
    session = context.session
    member_id = _member(command.participant_id, context).participant_id
    if context.actor.role is not Role.CHAIR and member_id != context.actor_id:
        raise NotAllowedError("recusal_of_another", participant_id=member_id)
    candidate = session.participant(command.candidate_id)
    if candidate.role is not Role.CANDIDATE:
        raise DecisionError("nothing_to_decide", candidate_id=candidate.participant_id)
    if is_decided(session, candidate.participant_id):
        raise DecisionError("already_decided", candidate_id=candidate.participant_id)
    if member_id in out_for(session, candidate.participant_id):
        return []  # Said already.
    return [
        ev.MemberRecused(
            at_ms=context.now_ms,
            participant_id=member_id,
            candidate_id=candidate.participant_id,
            reason=command.reason,
        )
    ]


def show_document(command: cmd.ShowDocument, context: Context) -> list[ev.Event]:
    """A document shown to one is shown to all (J3)."""
    check_open(context)
    shown = context.session.deliberation.documents
    if context.actor_id not in context.session.deliberation.present():
        raise NotAllowedError("not_present", participant_id=context.actor_id)
    if any(document.sha256 == command.sha256 for document in shown.values()):
        return []  # It is before them.
    return [
        ev.DocumentShown(
            at_ms=context.now_ms,
            document_id=f"document-{len(shown) + 1}",
            title=command.title,
            sha256=command.sha256,
            size_bytes=command.size_bytes,
        )
    ]


def close_deliberation(_command: cmd.CloseDeliberation, context: Context) -> list[ev.Event]:
    check_open(context)
    for candidate_id in undecided(context.session):
        raise DecisionError("undecided_candidate", candidate_id=candidate_id)
    return [ev.DeliberationClosed(at_ms=context.now_ms)]


def check_open(context: Context) -> None:
    if not context.session.deliberation.is_open:
        raise IllegalTransitionError("deliberation_not_open")


def check_heard(session: Session, member_id: str) -> None:
    """A remote member must speak and be heard (J2); on site the room sees to it."""
    if is_cut_off(session, member_id):
        raise DecisionError("member_cut_off", participant_id=member_id)


def _member(participant_id: str, context: Context) -> Participant:
    member = context.session.participant(participant_id)
    if member.role not in JURY:
        raise NotAllowedError("not_a_member", participant_id=participant_id)
    return member


def _check_hearing(session: Session, member_id: str) -> None:
    """The test holds for the connection it was made on."""
    media, test = carried_media(session, member_id), session.deliberation.hearing.get(member_id)
    if media.is_cut_off:
        raise DecisionError("member_cut_off", participant_id=member_id)
    is_good = test is not None and test.hears and test.is_heard and test.at_ms >= media.since_ms
    if not is_good:
        raise NotReadyError("hearing_untested", participant_id=member_id)


def _check_renewed(session: Session, member_id: str, station: Station) -> None:
    """A presence at a station answers for the roll call that it follows, and no other."""
    if member_id in session.stations.stale:
        raise NotReadyError("presence_stale", participant_id=member_id, place=station.place)
    if carried_media(session, member_id).is_cut_off:
        raise NotReadyError("station_silent", participant_id=member_id, place=station.place)


def _place(command: cmd.AnswerRollCall, station: Station | None, session: Session) -> str | None:
    if station is not None:
        return station.place
    if command.attendance != "on_site":
        return None
    return command.place or session.organising_office.name


HANDLERS: Handlers = {
    cmd.OpenDeliberation: open_deliberation,
    cmd.BeginRollCall: begin_roll_call,
    cmd.TryHearing: try_hearing,
    cmd.AnswerRollCall: answer_roll_call,
    cmd.ContinueWithout: continue_without,
    cmd.RecuseMember: recuse_member,
    cmd.ShowDocument: show_document,
    cmd.CloseDeliberation: close_deliberation,
}
"""What each command of this area does."""
