"""Authenticator applications of people: their secrets, sealed in the record, and their last steps.

The secret is bound to its session and person: moved to another's invitation, it does not open.
"""

from __future__ import annotations

from auth import totp
from auth.sealing import SecretBox
from signaling.rooms import Room
from visiojury.exam.state import Access

ISSUER = "VisioJury"


class Authenticators:
    """Sets applications up, and opens them again to compare a code."""

    def __init__(self, secret_box: SecretBox) -> None:
        self._secret_box = secret_box

    def asked(self, room: Room, participant_id: str) -> tuple[str, str | None]:
        """Return the sealed secret of a person's application, and its URI if it is new.

        An application that the person's last invitation asked for is asked again; an invitation
        with something else in between makes the next one set up another.
        """
        theirs = room.owner.state.invitations_of(participant_id)
        if theirs and (known := theirs[-1].invitation.totp) is not None:
            return known, None
        secret = totp.new_secret()
        uri = totp.provisioning_uri(secret, label=room.session_id, issuer=ISSUER)
        return self._secret_box.seal(secret, owner=owner_of(room, participant_id)), uri

    def opened(self, room: Room, access: Access) -> totp.Authenticator | None:
        """Return the application that an invitation asks for, with the last step it gave."""
        issued = access.invitation
        if issued.totp is None:
            return None
        used = (
            other.totp_step
            for other in room.owner.state.invitations_of(issued.participant_id)
            if other.invitation.totp == issued.totp and other.totp_step is not None
        )
        secret = self._secret_box.open(issued.totp, owner=owner_of(room, issued.participant_id))
        return totp.Authenticator(secret, max(used, default=totp.NEVER))


def owner_of(room: Room, participant_id: str) -> str:
    """Return whom a secret or a passkey belongs to: a person of a session."""
    return f"{room.session_id}/{participant_id}"
