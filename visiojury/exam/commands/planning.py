"""The session as the organiser enters and changes it; duty; tests of stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.events import HeldBy, NetworkPath, Purpose, Route, Verdict
from visiojury.exam.people import (
    Diploma,
    Identifier,
    Milliseconds,
    Name,
    Office,
    Participant,
    Percent,
    Relation,
    SessionDay,
    Strict,
    Text,
)

Reason = Annotated[str, MinLen(1), MaxLen(500)]
MOST_PEOPLE, MOST_SITTINGS = 200, 100
"""Of one session: ten times what the instruction aims at."""
Commission = Annotated[tuple[Identifier, ...], MaxLen(10)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPlan(Strict):
    """A sitting as the organiser enters it."""

    sitting_id: Identifier
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: Commission
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60), Le(6 * 3600)]
    adjustment_percent: Percent = 0
    """Share of the duration given more on medical prescription (B7); 33 means one third."""
    room: Name | None = None
    station: Name | None = None
    follows_sitting_id: Identifier | None = None
    is_remote: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDefinition(Strict):
    """A whole session as the organiser enters it; a draft unless it `is_open` at once."""

    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: Annotated[tuple[Office, ...], MaxLen(30)]
    participants: Annotated[tuple[Participant, ...], MaxLen(MOST_PEOPLE)] = ()
    sittings: Annotated[tuple[SittingPlan, ...], MaxLen(MOST_SITTINGS)] = ()
    relations: Annotated[tuple[Relation, ...], MaxLen(500)] = ()
    days: Annotated[tuple[SessionDay, ...], MaxLen(300)] = ()
    held_by: HeldBy = "state"
    exception_reason: Text = ""
    exception_author_id: Identifier | None = None
    reference: Name | None = None
    results_ms: Milliseconds | None = None
    results_place: Name | None = None
    follows_session_id: Identifier | None = None
    is_open: bool = False
    """Open it in the same act: everything must be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation(Strict):
    """End a person's access at once: the link, and every connection made with it."""

    participant_id: Identifier
    command: Literal["revoke_invitation"] = "revoke_invitation"


# --- the session


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession(Strict):
    command: Literal["open_session"] = "open_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendSession(Strict):
    reason: Reason
    command: Literal["suspend_session"] = "suspend_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueSession(Strict):
    command: Literal["continue_session"] = "continue_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSession(Strict):
    reason: Reason
    command: Literal["cancel_session"] = "cancel_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSession(Strict):
    reason: Reason
    to_session_id: Identifier
    command: Literal["move_session"] = "move_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOffice(Strict):
    """Pool the session with one more office."""

    office: Office
    command: Literal["add_office"] = "add_office"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDay(Strict):
    day: SessionDay
    command: Literal["add_day"] = "add_day"


# --- its people


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolParticipant(Strict):
    participant: Participant
    command: Literal["enrol_participant"] = "enrol_participant"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawParticipant(Strict):
    participant_id: Identifier
    reason: Reason
    command: Literal["withdraw_participant"] = "withdraw_participant"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRelation(Strict):
    relation: Relation
    command: Literal["declare_relation"] = "declare_relation"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRelation(Strict):
    examiner_id: Identifier
    candidate_id: Identifier
    command: Literal["withdraw_relation"] = "withdraw_relation"


# --- its programme


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSitting(Strict):
    plan: SittingPlan
    command: Literal["schedule_sitting"] = "schedule_sitting"


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleSitting(SittingCommand):
    """Say anew all that may change before the candidate is admitted."""

    planned_ms: Milliseconds
    room: Name | None = None
    station: Name | None = None
    examiner_ids: Commission
    command: Literal["reschedule_sitting"] = "reschedule_sitting"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSitting(SittingCommand):
    reason: Reason
    command: Literal["cancel_sitting"] = "cancel_sitting"


# --- the day


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDuty(Strict):
    command: Literal["take_duty"] = "take_duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverDuty(Strict):
    to_participant_id: Identifier
    command: Literal["hand_over_duty"] = "hand_over_duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTechnicalTest(Strict):
    """Bring the staff of both offices and their stations together, before the exam (B5)."""

    command: Literal["open_technical_test"] = "open_technical_test"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTechnicalTest(Strict):
    command: Literal["close_technical_test"] = "close_technical_test"


_Figure = Annotated[int, Ge(0), Le(2**31)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeviceCheck(Strict):
    """Say what one's own page found when it tried its devices and its network (B5)."""

    browser: Name
    open_paths: Annotated[tuple[NetworkPath, ...], MaxLen(3)]
    path: NetworkPath | None
    verdict: Verdict
    rtt_ms: _Figure | None = None
    lost_permille: Annotated[int, Ge(0), Le(1000)] | None = None
    jitter_ms: _Figure | None = None
    bitrate_bps: _Figure | None = None
    frames_per_s: Annotated[int, Ge(0), Le(1000)] | None = None
    command: Literal["record_device_check"] = "record_device_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStationTest(Strict):
    station: Name
    office_id: Identifier
    partner_id: Identifier
    browser: Name
    path: NetworkPath
    quality: Percent | None = None
    is_good: bool
    remarks: Text = ""
    command: Literal["record_station_test"] = "record_station_test"
