"""Links that ask for a passkey: challenges given out, and what the person's device makes of them.

A challenge belongs to the link and the device key it was asked with, and serves once, whatever
comes of it. Who has no passkey yet gives the office's code first: anybody may hold a link.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auth import passkeys
from auth.passkeys import Answer, Ceremony, RelyingParty
from signaling.authenticators import owner_of
from signaling.evidence import Presented
from signaling.redeeming import Redeemed, Redeeming
from signaling.refusals import RequestError

CHALLENGE_BYTES = 32
LIFETIME_S = passkeys.TIMEOUT_S + 60.0
"""What the browser allows the person, and the way."""
MAX_CHALLENGES = 10_000


@dataclass(frozen=True, slots=True)
class _Given:
    challenge: bytes
    ceremony: Ceremony
    until_s: float


class Passkeys:
    """Passkeys for one relying party. Belongs to one task's loop; `now` in seconds, monotonic."""

    def __init__(
        self,
        party: RelyingParty,
        redeeming: Redeeming,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._party = party
        self._redeeming = redeeming
        self._now = now
        self._given: dict[tuple[str, str], _Given] = {}
        """By digest of the link's secret and device key, the oldest first."""

    async def begin(
        self, secret_digest: str, code: str | None, jkt: str
    ) -> tuple[Ceremony, dict[str, Any]]:
        """Return what the browser of this device is to ask for, and with what.

        Raises:
            AuthError, RecordError: as `Redeeming.redeem`.
            RequestError: `passkey_not_asked`: the link asks for something else.
        """
        room, participant_id = await self._redeeming.may_show_passkey(secret_digest, code, jkt)
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        known = room.owner.state.passkeys.get(participant_id)
        if known is None:
            ceremony: Ceremony = "registration"
            options = passkeys.registration_options(
                self._party,
                challenge=challenge,
                owner=owner_of(room, participant_id),
                label=room.session_id,
            )
        else:
            ceremony = "authentication"
            options = passkeys.authentication_options(
                self._party, known.credential_id, challenge=challenge
            )
        now_s = self._now()
        self._forget_old(now_s)
        # A second request of the same device replaces its first.
        self._given.pop((secret_digest, jkt), None)
        self._given[secret_digest, jkt] = _Given(challenge, ceremony, now_s + LIFETIME_S)
        return ceremony, options

    async def complete(self, secret_digest: str, answer: Answer, jkt: str) -> Redeemed:
        """Exchange what a passkey answered for access bound to the device key that asked.

        Raises:
            RequestError: `passkey_not_expected`: no challenge waits for it.
            AuthError, RecordError: as `Redeeming.redeem`; what it answers does not hold.
        """
        given = self._given.pop((secret_digest, jkt), None)
        if given is None or self._now() >= given.until_s:
            raise RequestError("passkey_not_expected")
        presented = Presented(given.ceremony, answer, given.challenge, self._party)
        return await self._redeeming.redeem_with_passkey(secret_digest, jkt, presented)

    def _forget_old(self, now_s: float) -> None:
        while self._given:
            oldest = next(iter(self._given))
            is_over = self._given[oldest].until_s <= now_s
            if not is_over and len(self._given) < MAX_CHALLENGES:
                return
            del self._given[oldest]
