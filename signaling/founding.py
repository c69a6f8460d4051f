"""The first session of an installation, made before any server runs: one office, its organiser.

It is a draft, a rehearsal that certifies nothing: the organiser enrols others in it, tries the
rooms and learns. Real sessions are created on the running server (`visiojury session`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from auth.sealing import SecretBox
from signaling import installation_key
from signaling.authenticators import Authenticators
from signaling.instants import Instants
from signaling.inviting import Inviting, Issued
from signaling.owner import SessionOwner
from signaling.rooms import Room
from signaling.settings import Settings
from visiojury.exam import definition as exam_definition
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.people import Office, Participant, Role
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore
from visiojury.reference import Library, Reference
from visiojury.reference.checks import check

SESSION_ID, ORGANISER_ID = "premiere-repetition", "organisateur-1"
DIPLOMA = "DEIS"
_TO_FILL_IN = "À compléter"


class OfficeUnknownError(Exception):
    """The reference data has no such office; `known` has."""

    def __init__(self, office_id: str, known: list[str]) -> None:
        super().__init__(office_id)
        self.known = known


def first_session(
    reference: Reference, *, office_id: str, given_name: str, family_name: str
) -> SessionDefinition:
    """Return a session with nobody in it but its organiser.

    Raises:
        OfficeUnknownError: not an office of the reference data.
    """
    entry, diploma = reference.offices.get(office_id), reference.diploma(DIPLOMA)
    if entry is None:
        raise OfficeUnknownError(office_id, sorted(reference.offices))
    assert diploma is not None, "the reference data has the diplomas of the product"
    office = Office(
        office_id=office_id,
        name=entry.name,
        region=entry.region,
        time_zone=entry.time_zone,
        address=entry.address or _TO_FILL_IN,
        contact=entry.contact or _TO_FILL_IN,
    )
    organiser = Participant(
        participant_id=ORGANISER_ID,
        family_name=family_name,
        given_name=given_name,
        role=Role.ORGANISER,
        office_id=office_id,
        presence="on_site",
    )
    return SessionDefinition(
        session_id=SESSION_ID,
        purpose="rehearsal",
        title="Première répétition",
        diploma=diploma,
        route="vae",
        organising_office_id=office_id,
        offices=(office,),
        participants=(organiser,),
        reference=reference.day.isoformat(),
    )


async def found(settings: Settings, *, office_id: str, given_name: str, family_name: str) -> Issued:
    """Make the keys, the record and the first session; return its organiser's invitation.

    Raises:
        OfficeUnknownError: not an office of the reference data; nothing was made.
        AuthError, OSError: the keys cannot be made.
        ExamError: the names cannot be entered.
        RecordError: the record cannot be used.
    """
    instants = Instants(time.time, time.monotonic)
    today = datetime.fromtimestamp(instants.now_ms() / 1000, UTC).date()
    reference = Library.read(settings.reference).at(today)
    definition = first_session(
        reference, office_id=office_id, given_name=given_name, family_name=family_name
    )
    check(definition, reference)
    events = exam_definition.create(definition, now_ms=instants.now_ms())
    keys, _ = installation_key.made_or_read(settings)
    store = await RecordStore.open(
        settings.record,
        password=settings.database_password(),
        wrapping_key=keys.derive(installation_key.PEOPLE),
    )
    try:
        owner = SessionOwner(
            SESSION_ID,
            store=store,
            instants=instants,
            seal=lambda entries, at_ms: make_seal(
                entries, keys.sign, keys.public_jwk(), at_ms=at_ms
            ),
        )
        await owner.record(lambda _: events, actor=None)
        inviting = Inviting(
            instants=instants,
            origin=settings.http.public_origins(settings.http.port)[0],
            authenticators=Authenticators(SecretBox(keys.derive(installation_key.SECRETS))),
            openid_issuer=settings.openid.issuer,
            has_passkeys=False,
        )
        return await inviting.issue(Room(owner, instants), ORGANISER_ID, actor=None)
    finally:
        await store.close()
