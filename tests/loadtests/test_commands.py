"""A benchmark is not a test: these only see that it runs and measures something."""

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from loadtests.__main__ import main
from loadtests.relay import MAX_PEERS


async def run(*arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtests", *arguments, "--json", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    figures = json.loads(output)
    assert isinstance(figures, dict)
    return figures


@pytest.mark.alone
async def test_a_small_room_is_measured() -> None:
    figures = await run("relay", "--rooms", "1", "--people", "3", "--seconds", "3", "--runs", "1")
    ours = figures["visiojury"]
    assert ours["packets_out_per_s"] > ours["packets_in_per_s"] > 0
    assert 0.5 < ours["delivered_ratio"] < 1.1  # beside other tests the load itself may be late
    assert ours["cpu_us_per_packet_out"] > 0
    assert ours["delay_p99_ms"] >= ours["delay_p50_ms"] > 0
    assert ours["dropped"] == {}
    assert figures["slowdown_p99"] >= 1
    assert figures["janus"] is figures["ratio"] is None


@pytest.mark.alone
@pytest.mark.skipif(shutil.which("janus") is None, reason="the Debian package janus is not here")
async def test_janus_carries_the_same_load() -> None:
    load = ("--rooms", "1", "--people", "3", "--seconds", "2", "--runs", "1")
    figures = await run("relay", *load, "--against", "janus")
    ours, theirs = figures["visiojury"], figures["janus"]
    assert 0.5 < theirs["delivered_ratio"] < 1.1
    assert figures["ratio"] == pytest.approx(
        ours["cpu_us_per_packet_out"] / theirs["cpu_us_per_packet_out"], rel=0.05
    )


@pytest.mark.alone
async def test_growth_is_measured_and_drawn(tmp_path: Path) -> None:
    drawing = tmp_path / "growth.svg"
    figures = await run("growth", "--seconds", "1", "--scales", "2", "--svg", str(drawing))
    assert [(p["rooms"], p["people"]) for p in figures["points"]] == [(1, 5), (2, 5)]
    bars = ET.parse(drawing).getroot().findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 2


async def test_joins_are_measured() -> None:
    figures = await run("joins", "--joins", "10")
    assert figures["join_p99_ms"] >= figures["join_p50_ms"] > 0
    assert figures["idle_peer_kib"] > 0


async def test_the_path_of_a_packet_is_measured() -> None:
    figures = await run("path")
    assert figures["cpu_us_per_packet_out"] > figures["floor_us"] > 0


@pytest.mark.parametrize(
    "asked",
    [
        "relay --rooms 0",
        "relay --people 1",
        f"relay --rooms {MAX_PEERS} --people 2",
        "relay --rooms 1 --seconds 1e9",
        "joins --joins 1",
        "outages --peers 3",
        "record --sittings 1",
        "day --rooms 1000",
        "soak --seconds 1e9",
    ],
)
def test_more_than_a_load_test_may_take_is_refused(
    asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["loadtests", *asked.split()])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert re.search(r"error: (at most|an even number|from 100|2 to) .*\d", capsys.readouterr().err)


@pytest.mark.requirement("T4")
async def test_what_was_acknowledged_survives_kill_9() -> None:
    """A shorter run of `python -m loadtests crash`, which kills 200."""
    figures = await run("crash", "--points", "20")
    assert figures["points"] == 20
    assert figures["acknowledged"] >= 20
    assert figures["lost"] == 0


@pytest.mark.requirement("T4")
async def test_what_was_acknowledged_survives_a_power_cut() -> None:
    """A shorter run of `python -m loadtests power`, which cuts 60 times."""
    figures = await run("power", "--cuts", "10")
    assert figures["acknowledged"] >= 10
    assert figures["lossy_full"] == 0
    assert figures["lossy_normal"] > 0  # Else the cuts cut nothing.


async def test_the_record_is_measured_as_it_grows() -> None:
    few = ("--sittings", "200", "--events", "40", "--live", "2", "--rounds", "2")
    figures = await run("record", *few)
    assert [scale["sittings"] for scale in figures["scales"]] == [2, 20, 200]
    for scale in figures["scales"]:
        for what in ("append", "load", "open"):
            assert scale[f"{what}_p99_ms"] >= scale[f"{what}_p50_ms"] > 0
        assert scale["gaps_recorded_s"] >= scale["start_s"] > 0


@pytest.mark.requirement("D7")
async def test_cuts_are_held_against_what_is_found() -> None:
    figures = await run("outages", "--peers", "2", "--seconds", "12")
    assert figures["injected"] == figures["found"] + figures["missed"]
    assert figures["injected"] + figures["shorter"] > 0


@pytest.mark.alone
async def test_a_day_is_held_from_links_to_documents() -> None:
    figures = await run("day", "--rooms", "1", "--seconds", "1")
    assert figures["errors"] == 0, figures["scales"][0]["error_texts"]
    (scale,) = figures["scales"]
    assert (scale["rooms"], scale["sessions"]) == (1, 1)
    assert scale["appends"] > 20
    for what in ("message", "join", "delay"):
        assert scale[f"{what}_p99_ms"] >= scale[f"{what}_p50_ms"] > 0
    assert min(scale["server_mib"], scale["relay_mib"], scale["relay_cpu"]) > 0
