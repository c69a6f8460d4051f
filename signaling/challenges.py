"""Challenges given out to passkeys: each for one purpose and one device key, each good once.

Source: W3C Web Authentication Level 3, section 13.4.3.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from auth import passkeys
from auth.passkeys import Answer, Ceremony, RelyingParty
from signaling.evidence import Presented
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


class Challenges:
    """What was asked of passkeys and not answered yet; `now` in seconds, monotonic."""

    def __init__(self, party: RelyingParty, *, now: Callable[[], float] = time.monotonic) -> None:
        self.party = party
        self._now = now
        self._given: dict[tuple[str, str], _Given] = {}
        """By purpose and device key, the oldest first."""

    def give(self, purpose: str, jkt: str, ceremony: Ceremony) -> bytes:
        """Return a new challenge; another for the same purpose and device replaces it."""
        now_s, challenge = self._now(), secrets.token_bytes(CHALLENGE_BYTES)
        self._forget_old(now_s)
        self._given.pop((purpose, jkt), None)
        self._given[purpose, jkt] = _Given(challenge, ceremony, now_s + LIFETIME_S)
        return challenge

    def answered(self, purpose: str, jkt: str, answer: Answer) -> Presented:
        """Return an answer with the challenge that waited for it, which is used up.

        Raises:
            RequestError: `passkey_not_expected`: none waits.
        """
        given = self._given.pop((purpose, jkt), None)
        if given is None or self._now() >= given.until_s:
            raise RequestError("passkey_not_expected")
        return Presented(given.ceremony, answer, given.challenge, self.party)

    def _forget_old(self, now_s: float) -> None:
        while self._given:
            oldest = next(iter(self._given))
            is_over = self._given[oldest].until_s <= now_s
            if not is_over and len(self._given) < MAX_CHALLENGES:
                return
            del self._given[oldest]
