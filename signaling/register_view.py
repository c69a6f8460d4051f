"""The register: who is here, in which room, known by what, on which connection (J1).

One projection for the live view and for the API. Who may read it is a line of the permissions;
each reads the lines of those whom they see.
"""

from __future__ import annotations

from collections.abc import Iterable

from signaling.part import Part
from signaling.stage import Place, place_of
from visiojury.exam import events as ev
from visiojury.exam.identity import CHECKED, IdentityCheck, Missing
from visiojury.exam.people import JURY, Attendance, Participant, Presence, Role
from visiojury.exam.permissions import may_read
from visiojury.exam.register import Presence as Line
from visiojury.exam.register import register
from visiojury.exam.state import Authentication, Session


class CheckView(Part):
    """The last check; `missing` beside it says whether it still holds."""

    at_ms: int
    by: str
    """Participant who checked."""
    office_id: str
    presence: Presence | None
    room: str | None
    until_ms: int
    document: ev.DocumentKind | None
    issuer: str | None
    """Of the sign-in that was accepted in place of a document."""
    acr: str | None


class DoubtView(Part):
    by: str
    at_ms: int


class LineView(Part):
    """A line of the register."""

    name: str
    role: Role
    office_id: str
    room: Place | None
    """Where they are; None: not connected, and not called on site."""
    sitting_id: str | None
    votes: bool
    attendance: Attendance | None
    """As the roll call established it; None: not called yet."""
    place: str | None
    since_ms: int | None
    is_cut_off: bool
    has_heard: bool | None
    """What the last test of hearing found, both ways; None: none was made."""
    authentication: Authentication | None
    device_key: str | None
    """Thumbprint (RFC 7638)."""
    device_ms: int | None
    """Since when that device has their access."""
    passkey_ms: int | None
    """When their passkey was registered; None: they have none."""
    check: CheckView | None
    missing: Missing | None
    """Which check is missing; None: theirs holds, or their role has none."""
    doubt: DoubtView | None
    connection: str | None
    """Beginning of the fingerprint of the certificate that carries their media."""
    is_connected: bool
    link_ms: int | None
    """Since when they are connected to the relay, or are no more."""


def register_view(session: Session, me: Participant, seen: Iterable[str]) -> dict[str, LineView]:
    """Return the lines that `me` may read, of the people in `seen`; none: it is not for them."""
    if not may_read(session, me, "register"):
        return {}
    wanted = set(seen)
    return {
        line.participant_id: _line(session, me, line)
        for line in register(session)
        if line.participant_id in wanted
    }


def _line(session: Session, me: Participant, line: Line) -> LineView:
    who = line.participant_id
    place, sitting_id = place_of(session, who)
    is_here = line.is_connected or line.attendance == "on_site"
    test = session.deliberation.hearing.get(who)
    return LineView(
        name=line.name,
        role=line.role,
        office_id=session.participants[who].office_id,
        room=place if is_here and line.role in CHECKED else None,
        sitting_id=sitting_id if is_here else None,
        # Who leaves because of the candidate spoken of is the jury's business (J6).
        votes=line.votes if me.role in JURY else line.role in JURY,
        attendance=line.attendance,
        place=line.place,
        since_ms=line.since_ms,
        is_cut_off=line.is_cut_off,
        has_heard=None if test is None else test.hears and test.is_heard,
        authentication=line.authentication,
        device_key=line.device_key,
        device_ms=line.device_ms,
        passkey_ms=line.passkey_ms,
        check=None if line.check is None else _check(line.check),
        missing=line.missing,
        doubt=None if line.doubt is None else DoubtView(by=line.doubt.by, at_ms=line.doubt.at_ms),
        connection=line.connection,
        is_connected=line.is_connected,
        link_ms=line.link_ms,
    )


def _check(check: IdentityCheck) -> CheckView:
    sign_in = check.sign_in
    return CheckView(
        at_ms=check.at_ms,
        by=check.checked_by,
        office_id=check.office_id,
        presence=check.presence,
        room=check.room,
        until_ms=check.until_ms,
        document=check.document,
        issuer=None if sign_in is None else sign_in.issuer,
        acr=None if sign_in is None else sign_in.acr,
    )
