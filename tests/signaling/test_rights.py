"""Every person of every office × every command and every document, over HTTP.

One session with two host offices and someone of every role, told by the real rules up to its
seal; and the same session when nothing has happened yet.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from tests.builders import (
    BRITTANY,
    GRAND_EST,
    MARTINIQUE,
    SITTING,
    Story,
    definition,
    people,
    person,
)
from tests.signaling.site import Site
from tests.visiojury.exam.test_permissions import SAMPLES
from tests.written import RIGHTS
from visiojury.exam import commands as cmd
from visiojury.exam.people import Role
from visiojury.rehearsal.client import Client
from visiojury.rehearsal.errors import RefusedError

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("A4", "T1"),
]

OTHERS = (
    person("organiser-2", "Ida", "Autre", Role.ORGANISER, MARTINIQUE, "on_site"),
    person("invigilator-2", "Max", "Référent", Role.INVIGILATOR, MARTINIQUE, "on_site"),
    person("candidate-2", "Zoé", "Secrète", Role.CANDIDATE, MARTINIQUE, "on_site"),
    person("assistant", "Ali", "Assistant", Role.ASSISTANT, BRITTANY, "on_site"),
    person("examiner-3", "Ève", "Extérieure", Role.EXAMINER, GRAND_EST, "remote"),
    person("technician", "Tom", "Technicien", Role.TECHNICIAN, GRAND_EST, "on_site"),
    person("ops", "Lou", "Exploitante", Role.OPS, GRAND_EST, "on_site"),
)
EVERYONE = {p.participant_id: p for p in (*people(), *OTHERS)}
OTHER_SITTING = "sitting-2"

# Once more, by name: the table of the product must not be its own proof.
BRETAGNE = {
    f"convocation-{SITTING}",
    f"attestation-{SITTING}",
    "attendance-bretagne-2026-06-15",
    "extract-bretagne",
}
MARTINIQUES = {
    f"convocation-{OTHER_SITTING}",
    f"attestation-{OTHER_SITTING}",
    "attendance-martinique-2026-06-15",
    "extract-martinique",
}
SHEET = f"incident-{SITTING}"
ALL = BRETAGNE | MARTINIQUES | {SHEET, "attendance-grand-est-2026-06-15", "minutes", "results"}
READERS: dict[str, set[str]] = {
    "organiser": ALL | {"archive"},
    "manager": {"minutes", "results"},
    "organiser-2": MARTINIQUES,
    "invigilator": BRETAGNE | {SHEET},
    "invigilator-2": MARTINIQUES,
    "chair": {"minutes", SHEET},
    "examiner-1": {"minutes", SHEET},
    "examiner-2": {"minutes", SHEET},
    "examiner-3": {"minutes"},
    "candidate": set(),
    "candidate-2": set(),
    "assistant": set(),
    "technician": set(),
    "ops": set(),
}


WITHIN_REACH = {
    *("organiser", "manager", "invigilator"),
    *("chair", "examiner-1", "examiner-2", "candidate"),
}
"""Who has to do with the sitting that Brittany hosts."""


def plan() -> cmd.SessionDefinition:
    plain = definition()
    first = plain.sittings[0]
    other = replace(
        first,
        sitting_id=OTHER_SITTING,
        candidate_id="candidate-2",
        host_office_id="martinique",
        planned_ms=first.planned_ms + 2 * 3600 * 1000,
        examiner_ids=("chair", "examiner-3"),
    )
    return replace(
        plain,
        offices=(GRAND_EST, BRITTANY, MARTINIQUE),
        participants=tuple(EVERYONE.values()),
        sittings=(first, other),
    )


def sealed() -> Story:
    story = Story(plan())
    story.open_sitting()
    story.cut("candidate", 5)
    story.decide_all()
    story.close_sitting()
    story.act("invigilator-2", cmd.MarkAbsent(sitting_id=OTHER_SITTING))
    story.act("organiser", cmd.CheckIdentity(participant_id="examiner-3", document="identity_card"))
    story.connect("examiner-3")
    story.deliberate()
    return story


@dataclass
class Session:
    """A session with everyone in it."""

    session_id: str
    people: dict[str, Client]

    async def code_of(self, who: str, command: cmd.Command) -> tuple[str, dict[str, Any]]:
        """Return the code that refuses, and its facts; nothing where it was done."""
        fields = asdict(command)
        try:
            await self.people[who].act(fields.pop("command"), **fields)
        except RefusedError as refusal:
            return refusal.refusal, refusal.details
        return "", {}


async def entered(site: Site, session_id: str) -> Session:
    return Session(session_id, {who: await site.person(session_id, who) for who in EVERYONE})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over(site: Site) -> AsyncIterator[Session]:
    yield await entered(site, await site.tell(sealed()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(site: Site) -> AsyncIterator[Session]:
    """Sealed as well, and in which nobody acts: an act after the seal can make a document."""
    yield await entered(site, await site.tell(sealed()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fresh(site: Site) -> AsyncIterator[Session]:
    yield await entered(site, await site.tell(Story(plan())))


def by_command() -> Iterator[cmd.Command]:
    """One sample a command; where a sitting is named, the one that Brittany hosts."""
    samples = {type(sample): sample for sample in SAMPLES}
    # Else the first test would take the access of the next one's person.
    samples[cmd.RevokeInvitation] = cmd.RevokeInvitation(participant_id="ghost")
    return iter(samples.values())


@pytest.mark.parametrize("who", EVERYONE)
async def test_every_command_is_refused_to_every_role_that_no_line_names(
    over: Session, who: str
) -> None:
    role, refused = EVERYONE[who].role.value, {}
    for sample in by_command():
        code, facts = await over.code_of(who, sample)
        refused[sample.command] = code == "not_allowed" and facts.get("role") == role
    assert {name for name, is_refused in refused.items() if not is_refused} == {
        name for name, roles in RIGHTS.items() if role in roles
    }


@pytest.mark.parametrize("who", EVERYONE)
async def test_nobody_acts_on_a_sitting_beyond_their_reach(fresh: Session, who: str) -> None:
    participant = EVERYONE[who]
    others = [s for s in by_command() if isinstance(s, cmd.SittingCommand)]
    is_jury = participant.role in {Role.CHAIR, Role.EXAMINER}
    is_in_reach = who in WITHIN_REACH
    codes = {
        s.command: (await fresh.code_of(who, s))[0]
        for s in others
        if participant.role.value in RIGHTS[s.command] and not is_in_reach
    }
    expected = "not_a_member" if is_jury else "foreign_office"
    assert set(codes.values()) <= {expected}
    if who in {"organiser-2", "invigilator-2", "examiner-3"}:
        assert codes


@pytest.mark.parametrize("who", EVERYONE)
async def test_every_document_is_for_those_it_names(kept: Session, who: str) -> None:
    client, base = kept.people[who], f"/api/sessions/{kept.session_id}"
    listed = {
        one["name"]: one["path"] for one in (await client.get(f"{base}/documents"))["documents"]
    }
    assert set(listed) == READERS[who]
    for name in ALL - set(listed):
        with pytest.raises(RefusedError, match="document_unknown"):
            await client.download(f"{base}/documents/{name}.pdf")
    for path in ("archive.zip", "record.jsonl"):
        if who != "organiser":
            with pytest.raises(RefusedError, match="document_unknown"):
                await client.download(path)


async def test_every_document_listed_can_be_had_and_each_reading_is_recorded(
    kept: Session, site: Site
) -> None:
    client = kept.people["organiser"]
    base = f"/api/sessions/{kept.session_id}"
    listed = (await client.get(f"{base}/documents"))["documents"]
    for one in listed:
        assert await client.download(one["path"])
    room = site.server.rooms.get(kept.session_id)
    assert room is not None
    read = {
        e.event.document
        for e in room.owner.entries
        if e.event.type == "document.read" and e.event.participant_id == "organiser"
    }
    assert {one["name"] for one in listed} <= read
