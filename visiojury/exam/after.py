"""What follows the seal: signatures, amendments, results, appeals. State and its fold only.

What was sealed stays as it is; all of this stands beside it, in the same chain.
Source: requirements J8, A1, A3, A5; instruction DGCS/SD4A/2026/19, annex 1 ("en aval").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from visiojury.exam import events as ev

MINUTES_LABEL = b"visiojury-minutes-v1\x00"
AMENDMENT_LABEL = b"visiojury-amendment-v1\x00"
"""What a person's signature begins with, before the 32 bytes of the digest: what it is of."""


@dataclass(slots=True)
class Amendment:
    written: ev.AmendmentWritten
    signatures: dict[str, ev.AmendmentSigned] = field(default_factory=dict)
    """By participant."""


@dataclass(slots=True)
class Extract:
    """What one host office was sent, last; and when it said that it has it."""

    sent: ev.ExtractSent
    acknowledged_ms: int | None = None


@dataclass(slots=True)
class Appeal:
    entered: ev.AppealEntered
    closed: ev.AppealClosed | None = None


@dataclass(slots=True)
class After:
    signatures: dict[str, ev.MinutesSigned] = field(default_factory=dict)
    """Of the minutes, by participant."""
    missing: dict[str, ev.SignatureMissing] = field(default_factory=dict)
    """Explained, by participant; a signature that comes after all takes its place."""
    amendments: dict[str, Amendment] = field(default_factory=dict)
    deliveries: list[ev.MinutesDelivered] = field(default_factory=list)
    results: ev.ResultsPublished | None = None
    extracts: dict[str, Extract] = field(default_factory=dict)
    """By host office."""
    appeals: dict[str, Appeal] = field(default_factory=dict)
    reads: list[ev.DocumentRead] = field(default_factory=list)
    archive: ev.ArchiveMade | None = None
    """The last one made."""
    seals: dict[int, ev.RecordSealed] = field(default_factory=dict)
    """By the number of entries that each covers."""
    stamps: dict[int, ev.RecordTimestamped] = field(default_factory=dict)
    """By the size of the seal that is stamped."""
    missed_stamps: set[int] = field(default_factory=set)
    erased: set[str | None] = field(default_factory=set)
    """Participants whose personal data can no longer be read; None: the session's own texts."""

    def holds(self) -> tuple[str, ...]:
        """Return the appeals that are pending; while there is one, nothing is deleted (A5)."""
        return tuple(one for one, appeal in self.appeals.items() if appeal.closed is None)

    def unstamped(self) -> list[ev.RecordSealed]:
        """Return the seals that no authority has stamped."""
        return [seal for size, seal in self.seals.items() if size not in self.stamps]

    def apply(self, event: ev.Event) -> None:
        """Change the state as `event` says; events of other matters change nothing."""
        match event:
            case ev.MinutesSigned():
                self.signatures[event.participant_id] = event
                self.missing.pop(event.participant_id, None)
            case ev.RecordTimestamped():
                self.stamps[event.size] = event
            case ev.TimestampMissed():
                self.missed_stamps.add(event.size)
            case ev.SignatureMissing():
                self.missing[event.participant_id] = event
            case ev.AmendmentWritten():
                self.amendments[event.amendment_id] = Amendment(event)
            case ev.AmendmentSigned():
                self.amendments[event.amendment_id].signatures[event.participant_id] = event
            case ev.MinutesDelivered():
                self.deliveries.append(event)
            case ev.ResultsPublished():
                self.results = event
            case ev.ExtractSent():
                self.extracts[event.office_id] = Extract(event)
            case ev.ExtractAcknowledged():
                self.extracts[event.office_id].acknowledged_ms = event.at_ms
            case ev.AppealEntered():
                self.appeals[event.appeal_id] = Appeal(event)
            case ev.AppealClosed():
                self.appeals[event.appeal_id].closed = event
            case ev.DocumentRead():
                self.reads.append(event)
            case ev.ArchiveMade():
                self.archive = event
            case ev.PersonErased():
                self.erased.add(event.participant_id)
