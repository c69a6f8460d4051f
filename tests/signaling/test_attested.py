"""Signatures and files at the edge: what a person's device claims is checked before the rules."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from auth.jwk import base64url
from signaling.rooms import Room
from tests.builders import Story, definition
from tests.signaling.site import Site, as_of_now, refusal_of
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.after import AMENDMENT_LABEL, MINUTES_LABEL
from visiojury.exam.commands import MOST_FILE_BYTES
from visiojury.exam.state import Session
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

PDF = b"%PDF-1.7 a file"
PEOPLE = ("organiser", "manager", "invigilator", "candidate", "chair", "examiner-1", "examiner-2")


def _as_told(event: ev.Event, _state: Session) -> list[ev.Event]:
    return [event]


class Held:
    """A session of the server in which a story's events happened, and everybody's device."""

    def __init__(self, site: Site, story: Story, room: Room) -> None:
        self.site, self.story, self.room = site, story, room
        self.devices: dict[str, Client] = {}
        self._told = 0

    @classmethod
    async def hold(cls, site: Site, session_id: str) -> Held:
        plan = replace(definition(), session_id=session_id)
        story = Story(plan)
        story.open_sitting()
        story.close_sitting()
        story.wait(600)
        await site.create(plan)
        room = site.server.rooms.get(session_id)
        assert room is not None
        held = cls(site, story, room)
        await held.catch_up()
        for who in PEOPLE:
            held.devices[who] = await site.person(session_id, who)
        return held

    async def catch_up(self) -> None:
        """Record on the server what the story has more than it."""
        known = {entry.event.type for entry in self.room.owner.entries}
        made = {"session.created", "session.opened", "participant.enrolled", "sitting.scheduled"}
        for draft in self.story.drafts[self._told :]:
            if draft.event.type not in made & known:
                event = as_of_now(draft.event, self.site.server.instants.now_ms())
                await self.room.owner.record(partial(_as_told, event), actor=draft.actor)
        self._told = len(self.story.drafts)

    async def seal(self) -> None:
        self.story.deliberate()
        await self.catch_up()
        assert self.room.owner.state.seal is not None

    def __getitem__(self, who: str) -> Client:
        return self.devices[who]

    async def upload(
        self, who: str, content: bytes, *, media_type: str = "application/pdf"
    ) -> tuple[int, dict[str, Any]]:
        path = f"/api/sessions/{self.room.session_id}/files"
        headers = {**self[who].headers("POST", path), "Content-Type": media_type}
        url = self.site.origin + path
        async with self.site.http.post(url, data=io.BytesIO(content), headers=headers) as response:
            return response.status, await response.json()


def signed(client: Client, label: bytes, sha256: str) -> dict[str, Any]:
    """Return what the page makes with the device key."""
    device = client._key
    der = device._key.sign(label + bytes.fromhex(sha256), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    signature = base64url(r.to_bytes(32) + s.to_bytes(32))
    return {"signature": signature, "public_key": device._jwk}


@pytest.mark.requirement("J8", "A1")
async def test_the_minutes_are_signed_by_device_keys_and_the_extract_goes_its_way(
    site: Site,
) -> None:
    held = await Held.hold(site, "signing")
    early = {"minutes_sha256": "0" * 64, **signed(held["chair"], MINUTES_LABEL, "0" * 64)}
    assert (await refusal_of(held["chair"].act("sign_minutes", **early))).refusal == (
        "record_unsealed"
    )
    await held.seal()
    minutes = await held["chair"].download("documents/minutes.pdf")
    digest = hashlib.sha256(minutes).hexdigest()

    def act(who: str, *, label: bytes = MINUTES_LABEL, over: str = digest, key: str = "") -> Any:
        fields = signed(held[key or who], label, over)
        return held[who].act("sign_minutes", minutes_sha256=over, **fields)

    assert (await refusal_of(act("examiner-1", key="chair"))).refusal == "signature_foreign"
    assert (await refusal_of(act("chair", label=AMENDMENT_LABEL))).refusal == "signature_invalid"
    other = hashlib.sha256(b"other minutes").hexdigest()
    assert (await refusal_of(act("chair", over=other))).refusal == "digest_mismatch"
    assert held.room.owner.state.after.signatures == {}
    for who in ("chair", "examiner-1", "examiner-2", "manager"):
        await act(who)
    assert len(held.room.owner.state.after.signatures) == 4
    # The minutes are the same bytes after they were signed.
    assert await held["manager"].download("documents/minutes.pdf") == minutes

    await held["organiser"].act("write_amendment", text="Lire « bloc 2 ».")
    amendment = held.room.owner.state.after.amendments["amendment-1"].written.sha256
    about = {"amendment_id": "amendment-1", "sha256": amendment}
    wrong = signed(held["chair"], MINUTES_LABEL, amendment)
    refusal = await refusal_of(held["chair"].act("sign_amendment", **about, **wrong))
    assert refusal.refusal == "signature_invalid"
    right = signed(held["chair"], AMENDMENT_LABEL, amendment)
    await held["chair"].act("sign_amendment", **about, **right)

    status, kept = await held.upload("organiser", PDF)
    assert (status, kept) == (
        201,
        {"sha256": hashlib.sha256(PDF).hexdigest(), "size_bytes": len(PDF)},
    )
    send = {"office_id": "bretagne", "files": [{"name": "Lauréats", **kept}]}
    unknown = {"office_id": "bretagne", "files": [{"name": "x", **kept, "sha256": "0" * 64}]}
    assert (await refusal_of(held["organiser"].act("send_extract", **unknown))).refusal == (
        "file_unknown"
    )
    await held["organiser"].act("send_extract", **send)
    path = f"files/{kept['sha256']}.pdf"
    assert await held["invigilator"].download(path) == PDF
    for who in ("candidate", "chair", "manager"):
        assert (await refusal_of(held[who].download(path))).refusal == "file_unknown"
    assert held.room.owner.state.after.reads[-1].participant_id == "invigilator"
    await held["invigilator"].act("acknowledge_extract")
    assert held.room.owner.state.after.extracts["bretagne"].acknowledged_ms is not None


@pytest.mark.requirement("J3", "J6")
async def test_a_document_shown_is_served_to_the_members_and_to_nobody_else(site: Site) -> None:
    held = await Held.hold(site, "showing")
    assert (await held.upload("chair", PDF))[1]["code"] == "not_allowed"  # nobody attends yet
    story = held.story
    story.act("chair", cmd.OpenDeliberation())
    for who in ("chair", "examiner-1", "examiner-2"):
        story.answer(who)
    await held.catch_up()
    status, kept = await held.upload("examiner-1", PDF)
    assert status == 201
    missing = {"title": "Livret", "sha256": "0" * 64, "size_bytes": 1}
    assert (await refusal_of(held["examiner-1"].act("show_document", **missing))).refusal == (
        "file_unknown"
    )
    path = f"files/{kept['sha256']}.pdf"
    assert (await refusal_of(held["chair"].download(path))).refusal == "file_unknown"
    await held["examiner-1"].act("show_document", title="Livret", **kept)
    for who in ("chair", "examiner-1", "examiner-2"):
        assert await held[who].download(path) == PDF
    for who in ("organiser", "manager", "invigilator", "candidate"):
        assert (await refusal_of(held[who].download(path))).refusal == "file_unknown"
    reads = held.room.owner.state.after.reads
    assert [read.participant_id for read in reads] == ["chair", "examiner-1", "examiner-2"]


async def test_only_pdf_files_of_bearable_size_are_kept(site: Site) -> None:
    held = await Held.hold(site, "keeping")
    await held.seal()
    assert (await held.upload("organiser", b"<html>"))[1]["code"] == "file_not_pdf"
    assert (await held.upload("organiser", PDF, media_type="text/html"))[1]["code"] == (
        "file_not_pdf"
    )
    assert (await held.upload("organiser", PDF + bytes(MOST_FILE_BYTES)))[1]["code"] == (
        "file_too_big"
    )
    assert (await held.upload("candidate", PDF))[1]["code"] == "not_allowed"
    first = await held.upload("organiser", PDF)
    second = await held.upload("organiser", PDF)
    assert first == second
    folder = site.settings.data / "files" / "keeping"
    assert [one.name for one in folder.iterdir()] == [first[1]["sha256"]]
    assert (folder.stat().st_mode & 0o077, (next(folder.iterdir())).stat().st_mode & 0o077) == (
        0,
        0,
    )
    for odd in ("../keeping", "..", "", first[1]["sha256"].upper()):
        assert not site.server.files.has("keeping", odd)


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """Put a real file system of that size in place of `folder`."""
    folder.mkdir(parents=True)
    options = f"size={size_bytes},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.requirement("T4")
@pytest.mark.skipif(os.geteuid() != 0, reason="not root: no file system can be mounted")
async def test_a_full_disk_refuses_a_file_and_keeps_no_part_of_it(site: Site) -> None:
    held = await Held.hold(site, "full-disk")
    await held.seal()
    folder = site.server.settings.data / "files" / "full-disk"
    with small_disk(folder, 65_536):
        status, kept = await held.upload("organiser", PDF)
        assert (status, [one.name for one in folder.iterdir()]) == (201, [kept["sha256"]])

        status, problem = await held.upload("organiser", PDF + bytes(200_000))
        assert (status, problem["code"]) == (503, "file_unwritable")
        assert [one.name for one in folder.iterdir()] == [kept["sha256"]]

        status, _ = await held.upload("organiser", PDF + b" that fits again")
        assert status == 201
