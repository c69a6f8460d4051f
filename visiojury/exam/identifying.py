"""Acts of identity: a person is checked, accepted by a sign-in, doubted, not recognised.

Source: design of identity, points 4 and 7; instruction DGCS/SD4A/2026/19, annex 1 (D1, D2).
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.identity import next_sitting
from visiojury.exam.people import JURY
from visiojury.exam.permissions import IDENTITY_CHECKED_BY
from visiojury.exam.reception import arrival, received_by_actor
from visiojury.exam.scope import check_own_candidate
from visiojury.exam.state import Session


def check_identity(command: cmd.CheckIdentity, context: Context) -> list[ev.Event]:
    """Whoever is compared with a document has arrived, whether or not somebody said so."""
    person = received_by_actor(command.participant_id, context)
    is_guest = person.role not in JURY
    sitting = next_sitting(context.session, person.participant_id) if is_guest else None
    return [
        *arrival(person, context),
        ev.IdentityChecked(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            document=command.document,
            # Candidates and assistants are received in a room of the office, always.
            presence="on_site" if is_guest else command.presence or person.presence,
            room=None if sitting is None else sitting.plan.room,
        ),
    ]


def accept_sign_in(command: cmd.AcceptSignIn, context: Context) -> list[ev.Event]:
    """The level was one that the installation takes for a check when the person signed in.

    Source: design of identity, point 4.
    """
    person = received_by_actor(command.participant_id, context)
    if person.role not in JURY:
        raise NotAllowedError("not_a_member", participant_id=person.participant_id)
    sign_in = _high_sign_in(context.session, person.participant_id)
    if sign_in is None:
        raise NotReadyError("sign_in_not_high", participant_id=person.participant_id)
    return [
        *arrival(person, context),
        ev.SignInAccepted(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            issuer=sign_in.issuer,
            acr=sign_in.acr,
        ),
    ]


def ask_identity_check(command: cmd.AskIdentityCheck, context: Context) -> list[ev.Event]:
    """Ask whoever receives the person to compare them again; asked twice is asked once."""
    person = context.session.participant(command.participant_id)
    if person.role not in IDENTITY_CHECKED_BY:
        raise NotAllowedError("identity_not_checked_for_role", role=person.role.value)
    check_own_candidate(context, person.participant_id)
    if person.participant_id in context.session.doubts:
        return []
    return [
        ev.IdentityCheckAsked(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            reason=command.reason,
        )
    ]


def refuse_identity(command: cmd.RefuseIdentity, context: Context) -> list[ev.Event]:
    """From now on the person waits apart, wherever they were, until somebody recognises them."""
    person = received_by_actor(command.participant_id, context)
    return [
        ev.IdentityRefused(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            reason=command.reason,
        )
    ]


def has_high_sign_in(session: Session, participant_id: str) -> bool:
    """Return whether a member of the jury signed in as surely as a check, on their device."""
    is_member = session.participants[participant_id].role in JURY
    return is_member and _high_sign_in(session, participant_id) is not None


def _high_sign_in(session: Session, participant_id: str) -> ev.SignIn | None:
    for access in session.standing_access(participant_id).values():
        if access.sign_in is not None and access.sign_in.is_high:
            return access.sign_in
    return None


HANDLERS: Handlers = {
    cmd.CheckIdentity: check_identity,
    cmd.AcceptSignIn: accept_sign_in,
    cmd.AskIdentityCheck: ask_identity_check,
    cmd.RefuseIdentity: refuse_identity,
}
"""What each command of this area does."""
