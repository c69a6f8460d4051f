"""What has happened: every event of a session's record.

An event is a value with its own time (`at_ms`, when it occurred). Who did it, when it was
received and its place in the chain are the record's business (visiojury.record.entry).
Names are past participles; `type` is the stable name in the record and never changes.

One module an area; they are used through this one.
"""

from __future__ import annotations

from visiojury.exam.events.access import (
    InvitationIssued,
    InvitationRedeemed,
    InvitationRefused,
    InvitationRevoked,
)
from visiojury.exam.events.after import (
    RecordSealed,
)
from visiojury.exam.events.base import (
    Occurred,
    Seconds,
    SittingEvent,
)
from visiojury.exam.events.conduct import (
    ExtensionDecided,
    HelpAnswered,
    HelpCalled,
    Hindrance,
    OutageClosed,
    OutageOpened,
    PostponementAdvised,
    PostponementAgreed,
    PostponementRequested,
    SittingClosed,
    SittingPaused,
    SittingPostponed,
    SittingResumed,
    SittingStarted,
)
from visiojury.exam.events.jury import (
    Ballot,
    DecisionAdopted,
    DecisionProposed,
    DeliberationClosed,
    DeliberationOpened,
    Outcome,
    RollCallAnswered,
    VoteCast,
)
from visiojury.exam.events.media import (
    Cause,
    MediaBound,
    MediaDisconnected,
    MediaInterrupted,
    MediaRestored,
    MediaStarted,
    MediaSwitched,
    ServiceInterrupted,
    Stream,
)
from visiojury.exam.events.planning import (
    ParticipantEnrolled,
    Purpose,
    Route,
    SessionCreated,
    SittingScheduled,
)
from visiojury.exam.events.reception import (
    AttestationSigned,
    CandidateAbsent,
    CandidateAdmitted,
    DocumentKind,
    IdentityChecked,
)

Event = (
    SessionCreated
    | ParticipantEnrolled
    | SittingScheduled
    | InvitationIssued
    | InvitationRedeemed
    | InvitationRefused
    | InvitationRevoked
    | IdentityChecked
    | MediaBound
    | MediaStarted
    | MediaInterrupted
    | MediaRestored
    | MediaSwitched
    | MediaDisconnected
    | ServiceInterrupted
    | AttestationSigned
    | CandidateAdmitted
    | CandidateAbsent
    | SittingStarted
    | SittingPaused
    | SittingResumed
    | SittingClosed
    | OutageOpened
    | OutageClosed
    | ExtensionDecided
    | PostponementAdvised
    | PostponementRequested
    | PostponementAgreed
    | SittingPostponed
    | HelpCalled
    | HelpAnswered
    | DeliberationOpened
    | RollCallAnswered
    | DecisionProposed
    | VoteCast
    | DecisionAdopted
    | DeliberationClosed
    | RecordSealed
)

AFTER_THE_SEAL = (InvitationIssued, InvitationRedeemed, InvitationRefused, InvitationRevoked)
"""What may still follow a seal: the documents are read, so access goes on and is recorded."""

__all__ = [
    "AFTER_THE_SEAL",
    "AttestationSigned",
    "Ballot",
    "CandidateAbsent",
    "CandidateAdmitted",
    "Cause",
    "DecisionAdopted",
    "DecisionProposed",
    "DeliberationClosed",
    "DeliberationOpened",
    "DocumentKind",
    "Event",
    "ExtensionDecided",
    "HelpAnswered",
    "HelpCalled",
    "Hindrance",
    "IdentityChecked",
    "InvitationIssued",
    "InvitationRedeemed",
    "InvitationRefused",
    "InvitationRevoked",
    "MediaBound",
    "MediaDisconnected",
    "MediaInterrupted",
    "MediaRestored",
    "MediaStarted",
    "MediaSwitched",
    "Occurred",
    "OutageClosed",
    "OutageOpened",
    "Outcome",
    "ParticipantEnrolled",
    "PostponementAdvised",
    "PostponementAgreed",
    "PostponementRequested",
    "Purpose",
    "RecordSealed",
    "RollCallAnswered",
    "Route",
    "Seconds",
    "ServiceInterrupted",
    "SessionCreated",
    "SittingClosed",
    "SittingEvent",
    "SittingPaused",
    "SittingPostponed",
    "SittingResumed",
    "SittingScheduled",
    "SittingStarted",
    "Stream",
    "VoteCast",
]
