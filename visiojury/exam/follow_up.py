"""Acts that follow the seal, and what they wait for: signers, deadlines, host offices, appeals.

What was sealed is never touched: an amendment stands beside the minutes and is signed anew.
Whether a signature holds is for the edge, which has the bytes of the minutes and the person's
device key; here is who may sign what.
Source: requirements J8, A1, A3, A5; instruction DGCS/SD4A/2026/19, annex 1 ("en aval").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import (
    DecisionError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
)
from visiojury.exam.people import JURY, Role
from visiojury.exam.state import Session

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something due after the jury's meeting, and whether it came in time."""

    code: Literal["minutes"]
    due_ms: int
    done_ms: int | None
    is_late: bool


def signers(session: Session) -> list[str]:
    """Return who signs the minutes: members who attended, and the session managers (J8)."""
    attended = session.deliberation.attended()
    return [
        person.participant_id
        for person in session.participants.values()
        if person.role is Role.SESSION_MANAGER
        or (person.role in JURY and person.participant_id in attended)
    ]


def unsigned(session: Session) -> list[str]:
    """Return whose signature of the minutes is neither there nor explained."""
    known = session.after.signatures.keys() | session.after.missing.keys()
    return [who for who in signers(session) if who not in known]


def hosts(session: Session) -> set[str]:
    """Return the offices that hosted a candidate, the organising one apart: each has an extract."""
    all_hosts = {sitting.plan.host_office_id for sitting in session.sittings.values()}
    return all_hosts - {session.info.organising_office_id}


def minutes_due_ms(session: Session) -> int | None:
    """Return by when the signed minutes go out; None before the jury's meeting is closed (A3)."""
    closed_ms = session.deliberation.closed_ms
    return None if closed_ms is None else closed_ms + session.info.diploma.minutes_days * DAY_MS


def deadlines(session: Session, now_ms: int) -> tuple[Deadline, ...]:
    """Return what is due since the jury's meeting was closed; nothing before (A3)."""
    due_ms = minutes_due_ms(session)
    if due_ms is None:
        return ()
    first = session.after.deliveries[0] if session.after.deliveries else None
    done_ms = None if first is None else first.at_ms
    return (
        Deadline(
            code="minutes",
            due_ms=due_ms,
            done_ms=done_ms,
            is_late=(now_ms if done_ms is None else done_ms) > due_ms,
        ),
    )


def concerning(session: Session, candidate_id: str) -> Callable[[ev.Event], bool]:
    """Return what tells which events belong to a candidate's complete file, for an appeal (A5).

    Everything of the session but what concerns other candidates only: their sittings, their
    decisions and votes, their arrival, identity, media and links, and who assisted them.
    """
    sittings = session.sittings.values()
    own = {s.sitting_id for s in sittings if s.plan.candidate_id == candidate_id}
    theirs = {s.plan.assistant_id for s in sittings if s.sitting_id in own}
    guests = {Role.CANDIDATE, Role.ASSISTANT}
    others = {
        who
        for who, person in session.participants.items()
        if person.role in guests and who != candidate_id and who not in theirs
    }
    foreign = {
        "sitting_id": session.sittings.keys() - own,
        "candidate_id": others,
        "participant_id": others,
        "invitation_id": {
            access_id
            for access_id, access in session.access.items()
            if access.invitation.participant_id in others
        },
        "help_id": {
            help_id for help_id, call in session.helps.items() if call.call.participant_id in others
        },
        "appeal_id": {
            appeal_id
            for appeal_id, appeal in session.after.appeals.items()
            if appeal.entered.candidate_id != candidate_id
        },
    }

    def belongs(event: ev.Event) -> bool:
        if isinstance(event, ev.ParticipantEnrolled):
            return event.participant.participant_id not in others
        return all(getattr(event, name, None) not in ids for name, ids in foreign.items())

    return belongs


# --- signatures and amendments --------------------------------------------------------------


def sign_minutes(command: cmd.SignMinutes, context: Context) -> list[ev.Event]:
    _check_signer(context.actor_id, context)
    if context.actor_id in context.session.after.signatures:
        return []  # Signed already.
    return [
        ev.MinutesSigned(
            at_ms=context.now_ms,
            participant_id=context.actor_id,
            minutes_sha256=command.minutes_sha256,
            signature=command.signature,
            public_key=command.public_key,
        )
    ]


def explain_missing_signature(
    command: cmd.ExplainMissingSignature, context: Context
) -> list[ev.Event]:
    member = context.session.participant(command.participant_id)
    _check_signer(member.participant_id, context)
    if member.participant_id in context.session.after.signatures:
        raise DecisionError("signed_already", participant_id=member.participant_id)
    return [
        ev.SignatureMissing(
            at_ms=context.now_ms, participant_id=member.participant_id, reason=command.reason
        )
    ]


def write_amendment(command: cmd.WriteAmendment, context: Context) -> list[ev.Event]:
    return [
        ev.AmendmentWritten(
            at_ms=context.now_ms,
            amendment_id=f"amendment-{len(context.session.after.amendments) + 1}",
            text=command.text,
            sha256=hashlib.sha256(command.text.encode()).hexdigest(),
        )
    ]


def sign_amendment(command: cmd.SignAmendment, context: Context) -> list[ev.Event]:
    _check_signer(context.actor_id, context)
    amendment = context.session.after.amendments.get(command.amendment_id)
    if amendment is None:
        raise NotFoundError("amendment_unknown", amendment_id=command.amendment_id)
    if command.sha256 != amendment.written.sha256:
        raise DecisionError("digest_mismatch", amendment_id=command.amendment_id)
    if context.actor_id in amendment.signatures:
        return []  # Signed already.
    return [
        ev.AmendmentSigned(
            at_ms=context.now_ms,
            amendment_id=command.amendment_id,
            participant_id=context.actor_id,
            sha256=command.sha256,
            signature=command.signature,
            public_key=command.public_key,
        )
    ]


def _check_signer(participant_id: str, context: Context) -> None:
    if participant_id not in signers(context.session):
        raise NotAllowedError("not_a_signer", participant_id=participant_id)


# --- delivery and results -------------------------------------------------------------------


def deliver_minutes(command: cmd.DeliverMinutes, context: Context) -> list[ev.Event]:
    """Signed first, or each missing signature explained (J8, A3)."""
    if left := unsigned(context.session):
        raise NotReadyError("minutes_unsigned", missing=len(left))
    return [ev.MinutesDelivered(at_ms=context.now_ms, recipient=command.recipient)]


def publish_results(command: cmd.PublishResults, context: Context) -> list[ev.Event]:
    if context.session.after.results is not None:
        raise DecisionError("results_published", place=context.session.after.results.place)
    return [ev.ResultsPublished(at_ms=context.now_ms, place=command.place)]


def send_extract(command: cmd.SendExtract, context: Context) -> list[ev.Event]:
    """May be sent again, with other files; the office then acknowledges again."""
    if command.office_id not in hosts(context.session):
        raise NotFoundError("office_not_host", office_id=command.office_id)
    return [ev.ExtractSent(at_ms=context.now_ms, office_id=command.office_id, files=command.files)]


def acknowledge_extract(_command: cmd.AcknowledgeExtract, context: Context) -> list[ev.Event]:
    office_id = context.actor.office_id
    extract = context.session.after.extracts.get(office_id)
    if extract is None:
        raise NotReadyError("extract_not_sent", office_id=office_id)
    if extract.acknowledged_ms is not None:
        return []  # Said already.
    return [ev.ExtractAcknowledged(at_ms=context.now_ms, office_id=office_id)]


# --- appeals --------------------------------------------------------------------------------


def enter_appeal(command: cmd.EnterAppeal, context: Context) -> list[ev.Event]:
    candidate = context.session.participant(command.candidate_id)
    if candidate.role is not Role.CANDIDATE:
        raise NotFoundError("participant_unknown", participant_id=command.candidate_id)
    return [
        ev.AppealEntered(
            at_ms=context.now_ms,
            appeal_id=f"appeal-{len(context.session.after.appeals) + 1}",
            candidate_id=candidate.participant_id,
            grounds=command.grounds,
        )
    ]


def close_appeal(command: cmd.CloseAppeal, context: Context) -> list[ev.Event]:
    appeal = context.session.after.appeals.get(command.appeal_id)
    if appeal is None:
        raise NotFoundError("appeal_unknown", appeal_id=command.appeal_id)
    if appeal.closed is not None:
        raise DecisionError("appeal_closed", appeal_id=command.appeal_id)
    return [
        ev.AppealClosed(at_ms=context.now_ms, appeal_id=command.appeal_id, outcome=command.outcome)
    ]


HANDLERS: Handlers = {
    cmd.SignMinutes: sign_minutes,
    cmd.ExplainMissingSignature: explain_missing_signature,
    cmd.WriteAmendment: write_amendment,
    cmd.SignAmendment: sign_amendment,
    cmd.DeliverMinutes: deliver_minutes,
    cmd.PublishResults: publish_results,
    cmd.SendExtract: send_extract,
    cmd.AcknowledgeExtract: acknowledge_extract,
    cmd.EnterAppeal: enter_appeal,
    cmd.CloseAppeal: close_appeal,
}
"""What each command of this area does; `decide` has them wait for the seal."""
