"""Order in the room of a sitting: who is muted, who is sent out of it for a while.

Acts of the chair or the organising office, on record, which the relay enforces. Nobody's exam time
may be taken so: the candidate is neither muted nor sent out while the clock runs, the chair never,
and the commission stays complete. A deliberation knows none of this (J2: each member can speak).
Source: ours; the instruction leaves the policing of the room to the jury's chair.
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.scope import sitting_for
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import SittingState, Step


def set_muted(command: cmd.SetMuted, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.KEEP_ORDER)
    muted = {name for name in ("audio", "video") if getattr(command, name)}
    if muted:
        _check_may_be_silenced(sitting, command.participant_id, context)
    else:
        _check_in_sitting(sitting, command.participant_id)
    if sitting.muted.get(command.participant_id, frozenset()) == muted:
        return []
    return [
        ev.ParticipantMuted(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            participant_id=command.participant_id,
            audio=command.audio,
            video=command.video,
        )
    ]


def send_out(command: cmd.SendOut, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.KEEP_ORDER)
    _check_may_be_silenced(sitting, command.participant_id, context)
    if command.participant_id in sitting.sent_out:
        return []
    return [
        ev.ParticipantSentOut(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            participant_id=command.participant_id,
            reason=command.reason,
        )
    ]


def let_back_in(command: cmd.LetBackIn, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.KEEP_ORDER)
    if command.participant_id not in sitting.sent_out:
        return []
    return [
        ev.ParticipantLetBackIn(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            participant_id=command.participant_id,
        )
    ]


def _check_in_sitting(sitting: Sitting, participant_id: str) -> None:
    if participant_id not in sitting.members():
        raise NotAllowedError("not_in_sitting", participant_id=participant_id)


def _check_may_be_silenced(sitting: Sitting, participant_id: str, context: Context) -> None:
    _check_in_sitting(sitting, participant_id)
    if participant_id == context.session.chair_id:
        raise NotAllowedError("chair_stays", participant_id=participant_id)
    if participant_id == sitting.plan.candidate_id and sitting.state is SittingState.RUNNING:
        raise NotReadyError("pause_first", sitting_id=sitting.sitting_id)
    examiners = set(sitting.plan.examiner_ids)
    left = examiners - sitting.sent_out - sitting.muted.keys() - {participant_id}
    minimum = context.session.info.diploma.commission_minimum
    if participant_id in examiners and len(left) < minimum:
        raise NotReadyError("commission_incomplete", present=len(left), minimum=minimum)


HANDLERS: Handlers = {
    cmd.SetMuted: set_muted,
    cmd.SendOut: send_out,
    cmd.LetBackIn: let_back_in,
}
"""What each command of this area does."""
