"""Archive, proofs, a candidate's file and erasure, over HTTP, of a session held before."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auth.keys import InstallationKeys
from signaling.owner import SessionOwner
from signaling.settings import Settings
from tests.builders import SealingKey
from tests.databases import append_sealed
from tests.signaling.site import Site, serving, settings_in
from visiojury.documents.verification import verify_bytes
from visiojury.exam import events as ev
from visiojury.record import merkle
from visiojury.record.store import RecordStore
from visiojury.reference.model import Retention

SESSION = "/api/sessions/deis-2026"


class OurKey(SealingKey):
    """The installation's key, as a story seals with it."""

    def __init__(self, keys: InstallationKeys) -> None:
        self._keys = keys

    def sign(self, data: bytes) -> bytes:
        return self._keys.sign(data)

    @property
    def jwk(self) -> dict[str, str]:
        return self._keys.public_jwk()


@dataclass
class Held:
    site: Site

    async def get(self, path: str, status: int = 200) -> bytes:
        url = f"{self.site.origin}{SESSION}{path}"
        async with self.site.http.get(url, headers=self.site.admin()) as response:
            content = await response.read()
            assert response.status == status, content
            return content

    async def erase(self, *, carry_out: bool) -> list[dict[str, object]]:
        url = f"{self.site.origin}/api/erasures"
        body = {"carry_out": carry_out}
        async with self.site.http.post(url, json=body, headers=self.site.admin()) as response:
            answer: dict[str, list[dict[str, object]]] = await response.json()
            assert response.status == 200, answer
            return answer["sessions"]

    async def owner(self) -> SessionOwner:
        room = await self.site.server.rooms.find("deis-2026")
        assert room is not None
        return room.owner

    async def events(self) -> list[str]:
        return [entry.event.type for entry in (await self.owner()).entries]


async def store_held_session(settings: Settings) -> None:
    """Put a whole session on the disk of an installation that does not run yet."""
    keys = InstallationKeys.load_or_create(settings.keys)
    store = await RecordStore.open(
        settings.record, wrapping_key=keys.derive(b"visiojury-person-keys-v1")
    )
    await append_sealed(store, "deis-2026", OurKey(keys))
    await store.close()


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    settings = settings_in(tmp_path)
    await store_held_session(settings)
    async with serving(settings) as site:
        yield Held(site)


@pytest.mark.requirement("A2", "A4")
async def test_an_archive_holds_and_ends_with_a_seal_on_what_must_last(held: Held) -> None:
    first = await held.get("/archive.zip")
    assert verify_bytes(first).holds
    assert await held.get("/archive.zip") == first
    owner = await held.owner()
    published = ev.ResultsPublished(at_ms=1, place="Strasbourg")
    await owner.record(lambda _: [published], actor=None)
    second = await held.get("/archive.zip")
    assert second != first
    verdict = verify_bytes(second)
    assert verdict.holds, verdict.text()
    assert (await held.events())[-4:] == [
        "results.published",
        "record.sealed",
        "archive.made",
        "document.read",
    ]


async def test_an_entry_is_proved_over_http(held: Held) -> None:
    proof = json.loads(await held.get("/record/3/proof"))
    owner = await held.owner()
    assert merkle.is_included(
        owner.entries[2].raw,
        index=2,
        size=proof["size"],
        path=[bytes.fromhex(step) for step in proof["path"]],
        head=bytes.fromhex(proof["root"]),
    )
    for nothing in ("0", "99999", "x", "-1", "²"):
        await held.get(f"/record/{nothing}/proof", status=404)


@pytest.mark.requirement("A5")
async def test_a_candidates_file_is_given_in_one_act_and_its_reading_recorded(held: Held) -> None:
    content = await held.get("/candidates/candidate/file.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert "extract.jsonl" in file.namelist()
    assert (await held.events())[-1] == "document.read"
    await held.get("/candidates/chair/file.zip", status=404)
    await held.get("/candidates/nobody/file.zip", status=404)


@pytest.mark.requirement("A2")
async def test_nothing_is_erased_before_its_time_and_everything_after(held: Held) -> None:
    assert await held.erase(carry_out=True) == []
    held.site.server.keeping._retention = lambda: Retention(record_days=-20_000, quality_days=0)
    due = await held.erase(carry_out=False)
    assert due == [{"session_id": "deis-2026", "people": 8}]
    assert "person.erased" not in await held.events()
    assert await held.erase(carry_out=True) == due
    assert (await held.events()).count("person.erased") == 8
    assert await held.erase(carry_out=True) == []
    assert b"Camille" not in await held.get("/record.jsonl")


@pytest.mark.requirement("A2")
async def test_files_that_cannot_be_deleted_are_a_refusal_that_says_so(held: Held) -> None:
    held.site.server.keeping._retention = lambda: Retention(record_days=-20_000, quality_days=0)
    withstanding = held.site.server.settings.data / "files" / "deis-2026"
    withstanding.parent.mkdir(exist_ok=True)
    withstanding.symlink_to(held.site.server.settings.data)
    url = f"{held.site.origin}/api/erasures"
    for _ in range(2):  # Asked again, it is not silently done.
        async with held.site.http.post(
            url, json={"carry_out": True}, headers=held.site.admin()
        ) as response:
            assert response.status == 503
            problem = await response.json()
        assert problem["code"] == "files_not_erased"
        assert "n’ont pas pu être supprimés" in problem["detail"]
    withstanding.unlink()
    assert await held.erase(carry_out=True) == []
