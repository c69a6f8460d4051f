"""On whose side an interruption lies, as far as the relay can tell.

What we caused is never put on a participant, so doubt about ourselves comes first.
Times are seconds on the caller's monotonic clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media.kinds import Cause

LAG_S = 0.1
"""A loop late by this much may have lost datagrams, or read them late."""
TOGETHER_S = 0.5
"""Peers that fall within this time of each other fell because of what they share: us."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one interruption, at its detection or at its end."""

    room: str
    peer: str
    since: float
    others_silent: tuple[bool, ...]
    """For each other watched stream of the peer, whether it was silent all the while."""
    is_transport_alive: bool
    """Whether something other than media arrived meanwhile (STUN, RTCP)."""


class CauseJudge:
    """Remembers our own lateness and the recent falls of all peers of this relay."""

    def __init__(self) -> None:
        self._lags: deque[tuple[float, float]] = deque(maxlen=256)
        self._falls: deque[tuple[float, str, str]] = deque(maxlen=256)

    def lagged(self, begin: float, end: float) -> None:
        """The loop did not run from `begin` to `end`."""
        if end - begin > LAG_S:
            self._lags.append((begin, end))

    def fell(self, evidence: Evidence) -> None:
        """Remember that a stream of this peer was interrupted."""
        self._falls.append((evidence.since, evidence.room, evidence.peer))

    def judge(self, evidence: Evidence) -> Cause:
        """Return the cause as known now; ask again at the end for the final one."""
        if self._is_ours(evidence):
            return Cause.RELAY
        if evidence.others_silent:
            return Cause.UPLINK if all(evidence.others_silent) else Cause.CAPTURE
        return Cause.CAPTURE if evidence.is_transport_alive else Cause.UPLINK

    def judge_received(self, evidence: Evidence) -> Cause:
        """Return the cause of what does not reach a peer."""
        return Cause.RELAY if self._is_ours(evidence) else Cause.DOWNLINK

    def _is_ours(self, evidence: Evidence) -> bool:
        """Tell whether we were late then, or others fell at the same time."""
        since = evidence.since
        # Only a lag where the silence begins explains it: later ones met a silence already there.
        if any(begin <= since + TOGETHER_S and end >= since for begin, end in self._lags):
            return True
        return any(
            (room, peer) != (evidence.room, evidence.peer) and abs(fell - since) <= TOGETHER_S
            for fell, room, peer in self._falls
        )
