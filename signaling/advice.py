"""What is unwise or late about a session, in words: warnings that block nothing (S7, A3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from signaling.part import Part
from visiojury.exam.advice import PlanningWarning, WarningCode, warnings
from visiojury.exam.clock import SECOND_MS
from visiojury.exam.follow_up import deadlines
from visiojury.exam.state import Session
from visiojury.reference import Reference

MESSAGES: dict[WarningCode, str] = {
    "session_below_minimum": (
        "La session compte {candidates} candidat(s) ; il est conseillé d’en réunir {minimum} "
        "(instruction DGCS/SD4A/2026/19, I.1)."
    ),
    "day_below_minimum": (
        "La journée du {day} compte {candidates} candidat(s) ; il est conseillé d’en prévoir "
        "{minimum} (instruction DGCS/SD4A/2026/19, I.1)."
    ),
    "set_up_late": (
        "La session commence dans {days} jour(s) ; ODESSA se paramètre au moins {minimum} jours "
        "avant (instruction DGCS/SD4A/2026/19, I.2)."
    ),
    "calendar_late": (
        "Le calendrier national de ce diplôme était à communiquer avant le {due} au soir "
        "(instruction DGCS/SD4A/2026/19, I.3)."
    ),
    "results_unannounced": (
        "La convocation doit dire quand et où paraissent les résultats : indiquez-le "
        "(instruction DGCS/SD4A/2026/19, annexe 1)."
    ),
    "substitute_unnamed": "Le responsable de session n’a pas de suppléant : nommez-en un.",
    "station_untested": (
        "Le poste « {station} » n’a pas été essayé par les deux directions "
        "(instruction DGCS/SD4A/2026/19, annexe 1)."
    ),
    "station_failed": "Le dernier essai du poste « {station} » a échoué : recommencez-le ensemble.",
}
MINUTES_LATE = "Le procès-verbal signé était à envoyer au plus tard le {due}."


class WarningView(Part):
    code: WarningCode | Literal["minutes_late"]
    message: str
    """French, for the organiser."""


def advice_on(session: Session, reference: Reference, now_ms: int) -> list[WarningView]:
    """Return what is unwise about a session by the reference data in force, and what is late."""
    info = session.info
    is_national = bool(reference.pooling_of(info.diploma.code, info.route))
    found = warnings(session, reference.planning, is_national=is_national)
    advice = [WarningView(code=warning.code, message=_said(warning)) for warning in found]
    return advice + _late(session, now_ms)


def _late(session: Session, now_ms: int) -> list[WarningView]:
    zone = ZoneInfo(session.organising_office.time_zone)
    return [
        WarningView(
            code="minutes_late",
            message=MINUTES_LATE.format(
                due=f"{datetime.fromtimestamp(deadline.due_ms / SECOND_MS, zone):%d/%m/%Y à %H:%M}"
            ),
        )
        for deadline in deadlines(session, now_ms)
        if deadline.is_late and deadline.done_ms is None
    ]


def _said(warning: PlanningWarning) -> str:
    return MESSAGES[warning.code].format_map(warning.detail)
