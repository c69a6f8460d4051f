"""What has happened: every event of a session's record.

An event is a value with its own time (`at_ms`, when it occurred). Who did it, when it was
received and its place in the chain are the record's business (visiojury.record.entry).
Names are past participles; `type` is the stable name in the record and never changes.

One module an area; they are used through this one.
"""

from __future__ import annotations

from visiojury.exam.events.access import (
    AccessContested,
    AccessSignedOut,
    Contest,
    InvitationIssued,
    InvitationRedeemed,
    InvitationRefused,
    InvitationRevoked,
    Passkey,
    PasskeyRevoked,
    SignIn,
)
from visiojury.exam.events.after import (
    AmendmentSigned,
    AmendmentWritten,
    AppealClosed,
    AppealEntered,
    ArchiveMade,
    AttachedFile,
    DocumentRead,
    ExtractAcknowledged,
    ExtractSent,
    MinutesDelivered,
    MinutesSigned,
    PersonErased,
    RecordSealed,
    RecordTimestamped,
    ResultsPublished,
    SignatureMissing,
    TimestampMissed,
)
from visiojury.exam.events.base import (
    Digest,
    Occurred,
    Seconds,
    SittingEvent,
)
from visiojury.exam.events.conduct import (
    CandidateExpelled,
    CandidateWithdrew,
    DeclaredOutageEnded,
    DeclaredOutageWithdrawn,
    ExtensionDecided,
    FindingNoted,
    HelpAnswered,
    HelpCalled,
    Hindrance,
    IncidentSheetHanded,
    IncidentSheetSigned,
    OutageClosed,
    OutageDeclared,
    OutageOpened,
    ParticipantLetBackIn,
    ParticipantMuted,
    ParticipantSentOut,
    PostponementAdvised,
    PostponementAgreed,
    PostponementRequested,
    RemarksNoted,
    ScreenShared,
    ScreenStopped,
    Side,
    SittingClosed,
    SittingPaused,
    SittingPostponed,
    SittingResumed,
    SittingStarted,
    SittingVoided,
    Streams,
    VoidingAgreed,
    WithdrawalCause,
)
from visiojury.exam.events.jury import (
    Ballot,
    CandidateTakenUp,
    DecisionAdopted,
    DecisionProposed,
    DeliberationClosed,
    DeliberationContinued,
    DeliberationOpened,
    DocumentShown,
    HearingTested,
    MemberRecused,
    Outcome,
    RollCallAnswered,
    RollCallBegun,
    VoteCast,
)
from visiojury.exam.events.media import (
    Cause,
    Direction,
    DownlinkInterrupted,
    DownlinkRestored,
    MediaBound,
    MediaDisconnected,
    MediaInterrupted,
    MediaRestored,
    MediaStarted,
    MediaSwitched,
    QualityDegraded,
    QualityRecovered,
    ServiceInterrupted,
    Stream,
    Witness,
)
from visiojury.exam.events.planning import (
    DayAdded,
    DeviceChecked,
    DutyHandedOver,
    DutyTaken,
    HeldBy,
    NetworkPath,
    OfficeJoined,
    ParticipantEnrolled,
    ParticipantWithdrawn,
    Purpose,
    RelationDeclared,
    RelationWithdrawn,
    SessionCancelled,
    SessionContinued,
    SessionCreated,
    SessionMoved,
    SessionOpened,
    SessionSuspended,
    SittingCancelled,
    SittingRescheduled,
    SittingScheduled,
    StationTested,
    TechnicalTestClosed,
    TechnicalTestOpened,
    Verdict,
)
from visiojury.exam.events.reception import (
    AttendanceSigned,
    AttestationSigned,
    CandidateAbsent,
    CandidateAdmitted,
    DocumentKind,
    IdentityCheckAsked,
    IdentityChecked,
    IdentityLapsed,
    IdentityRefused,
    Lapse,
    PersonArrived,
    SignatureMeans,
    SignInAccepted,
)
from visiojury.exam.events.stations import (
    Factor,
    PresenceAttested,
    StationEnrolled,
    StationNetworkLeft,
    StationNetworkReturned,
    StationPlaced,
    StationSignedIn,
    StationSignedOut,
    StationWithdrawn,
)
from visiojury.exam.people import Route

Event = (
    SessionCreated
    | SessionOpened
    | SessionSuspended
    | SessionContinued
    | SessionCancelled
    | SessionMoved
    | OfficeJoined
    | DayAdded
    | ParticipantEnrolled
    | ParticipantWithdrawn
    | RelationDeclared
    | RelationWithdrawn
    | SittingScheduled
    | SittingRescheduled
    | SittingCancelled
    | DutyTaken
    | DutyHandedOver
    | DeviceChecked
    | TechnicalTestOpened
    | TechnicalTestClosed
    | StationTested
    | StationEnrolled
    | StationWithdrawn
    | StationPlaced
    | StationNetworkLeft
    | StationNetworkReturned
    | PresenceAttested
    | StationSignedIn
    | StationSignedOut
    | InvitationIssued
    | InvitationRedeemed
    | InvitationRefused
    | InvitationRevoked
    | PasskeyRevoked
    | AccessContested
    | AccessSignedOut
    | IdentityChecked
    | SignInAccepted
    | IdentityLapsed
    | IdentityCheckAsked
    | IdentityRefused
    | MediaBound
    | MediaStarted
    | MediaInterrupted
    | MediaRestored
    | MediaSwitched
    | MediaDisconnected
    | DownlinkInterrupted
    | DownlinkRestored
    | QualityDegraded
    | QualityRecovered
    | ServiceInterrupted
    | AttestationSigned
    | CandidateAdmitted
    | CandidateAbsent
    | PersonArrived
    | AttendanceSigned
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
    | OutageDeclared
    | DeclaredOutageEnded
    | DeclaredOutageWithdrawn
    | FindingNoted
    | RemarksNoted
    | IncidentSheetSigned
    | IncidentSheetHanded
    | VoidingAgreed
    | SittingVoided
    | CandidateExpelled
    | CandidateWithdrew
    | ParticipantMuted
    | ParticipantSentOut
    | ParticipantLetBackIn
    | ScreenShared
    | ScreenStopped
    | HelpCalled
    | HelpAnswered
    | DeliberationOpened
    | RollCallBegun
    | HearingTested
    | RollCallAnswered
    | DeliberationContinued
    | MemberRecused
    | DocumentShown
    | CandidateTakenUp
    | DecisionProposed
    | VoteCast
    | DecisionAdopted
    | DeliberationClosed
    | RecordSealed
    | MinutesSigned
    | SignatureMissing
    | AmendmentWritten
    | AmendmentSigned
    | MinutesDelivered
    | ResultsPublished
    | ExtractSent
    | ExtractAcknowledged
    | AppealEntered
    | AppealClosed
    | DocumentRead
    | ArchiveMade
    | PersonErased
    | RecordTimestamped
    | TimestampMissed
)

AFTER_THE_SEAL = (
    InvitationIssued,
    InvitationRedeemed,
    InvitationRefused,
    InvitationRevoked,
    PasskeyRevoked,
    AccessContested,
    AccessSignedOut,
    MinutesSigned,
    SignatureMissing,
    AmendmentWritten,
    AmendmentSigned,
    MinutesDelivered,
    ResultsPublished,
    ExtractSent,
    ExtractAcknowledged,
    AppealEntered,
    AppealClosed,
    DocumentRead,
    ArchiveMade,
    PersonErased,
    RecordSealed,
    RecordTimestamped,
    TimestampMissed,
)
"""What may still follow a seal: none of it changes what was sealed."""

TRACES = (
    InvitationIssued,
    InvitationRedeemed,
    InvitationRefused,
    InvitationRevoked,
    PasskeyRevoked,
    AccessContested,
    AccessSignedOut,
    DocumentRead,
    ArchiveMade,
    RecordTimestamped,
    TimestampMissed,
)
"""What follows a seal and needs none of its own: a later seal covers it with the rest."""

__all__ = [
    "AFTER_THE_SEAL",
    "TRACES",
    "AccessContested",
    "AccessSignedOut",
    "AmendmentSigned",
    "AmendmentWritten",
    "AppealClosed",
    "AppealEntered",
    "ArchiveMade",
    "AttachedFile",
    "AttendanceSigned",
    "AttestationSigned",
    "Ballot",
    "CandidateAbsent",
    "CandidateAdmitted",
    "CandidateExpelled",
    "CandidateTakenUp",
    "CandidateWithdrew",
    "Cause",
    "Contest",
    "DayAdded",
    "DecisionAdopted",
    "DecisionProposed",
    "DeclaredOutageEnded",
    "DeclaredOutageWithdrawn",
    "DeliberationClosed",
    "DeliberationContinued",
    "DeliberationOpened",
    "DeviceChecked",
    "Digest",
    "Direction",
    "DocumentKind",
    "DocumentRead",
    "DocumentShown",
    "DownlinkInterrupted",
    "DownlinkRestored",
    "DutyHandedOver",
    "DutyTaken",
    "Event",
    "ExtensionDecided",
    "ExtractAcknowledged",
    "ExtractSent",
    "Factor",
    "FindingNoted",
    "HearingTested",
    "HeldBy",
    "HelpAnswered",
    "HelpCalled",
    "Hindrance",
    "IdentityCheckAsked",
    "IdentityChecked",
    "IdentityLapsed",
    "IdentityRefused",
    "IncidentSheetHanded",
    "IncidentSheetSigned",
    "InvitationIssued",
    "InvitationRedeemed",
    "InvitationRefused",
    "InvitationRevoked",
    "Lapse",
    "MediaBound",
    "MediaDisconnected",
    "MediaInterrupted",
    "MediaRestored",
    "MediaStarted",
    "MediaSwitched",
    "MemberRecused",
    "MinutesDelivered",
    "MinutesSigned",
    "NetworkPath",
    "Occurred",
    "OfficeJoined",
    "OutageClosed",
    "OutageDeclared",
    "OutageOpened",
    "Outcome",
    "ParticipantEnrolled",
    "ParticipantLetBackIn",
    "ParticipantMuted",
    "ParticipantSentOut",
    "ParticipantWithdrawn",
    "Passkey",
    "PasskeyRevoked",
    "PersonArrived",
    "PersonErased",
    "PostponementAdvised",
    "PostponementAgreed",
    "PostponementRequested",
    "PresenceAttested",
    "Purpose",
    "QualityDegraded",
    "QualityRecovered",
    "RecordSealed",
    "RecordTimestamped",
    "RelationDeclared",
    "RelationWithdrawn",
    "RemarksNoted",
    "ResultsPublished",
    "RollCallAnswered",
    "RollCallBegun",
    "Route",
    "ScreenShared",
    "ScreenStopped",
    "Seconds",
    "ServiceInterrupted",
    "SessionCancelled",
    "SessionContinued",
    "SessionCreated",
    "SessionMoved",
    "SessionOpened",
    "SessionSuspended",
    "Side",
    "SignIn",
    "SignInAccepted",
    "SignatureMeans",
    "SignatureMissing",
    "SittingCancelled",
    "SittingClosed",
    "SittingEvent",
    "SittingPaused",
    "SittingPostponed",
    "SittingRescheduled",
    "SittingResumed",
    "SittingScheduled",
    "SittingStarted",
    "SittingVoided",
    "StationEnrolled",
    "StationNetworkLeft",
    "StationNetworkReturned",
    "StationPlaced",
    "StationSignedIn",
    "StationSignedOut",
    "StationTested",
    "StationWithdrawn",
    "Stream",
    "Streams",
    "TechnicalTestClosed",
    "TechnicalTestOpened",
    "TimestampMissed",
    "Verdict",
    "VoidingAgreed",
    "VoteCast",
    "WithdrawalCause",
    "Witness",
]
