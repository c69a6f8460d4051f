"""One person's screen, shown to all in a sitting: the candidate's or a juror's, one at a time.

Both its beginning and its end are on record. It ends by an act, or by itself once its owner is not
to be seen: cut off, muted, sent out, the sitting over. It is no part of what the exam is judged
by: a screen that stops is no outage. The deliberation knows none, for what is shown there is a
document that the record can name (J3).
Source: ours; instruction DGCS/SD4A/2026/19, II.2 (the same information for all).
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.people import Role
from visiojury.exam.scope import sitting_for
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import UNDER_WAY, Step

_STOP_ANY = frozenset({Role.CHAIR, Role.ORGANISER})


def share_screen(command: cmd.ShareScreen, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.SHARE_SCREEN)
    if sitting.sharer_id == context.actor_id:
        return []
    if sitting.sharer_id is not None:
        raise NotReadyError("screen_taken", participant_id=sitting.sharer_id)
    if not _is_to_be_seen(context.session, sitting, context.actor_id):
        raise NotReadyError("picture_not_shown", sitting_id=sitting.sitting_id)
    return [
        ev.ScreenShared(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, participant_id=context.actor_id
        )
    ]


def stop_screen(command: cmd.StopScreen, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.SHARE_SCREEN)
    if sitting.sharer_id is None:
        return []
    if context.actor_id != sitting.sharer_id and context.actor.role not in _STOP_ANY:
        raise NotAllowedError("screen_not_own", participant_id=sitting.sharer_id)
    return [_stopped(sitting, sitting.sharer_id, context.now_ms)]


def ended(session: Session, sitting: Sitting, now_ms: int) -> list[ev.Event]:
    """Return the end of a screen whose owner is no longer to be seen."""
    sharer_id = sitting.sharer_id
    if sharer_id is None or _is_to_be_seen(session, sitting, sharer_id):
        return []
    return [_stopped(sitting, sharer_id, now_ms)]


def _stopped(sitting: Sitting, sharer_id: str, now_ms: int) -> ev.Event:
    return ev.ScreenStopped(at_ms=now_ms, sitting_id=sitting.sitting_id, participant_id=sharer_id)


def _is_to_be_seen(session: Session, sitting: Sitting, participant_id: str) -> bool:
    return (
        sitting.state in UNDER_WAY
        and participant_id in sitting.members() - sitting.sent_out
        and "video" not in sitting.muted.get(participant_id, frozenset())
        and session.media_of(participant_id).is_connected
    )


HANDLERS: Handlers = {
    cmd.ShareScreen: share_screen,
    cmd.StopScreen: stop_screen,
}
"""What each command of this area does."""
