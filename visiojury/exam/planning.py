"""Acts on the session itself, before the day and on it."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers


def revoke_invitation(command: cmd.RevokeInvitation, context: Context) -> list[ev.Event]:
    context.session.participant(command.participant_id)
    return [
        ev.InvitationRevoked(at_ms=context.now_ms, invitation_id=invitation_id)
        for invitation_id in context.session.standing_access(command.participant_id)
    ]


HANDLERS: Handlers = {
    cmd.RevokeInvitation: revoke_invitation,
}
"""What each command of this area does."""
