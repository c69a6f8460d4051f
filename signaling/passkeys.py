"""Links that ask for a passkey: what the person's device is asked, and what it makes of it.

Who has no passkey yet gives the office's code first: anybody may hold a link.
"""

from __future__ import annotations

from typing import Any

from auth import passkeys
from auth.passkeys import Answer, Ceremony
from signaling.authenticators import owner_of
from signaling.challenges import Challenges
from signaling.redeeming import Redeemed, Redeeming


class Passkeys:
    """Passkeys that open links. Belongs to one task's loop."""

    def __init__(self, challenges: Challenges, redeeming: Redeeming) -> None:
        self._challenges = challenges
        self._redeeming = redeeming

    async def begin(
        self, secret_digest: str, code: str | None, jkt: str
    ) -> tuple[Ceremony, dict[str, Any]]:
        """Return what the browser of this device is to ask for, and with what.

        Raises:
            AuthError, RecordError: as `Redeeming.redeem`.
            RequestError: `passkey_not_asked`: the link asks for something else.
        """
        room, participant_id = await self._redeeming.may_show_passkey(secret_digest, code, jkt)
        known, party = room.owner.state.passkeys.get(participant_id), self._challenges.party
        if known is None:
            challenge = self._challenges.give(secret_digest, jkt, "registration")
            return "registration", passkeys.registration_options(
                party,
                challenge=challenge,
                owner=owner_of(room, participant_id),
                label=room.session_id,
            )
        challenge = self._challenges.give(secret_digest, jkt, "authentication")
        return "authentication", passkeys.authentication_options(
            party, known.credential_id, challenge=challenge
        )

    async def complete(self, secret_digest: str, answer: Answer, jkt: str) -> Redeemed:
        """Exchange what a passkey answered for access bound to the device key that asked.

        Raises:
            RequestError: `passkey_not_expected`: no challenge waits for it.
            AuthError, RecordError: as `Redeeming.redeem`; what it answers does not hold.
        """
        presented = self._challenges.answered(secret_digest, jkt, answer)
        return await self._redeeming.redeem_with_passkey(secret_digest, jkt, presented)
