"""Start, stop, start again: what is taken, what is found, what is told."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from signaling import settings as s
from signaling.errors import StartError
from signaling.run import started
from signaling.telemetry import RECORD_FAULTS
from tests.signaling.site import line_of, refusal_of, serving, settings_in


@pytest.mark.requirement("T4")
async def test_a_second_start_finds_everything_again(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as site:
        session = await site.create()
        agent = await site.person(session, "invigilator")
        act_id = {"id": "0123456789", "act": {"command": "call_help"}}
        path = f"/api/sessions/{session}/commands"
        first = await agent.post(path, act_id)
        async with line_of(site, agent) as line:
            before = await line.next("snapshot")
    async with serving(settings) as site:
        agent._http = site.http
        # The same token, the same key: nobody has to come in again.
        assert await agent.post(path, act_id) == first
        resume = {"epoch": before["epoch"], "seq": before["seq"]}
        async with line_of(site, agent, resume=resume) as line:
            after = await line.next()
        assert after["type"] == "snapshot"
        assert after["epoch"] != before["epoch"]
        assert after["state"] == before["state"]
        room = await site.server.rooms.find(session)
        assert room is not None
        types = [entry.event.type for entry in room.owner.entries]
        assert types.count("help.called") == 1
        assert "service.interrupted" not in types  # nobody was connected


async def test_a_stop_tells_who_is_connected_to_come_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as site:
        session = await site.create()
        candidate = await site.person(session, "candidate")
        ended = asyncio.Event()

        async def stay() -> int | None:
            async with line_of(site, candidate) as line:
                await line.next("snapshot")
                ended.set()
                return await line.closed()

        staying = asyncio.get_running_loop().create_task(stay())
        await ended.wait()
        await site.server.say_goodbye()
        assert await staying == 1001
        metrics = f"http://127.0.0.1:{settings.metrics.port}/metrics"
        async with site.http.get(metrics) as response:
            text = await response.text()
        # Several servers of one process, one after the other: each is shown once.
        assert text.count("# TYPE visiojury_sittings ") == 1


@pytest.mark.parametrize("section", ["http", "metrics"])
async def test_a_port_that_is_taken_is_named(tmp_path: Path, section: str) -> None:
    settings = settings_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = {
            "http": settings.model_copy(update={"http": s.HTTP(port=port)}),
            "metrics": settings.model_copy(update={"metrics": s.Metrics(port=port)}),
        }[section]
        with pytest.raises(StartError, match=rf"{section}\.port = {port}"):
            async with started(busy):
                pass


async def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path).model_copy(update={"http": s.HTTP(host="192.0.2.1", port=0)})
    with pytest.raises(StartError, match=r"http\.host = 192\.0\.2\.1"):
        async with started(settings):
            pass


async def test_keys_open_to_others_are_not_used(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.keys.mkdir()
    settings.keys.chmod(0o755)
    with pytest.raises(StartError, match=r"keys .*chmod 700"):
        async with started(settings):
            pass


async def test_a_file_that_is_no_record_is_not_used(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (settings.data / "record.db").write_bytes(
        b"not a database, and longer than a header of SQLite" * 40
    )
    with pytest.raises(StartError, match=r"record\.db"):
        async with started(settings):
            pass


@pytest.mark.requirement("A2", "T4")
async def test_a_session_that_was_changed_is_not_served_and_the_others_are(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as site:
        changed, whole = await site.create(), await site.create()
        people = {name: await site.person(name, "candidate") for name in (changed, whole)}
    with closing(sqlite3.connect(settings.record)) as database, database:
        database.execute(
            "UPDATE entry SET body = replace(body, 'Bretagne', 'Corse') WHERE session_id = ?",
            (changed,),
        )
    faults = RECORD_FAULTS._value.get()
    async with serving(settings) as site:
        for person in people.values():
            person._http = site.http
        refusal = await refusal_of(people[changed].post("/api/ws-ticket", {}))
        assert (refusal.status, refusal.refusal) == (503, "record_unavailable")
        await people[whole].post("/api/ws-ticket", {})
    assert RECORD_FAULTS._value.get() > faults


async def test_keys_of_another_installation_are_not_used(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as site:
        await site.create()
    shutil.rmtree(settings.keys)
    with pytest.raises(StartError, match=r"record\.db.*keys_unreadable"):
        async with started(settings):
            pass
