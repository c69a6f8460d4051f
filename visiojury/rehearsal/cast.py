"""Who plays in a rehearsal: one session of the smallest real kind, marked as a rehearsal.

A DEIS by VAE, organised in Grand Est, its candidate received in another region; three
examiners, of whom the chair on site. Sixty seconds are the shortest duration there is: a third
of them is enough for one cut.
"""

from __future__ import annotations

import secrets

from visiojury.exam.commands import SessionDefinition, SittingPlan
from visiojury.exam.people import JURY, Diploma, Office, Participant, Presence, Role

CANDIDATE, CHAIR = "candidate-1", "chair-1"
EXAMINERS = ("examiner-1", "examiner-2")
INVIGILATOR, ORGANISER = "invigilator-1", "organiser-1"
JURY_IDS = (CHAIR, *EXAMINERS)
SITTING = "sitting-1"
DURATION_S = 60
SHORT_WAIT_MS = 60_000

NUMBERS = {CANDIDATE: 1, CHAIR: 2, "examiner-1": 4, "examiner-2": 6}
"""Whose content is whose, for those with a camera (content.py)."""

_HOME, _AWAY = "grand-est", "occitanie"

_OFFICES = (
    Office(
        office_id=_HOME,
        name="DREETS Grand Est",
        region="Grand Est",
        time_zone="Europe/Paris",
        address="Répétition, salle A",
        contact="répétition : aucun appel",
    ),
    Office(
        office_id=_AWAY,
        name="DREETS Occitanie",
        region="Occitanie",
        time_zone="Europe/Paris",
        address="Répétition, salle B",
        contact="répétition : aucun appel",
    ),
)


def _robot(participant_id: str, role: Role, office_id: str, presence: Presence) -> Participant:
    return Participant(
        participant_id=participant_id,
        family_name=participant_id.upper(),
        given_name="Automate",
        role=role,
        office_id=office_id,
        presence=presence,
    )


PEOPLE = (
    _robot(CANDIDATE, Role.CANDIDATE, _AWAY, "on_site"),
    _robot(CHAIR, Role.CHAIR, _HOME, "on_site"),
    *(_robot(examiner, Role.EXAMINER, _HOME, "remote") for examiner in EXAMINERS),
    _robot(INVIGILATOR, Role.INVIGILATOR, _AWAY, "on_site"),
    _robot(ORGANISER, Role.ORGANISER, _HOME, "on_site"),
)


def definition(*, now_ms: int) -> SessionDefinition:
    """Return a new session, planned a minute from `now_ms`."""
    assert {p.participant_id for p in PEOPLE if p.role in JURY} == set(JURY_IDS)
    return SessionDefinition(
        session_id=f"rehearsal-{secrets.token_hex(6)}",
        purpose="rehearsal",
        title="Répétition de l’installation",
        diploma=Diploma(code="DEIS", title="Diplôme d’État d’ingénierie sociale"),
        route="vae",
        organising_office_id=_HOME,
        offices=_OFFICES,
        participants=PEOPLE,
        sittings=(
            SittingPlan(
                sitting_id=SITTING,
                candidate_id=CANDIDATE,
                examiner_ids=JURY_IDS,
                host_office_id=_AWAY,
                planned_ms=now_ms + SHORT_WAIT_MS,
                duration_s=DURATION_S,
            ),
        ),
        is_open=True,
    )
