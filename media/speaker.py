"""Who speaks, from the level that each sound packet names in its header: nothing is decoded.

In each group one peer at most is the active speaker. Another one takes over by being clearly
louder for a moment; silence changes nothing, leaving the group does. Times are seconds on the
caller's monotonic clock. Source: RFC 6464 section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from media.kinds import Stream
from media.messages import SpeakerChanged

SPEECH_DB = 127 - 55
"""A voice is louder than 55 dB below the loudest sound there can be."""
LEAD_DB = 6.0
"""By so much another is louder than the speaker of now."""
TAKEOVER_TICKS = 5
"""For so many judgements, one each 100 ms."""
_RISE, _FALL = 0.3, 0.05
"""Of the difference, a packet: 50 a second. Syllables are shorter than the pauses between words."""
_FADE = 0.7


class Voice:
    """How loud one peer is, in dB above the least that can be told."""

    __slots__ = ("_is_heard", "loudness_db")

    def __init__(self) -> None:
        self.loudness_db = 0.0
        self._is_heard = False

    def add(self, level: int) -> None:
        """Account for one packet that has the extension; `level` is its octet."""
        self._is_heard = True
        step_db = 127 - (level & 127) - self.loudness_db
        self.loudness_db += step_db * (_RISE if step_db > 0 else _FALL)

    def judged(self) -> float:
        """Return the loudness now; one of whom nothing came since the last call fades away."""
        if not self._is_heard:
            self.loudness_db *= _FADE
        self._is_heard = False
        return self.loudness_db


class Speaking(Protocol):
    """What is asked of a peer."""

    name: str
    group: str | None
    muted: frozenset[Stream]
    voice: Voice


class Speakers:
    """The active speaker of each group of one room."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._speaker: dict[str, str] = {}
        self._rival: dict[str, tuple[str, int]] = {}
        """Who may take over, and for how many judgements they have been louder."""

    def judge(self, peers: Iterable[Speaking], now: float) -> Iterator[SpeakerChanged]:
        """Judge every 100 ms; whom nobody hears, in no group or muted, never speaks."""
        groups: dict[str, dict[str, float]] = {}
        for peer in peers:
            loudness_db = peer.voice.judged()
            if peer.group is not None and Stream.AUDIO not in peer.muted:
                groups.setdefault(peer.group, {})[peer.name] = loudness_db
        for group in self._speaker.keys() - groups.keys():
            del self._speaker[group]
        for group, loudness in groups.items():
            before = self._speaker.get(group)
            after = self._judge(group, loudness)
            if after != before:
                yield SpeakerChanged(room=self._room, group=group, peer=after, at_s=now)

    def _judge(self, group: str, loudness: dict[str, float]) -> str | None:
        speaker = self._speaker.get(group)
        if speaker not in loudness:
            self._speaker.pop(group, None)
            speaker = None
        needed = SPEECH_DB if speaker is None else max(SPEECH_DB, loudness[speaker] + LEAD_DB)
        loudest = max(loudness, key=lambda name: loudness[name])
        if loudest == speaker or loudness[loudest] < needed:
            self._rival.pop(group, None)
            return speaker
        rival, ticks = self._rival.get(group, (loudest, 0))
        ticks = ticks + 1 if rival == loudest else 1
        self._rival[group] = (loudest, ticks)
        if ticks < TAKEOVER_TICKS:
            return speaker
        del self._rival[group]
        self._speaker[group] = loudest
        return loudest
