"""The last check of a person's or a station's device and network, as agents see it (B5)."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam.duty import AGENTS
from visiojury.exam.events import NetworkPath, Verdict
from visiojury.exam.people import Participant, Role
from visiojury.exam.state import Session


class DeviceCheckView(Part):
    """What their page said of it: a testimony."""

    at_ms: int
    verdict: Verdict
    path: NetworkPath | None
    """How the relay was reached; None: not at all."""
    browser: str
    rtt_ms: int | None
    lost_permille: int | None


def device_check_view(session: Session, me: Participant, subject_id: str) -> DeviceCheckView | None:
    """Return the last check, to those who can do something about it and to whom it is of."""
    check = session.life.device_checks.get(subject_id)
    is_told = me.role in AGENTS | {Role.SESSION_MANAGER} or me.participant_id == subject_id
    if check is None or not is_told:
        return None
    return DeviceCheckView(
        at_ms=check.at_ms,
        verdict=check.verdict,
        path=check.path,
        browser=check.browser,
        rtt_ms=check.rtt_ms,
        lost_permille=check.lost_permille,
    )
