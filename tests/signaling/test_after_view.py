"""What follows the last sitting, walked as people's devices ask for it: nothing behind the server.

The deliberation, the minutes and who signs them, their amendment and delivery, the results, and
what each host office is sent, reads and acknowledges.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest

from tests.signaling.site import Site, line_of, refusal_of
from tests.signaling.test_attested import PDF, signed
from tests.stages import brought
from tests.visiojury.documents.reading import text_of
from visiojury.exam import events as ev
from visiojury.exam.after import AMENDMENT_LABEL, MINUTES_LABEL
from visiojury.record.lines import from_lines
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY_MS = 24 * 3600 * 1000
REMOTE = ("examiner-1", "examiner-2", "examiner-3")
SIGNERS = ("chair", "examiner-1", "examiner-3", "manager", "manager-2")
AWAY = "examiner-2"
"""Has taken part, and does not sign."""
HOSTS = {
    "bretagne": ("invigilator", "host-organiser", "candidate"),
    "martinique": ("third-invigilator", "third-organiser", "candidate-2"),
}
"""By office: an agent, its organiser, the candidate it hosted."""
NAMES = {"bretagne": ("Camille", "Cléo"), "martinique": ("Cléo", "Camille")}
"""By office: its own candidate, and another's."""


class Desk:
    """Everybody's device in one session whose sittings are over."""

    def __init__(self, site: Site, session_id: str, devices: dict[str, Client]) -> None:
        self.site, self.session_id, self._devices = site, session_id, devices

    @classmethod
    async def open(cls, site: Site) -> Desk:
        session_id = await site.tell(brought("in_progress", "closed"))
        everybody = site.invitations[session_id]
        devices = {who: await site.person(session_id, who) for who in everybody}
        return cls(site, session_id, devices)

    def __getitem__(self, who: str) -> Client:
        return self._devices[who]

    async def deliberate(self) -> None:
        chair = self["chair"]
        await chair.act("open_deliberation")
        await chair.act("answer_roll_call", participant_id="chair", attendance="on_site")
        for member in REMOTE:
            heard = {"participant_id": member, "hears": True, "is_heard": True}
            await chair.act("try_hearing", **heard)
            await chair.act("answer_roll_call", participant_id=member, attendance="remote")
        for candidate in ("candidate", "candidate-2"):
            await chair.act("propose_decision", candidate_id=candidate, outcome="full", blocks=[])
            for member in ("chair", *REMOTE):
                await self[member].act("cast_vote", candidate_id=candidate, ballot="for")
            await chair.act("adopt_decision", candidate_id=candidate)
        await chair.act("close_deliberation")

    async def after(self, who: str) -> dict[str, Any]:
        """Return what a device that connects now is shown of what follows."""
        async with line_of(self.site, self[who]) as line:
            snapshot = await line.next("snapshot")
        after: dict[str, Any] = snapshot["state"]["after"]
        return after

    async def upload(self, who: str, content: bytes) -> dict[str, Any]:
        path = f"/api/sessions/{self.session_id}/files"
        headers = {**self[who].headers("POST", path), "Content-Type": "application/pdf"}
        url = self.site.origin + path
        async with self.site.http.post(url, data=io.BytesIO(content), headers=headers) as response:
            assert response.status == 201
            kept: dict[str, Any] = await response.json()
            return kept

    async def readings(self, who: str) -> set[str]:
        """Return what the record says that `who` has read."""
        read = from_lines(await self["organiser"].download("record.jsonl"))
        return {
            entry.event.document
            for entry in read
            if isinstance(entry.event, ev.DocumentRead) and entry.event.participant_id == who
        }


@pytest.mark.requirement("J8", "A1", "A3", "A4")
async def test_from_the_deliberation_to_what_each_host_office_acknowledges(site: Site) -> None:
    desk = await Desk.open(site)
    await desk.deliberate()
    await _sign(desk)
    await _amend(desk)
    await _deliver(desk)
    await _publish(desk)
    await _send_extracts(desk)


async def _sign(desk: Desk) -> None:
    """Each by their own device; delivery waits for the last, or for why it is missing."""
    minutes = await desk["chair"].download("documents/minutes.pdf")
    digest = hashlib.sha256(minutes).hexdigest()
    for who in SIGNERS:
        assert await desk[who].download("documents/minutes.pdf") == minutes
        signature = signed(desk[who], MINUTES_LABEL, digest)
        await desk[who].act("sign_minutes", minutes_sha256=digest, **signature)
    early = await refusal_of(desk["organiser"].act("deliver_minutes", recipient="Rectorat"))
    assert (early.refusal, early.details) == ("minutes_unsigned", {"missing": 1})
    why = {"participant_id": AWAY, "reason": "Hospitalisée depuis le lendemain du jury."}
    assert (
        await refusal_of(desk["candidate"].act("explain_missing_signature", **why))
    ).refusal == ("not_allowed")
    await desk["organiser"].act("explain_missing_signature", **why)
    shown = (await desk.after("manager"))["signers"]
    assert {who for who, one in shown.items() if "signed_ms" in one} == set(SIGNERS)
    assert shown[AWAY] == {"missing_reason": why["reason"]}


async def _amend(desk: Desk) -> None:
    text = "Lire « bloc 2 » au lieu de « bloc 3 »."
    await desk["organiser"].act("write_amendment", text=text)
    sha256 = (await desk.after("chair"))["amendments"]["amendment-1"]["sha256"]
    for who in SIGNERS:
        signature = signed(desk[who], AMENDMENT_LABEL, sha256)
        await desk[who].act(
            "sign_amendment", amendment_id="amendment-1", sha256=sha256, **signature
        )
    assert (await desk.after("chair"))["amendments"]["amendment-1"]["signed_by"] == sorted(SIGNERS)


async def _deliver(desk: Desk) -> None:
    """Within fifteen days of the jury's meeting; the paper says all of it."""
    before = await desk.after("organiser")
    assert "delivered_ms" not in before
    await desk["organiser"].act("deliver_minutes", recipient="DREETS Grand Est, présidence")
    after = await desk.after("manager")
    left_ms = after["minutes_due_ms"] - after["delivered_ms"]
    assert 15 * DAY_MS - 60_000 < left_ms < 15 * DAY_MS
    for who in ("chair", "invigilator"):  # It is not theirs to see to.
        assert "minutes_due_ms" not in await desk.after(who)
    told = text_of(await desk["organiser"].download("documents/signatures.pdf"))
    for words in ("Hospitalisée", "Lire « bloc 2 »", "DREETS Grand Est, présidence"):
        assert words in told


async def _publish(desk: Desk) -> None:
    await desk["organiser"].act("publish_results", place="https://grand-est.example/resultats")
    results = text_of(await desk["organiser"].download("documents/results.pdf"))
    assert "https://grand-est.example/resultats" in results
    for who in ("organiser", "candidate", "third-invigilator"):
        assert (await desk.after(who))["results_place"] == "https://grand-est.example/resultats"
    again = await refusal_of(desk["organiser"].act("publish_results", place="Hall"))
    assert again.refusal == "results_published"


async def _send_extracts(desk: Desk) -> None:
    """To each office what concerns its own candidates, to nobody else; each reading recorded."""
    files = {office_id: await _send(desk, office_id) for office_id in HOSTS}
    for office_id, people in HOSTS.items():
        agent, *_ = people
        paths = (f"documents/extract-{office_id}.pdf", files[office_id])
        for who in people[:2]:
            extract = text_of(await desk[who].download(paths[0]))
            assert [name in extract for name in NAMES[office_id]] == [True, False]
            assert (await desk[who].download(paths[1])).endswith(office_id.encode())
        strangers = {one for other in HOSTS.values() if other != people for one in other}
        for who in sorted(strangers | {people[2], "chair", "manager"}):
            codes = [(await refusal_of(desk[who].download(path))).refusal for path in paths]
            assert codes == ["document_unknown", "file_unknown"], who
        assert set((await desk.after(agent))["extracts"]) == {office_id}
        await desk[agent].act("acknowledge_extract")
        read = await desk.readings(agent)
        assert {
            f"extract-{office_id}",
            files[office_id].removesuffix(".pdf").replace("files/", "file-"),
        } <= read, read
        assert await desk.readings(people[2]) == set()
    extracts = (await desk.after("organiser"))["extracts"]
    assert set(extracts) == set(HOSTS)
    assert all(one["acknowledged_ms"] >= one["sent_ms"] for one in extracts.values())


async def _send(desk: Desk, office_id: str) -> str:
    """Send an office its extract with one file; return where the file is had."""
    early = await refusal_of(desk[HOSTS[office_id][0]].act("acknowledge_extract"))
    assert early.refusal == "extract_not_sent"
    kept = await desk.upload("organiser", PDF + office_id.encode())
    files = [{"name": "Numéros de diplôme", **kept}]
    await desk["organiser"].act("send_extract", office_id=office_id, files=files)
    return f"files/{kept['sha256']}.pdf"
