"""The demonstration: found again at each start, without throwing out who is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signaling.demonstration import open_demonstration
from tests.signaling.site import Site, refusal_of, serving, settings_in
from visiojury.rehearsal.client import Client, Invitation

PRINTED = re.compile(r"^  [^,\n]+, (.+) \(.*\)\n    (http\S+)(?:\n    code : (\d+))?", re.MULTILINE)


def printed(text: str) -> dict[str, Invitation]:
    """The links on the terminal, by the French name of the role; the last of a role stays."""
    return {
        term: Invitation(term, term, link, code or None)
        for term, link, code in PRINTED.findall(text)
    }


async def device(site: Site, invitation: Invitation) -> Client:
    client = Client(site.http, site.origin, invitation)
    await client.redeem()
    return client


async def test_a_second_start_keeps_who_is_in_and_links_another_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as site:
        await open_demonstration(site.server)
        first = printed(capsys.readouterr().out)
        assert set(first) == {
            "organisatrice",
            "référent de l’épreuve",
            "candidate",
            "présidente du jury",
            "membre du jury",
        }
        assert first["candidate"].code is None
        assert first["présidente du jury"].code is not None
        candidate = await device(site, first["candidate"])
    async with serving(settings) as site:
        await open_demonstration(site.server)
        second = printed(capsys.readouterr().out)
        candidate._http = site.http
        assert "ticket" in await candidate.post("/api/ws-ticket", {})
        # A link that nobody had used is replaced, not doubled.
        unused = Client(site.http, site.origin, first["organisatrice"])
        assert (await refusal_of(unused.redeem())).refusal == "invitation_revoked"
        # One person, one device: the other device takes over.
        await device(site, second["candidate"])
        refused = await refusal_of(candidate.post("/api/ws-ticket", {}))
        assert refused.refusal == "access_revoked"
        assert len(list(site.server.rooms)) == 1
