"""Challenges given out to passkeys: each for one purpose and one device key, each good once.

Source: W3C Web Authentication Level 3, section 13.4.3.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache

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


class Challenges:
    """What was asked of passkeys and not answered yet; `now` in seconds, monotonic."""

    def __init__(self, party: RelyingParty, *, now: Callable[[], float] = time.monotonic) -> None:
        self.party = party
        self._given: TTLCache[tuple[str, str], _Given] = TTLCache(
            MAX_CHALLENGES, LIFETIME_S, timer=now
        )
        """By purpose and device key."""

    def give(self, purpose: str, jkt: str, ceremony: Ceremony) -> bytes:
        """Return a new challenge; another for the same purpose and device replaces it."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        self._given[purpose, jkt] = _Given(challenge, ceremony)
        return challenge

    def answered(self, purpose: str, jkt: str, answer: Answer) -> Presented:
        """Return an answer with the challenge that waited for it, which is used up.

        Raises:
            RequestError: `passkey_not_expected`: none waits.
        """
        given = self._given.pop((purpose, jkt), None)
        if given is None:
            raise RequestError("passkey_not_expected")
        return Presented(given.ceremony, answer, given.challenge, self.party)
