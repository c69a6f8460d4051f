"""A participant, their media and how they are known, projected for one person."""

from __future__ import annotations

from typing import Literal

from signaling.device_check_view import DeviceCheckView, device_check_view
from signaling.media_view import SEE_QUALITY, Quality, StreamView, quality_of, stream_of
from signaling.part import Part
from signaling.stage import muted_of
from visiojury.exam import events as ev
from visiojury.exam.identifying import has_high_sign_in
from visiojury.exam.identity import CHECKED, Missing, missing
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import organises
from visiojury.exam.state import Session
from visiojury.exam.stations import carried_media, carrier, station_of


class ContestedView(Part):
    """Attempts to misuse a person's access: how many, and the last."""

    times: int
    what: ev.Contest
    at_ms: int


class PersonView(Part):
    participant_id: str
    name: str
    role: Role
    office_id: str
    presence: Literal["on_site", "remote"]
    station_id: str | None
    """The station they are at; what follows is then of its connection."""
    is_connected: bool
    audio: StreamView
    video: StreamView
    quality: Quality | None
    """Of the connection; None to who cannot act on it, and of who has none."""
    device_check: DeviceCheckView | None
    """The last one of their own device; None to who has nothing to do about it."""
    arrived_ms: int | None
    attendance_signed_ms: int | None
    identity_checked_ms: int | None
    """When the check that holds was made; None: none does."""
    identity_checked_by: str | None
    """Name of the person who checked."""
    identity_missing: Missing | None
    """Which check is missing; None: theirs holds, or their role has none."""
    identity_asked_ms: int | None
    """Since when a new check is asked for, or the person was not recognised."""
    has_high_sign_in: bool
    """Whether the reader may accept their sign-in in place of a document."""
    contested: ContestedView | None
    """For the organiser; None: nobody tried."""


def person_view(session: Session, me: Participant, participant_id: str) -> PersonView:
    """Return what `me` may know of a participant."""
    person = session.participants[participant_id]
    station = station_of(session, participant_id)
    media = carried_media(session, participant_id)
    wanted = missing(session, participant_id) if person.role in CHECKED else None
    check = session.checks.get(participant_id) if wanted is None else None
    doubt = session.doubts.get(participant_id)
    checker = session.participants.get(check.checked_by) if check else None
    signed = session.attendance.get(participant_id)
    muted = muted_of(session, carrier(session, participant_id))
    return PersonView(
        participant_id=participant_id,
        name=person.full_name,
        role=person.role,
        office_id=person.office_id,
        presence=person.presence,
        station_id=None if station is None else station.enrolled.station_id,
        is_connected=media.is_connected,
        audio=stream_of(media, "audio", muted),
        video=stream_of(media, "video", muted),
        quality=quality_of(media) if me.role in SEE_QUALITY else None,
        device_check=device_check_view(session, me, participant_id),
        arrived_ms=session.arrivals.get(participant_id),
        attendance_signed_ms=signed[-1].at_ms if signed else None,
        identity_checked_ms=check.at_ms if check else None,
        identity_checked_by=checker.full_name if checker else None,
        identity_missing=wanted,
        identity_asked_ms=doubt.at_ms if doubt else None,
        has_high_sign_in=organises(session, me) and has_high_sign_in(session, participant_id),
        contested=_contested(session, participant_id) if me.role is Role.ORGANISER else None,
    )


def _contested(session: Session, participant_id: str) -> ContestedView | None:
    tried = session.contests.get(participant_id)
    if tried is None:
        return None
    return ContestedView(times=tried.times, what=tried.what, at_ms=tried.at_ms)
