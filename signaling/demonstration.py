"""The demonstration session: DEIS by VAE, organised in Grand Est, a candidate in Bretagne.

People and contacts are invented; the pooling is that of instruction DGCS/SD4A/2026/19, I.3.
At each start it is found again: whoever is in stays in, and everybody gets a new link for another
device. Once sealed, a new one is made.
"""

from __future__ import annotations

import sys

from signaling.inviting import Issued
from signaling.rooms import Room
from signaling.server import Server
from visiojury.exam.commands import SessionDefinition, SittingPlan
from visiojury.exam.people import Diploma, Office, Participant, Role

PREFIX = "demonstration-"
TERMS = {
    Role.ORGANISER: "organisatrice",
    Role.INVIGILATOR: "référent de l’épreuve",
    Role.CANDIDATE: "candidate",
    Role.CHAIR: "présidente du jury",
    Role.EXAMINER: "membre du jury",
}

DURATION_S = 45 * 60
"""Of the demonstration only: the sources give no regulatory duration."""

GRAND_EST = Office(
    office_id="grand-est",
    name="DREETS Grand Est",
    region="Grand Est",
    time_zone="Europe/Paris",
    address="Salle d’examen 2, site de Strasbourg",
    contact="Poste 21 47 (démonstration)",
)
BRETAGNE = Office(
    office_id="bretagne",
    name="DREETS Bretagne",
    region="Bretagne",
    time_zone="Europe/Paris",
    address="Salle Armorique, site de Rennes",
    contact="Poste 35 12 (démonstration)",
)
DEIS = Diploma(code="DEIS", title="Diplôme d’État d’ingénierie sociale", commission_minimum=2)


def definition(
    session_id: str,
    *,
    now_ms: int,
    title: str = "Session de démonstration",
    duration_s: int = DURATION_S,
) -> SessionDefinition:
    """Return a session of one sitting, planned for `now_ms`, that can be held at once."""
    examiners = ("presidente", "examinateur-1", "examinatrice-2")
    return SessionDefinition(
        session_id=session_id,
        purpose="rehearsal",
        title=title,
        diploma=DEIS,
        route="vae",
        organising_office_id=GRAND_EST.office_id,
        offices=(GRAND_EST, BRETAGNE),
        participants=(
            _person("organisatrice", "Schmitt", "Odile", Role.ORGANISER, GRAND_EST),
            _person("referent", "Le Goff", "Yann", Role.INVIGILATOR, BRETAGNE),
            _person("candidate", "Morvan", "Maëlle", Role.CANDIDATE, BRETAGNE),
            _person("presidente", "Keller", "Hélène", Role.CHAIR, GRAND_EST),
            _person("examinateur-1", "Nguyen", "Paul", Role.EXAMINER, GRAND_EST, remote=True),
            _person("examinatrice-2", "Diallo", "Aïssata", Role.EXAMINER, GRAND_EST, remote=True),
        ),
        sittings=(
            SittingPlan(
                sitting_id="epreuve-1",
                candidate_id="candidate",
                examiner_ids=examiners,
                host_office_id=BRETAGNE.office_id,
                planned_ms=now_ms,
                duration_s=duration_s,
            ),
        ),
        is_open=True,
    )


def _person(
    participant_id: str,
    family: str,
    given: str,
    role: Role,
    office: Office,
    *,
    remote: bool = False,
) -> Participant:
    return Participant(
        participant_id=participant_id,
        family_name=family,
        given_name=given,
        role=role,
        office_id=office.office_id,
        presence="remote" if remote else "on_site",
    )


async def open_demonstration(server: Server) -> None:
    """Make the demonstration session or find it again, and print one link per role."""
    rooms = sorted(
        [room async for room in server.rooms.named(PREFIX)],
        key=lambda room: room.owner.state.info.at_ms,
    )
    if rooms and rooms[-1].owner.state.seal is None:
        issued = [
            await server.entrances.inviting.issue(
                rooms[-1], participant_id, actor=None, spares_redeemed=True
            )
            for participant_id in rooms[-1].owner.state.participants
        ]
        _print(rooms[-1], issued, "retrouvée dans le registre")
        return
    session_id = f"{PREFIX}{len(rooms) + 1}"
    session = definition(session_id, now_ms=server.instants.now_ms())
    issued = await server.create_session(session)
    room = server.rooms.get(session_id)
    assert room is not None, "it was just created"
    _print(room, issued, "créée")


def _print(room: Room, issued: list[Issued], how: str) -> None:
    people = room.owner.state.participants
    lines = ["", f"Session « {room.owner.state.info.title} » {how}. Un lien par personne :", ""]
    for invitation in issued:
        person = people[invitation.participant_id]
        term = TERMS.get(invitation.role, invitation.role.value)
        place = "à distance" if person.presence == "remote" else "sur site"
        lines.append(f"  {person.full_name}, {term} ({place})")
        lines.append(f"    {invitation.link}")
        if invitation.code is not None:
            lines.append(f"    code : {invitation.code}")
    lines += ["", "Chaque lien sert une fois, dans un navigateur. Ctrl-C arrête le serveur.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
