"""Where each person is: who they see and hear. The one rule behind the relay's groups.

Video carries the exam of a candidate, the jury's meetings and its deliberation, and nothing else
is offered (S1), but the test of all this by the staff before (B5): there is no other place, and no
way to make one. Who was not admitted waits apart (D4). Source: instruction DGCS/SD4A/2026/19, II.
"""

from __future__ import annotations

from typing import Literal

from visiojury.exam.events import Stream
from visiojury.exam.identity import is_apart, may_deliberate
from visiojury.exam.people import AT_A_STATION, JURY, Role
from visiojury.exam.register import is_sent_out
from visiojury.exam.state import Session
from visiojury.exam.stations import carrier
from visiojury.exam.technical_test import is_in_test
from visiojury.exam.transitions import SittingState

Place = Literal["waiting", "test", "sitting", "jury", "deliberation"]
"""Where somebody can be; whoever waits has neither sound nor picture."""

_TOGETHER = frozenset({SittingState.ADMITTED, SittingState.RUNNING, SittingState.PAUSED})


def place_of(session: Session, participant_id: str) -> tuple[Place, str | None]:
    """Return where the person is, and in which sitting; deny by default: they wait.

    Waiting people neither see nor hear. Between sittings the jury is among itself. Whoever was not
    recognised, or came by another device than the one that was checked, waits in every room. At the
    deliberation a member whose identity nobody has checked waits outside (J6), and so does one
    who is out for the candidate that the jury speaks of (J5).
    """
    subject = session.subject(participant_id)
    if is_in_test(session, participant_id):
        return "test", None
    if subject.role is Role.STATION:
        return _place_of_station(session, participant_id)
    if subject.role not in AT_A_STATION:
        return "waiting", None  # Staff are in no exam, whatever a sitting says (J6).
    for sitting in session.sittings.values():
        if sitting.state in _TOGETHER and participant_id in sitting.members():
            is_out = participant_id in sitting.sent_out or is_apart(session, participant_id)
            return "waiting" if is_out else "sitting", sitting.sitting_id
    if subject.role not in JURY:
        return "waiting", None
    if session.deliberation.opened_ms is None:
        return ("waiting" if is_apart(session, participant_id) else "jury"), None
    if session.deliberation.is_open and may_deliberate(session, participant_id):
        is_out = is_sent_out(session, participant_id)
        return ("waiting" if is_out else "deliberation"), None
    return "waiting", None


def _place_of_station(session: Session, station_id: str) -> tuple[Place, str | None]:
    """Return where all who are at it are; apart, or nobody: it waits (docs/adr/0090)."""
    places = {place_of(session, who) for who in session.stations.people_at(station_id)}
    if len(places) != 1:
        return "waiting", None
    return places.pop()


def group_of(session: Session, participant_id: str) -> str | None:
    """Return the relay's group for this person or station; None: neither sends nor receives.

    Whoever is at a station is seen and heard by it, and by no connection of their own.
    """
    if carrier(session, participant_id) != participant_id:
        return None
    place, sitting_id = place_of(session, participant_id)
    if place == "waiting":
        return None
    return place if sitting_id is None else f"{place}:{sitting_id}"


def shares_screen(session: Session, participant_id: str) -> bool:
    """Return whether everybody where this person is sees their screen."""
    place, sitting_id = place_of(session, participant_id)
    if place != "sitting" or sitting_id is None:
        return False
    return session.sittings[sitting_id].sharer_id == participant_id


def muted_of(session: Session, participant_id: str) -> frozenset[Stream]:
    """Return what nobody is to see or hear of this person, where they are now."""
    place, sitting_id = place_of(session, participant_id)
    if place != "sitting" or sitting_id is None:
        return frozenset()
    muted = session.sittings[sitting_id].muted
    carried = session.stations.people_at(participant_id) or [participant_id]
    return frozenset[Stream]().union(*(muted.get(who, frozenset()) for who in carried))
