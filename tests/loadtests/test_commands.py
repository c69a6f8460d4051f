"""A benchmark is not a test: these only see that it runs and measures something."""

import asyncio
import json
import sys
from typing import Any

import pytest

from loadtests.relay import MAX_PEERS, measure

pytestmark = pytest.mark.slow


async def run(*arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtests", *arguments, "--json", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    figures = json.loads(output)
    assert isinstance(figures, dict)
    return figures


async def test_a_small_room_is_measured() -> None:
    figures = await run("relay", "--rooms", "1", "--people", "3", "--seconds", "3")
    assert figures["packets_out_per_s"] > figures["packets_in_per_s"] > 0
    assert figures["cpu_us_per_packet_out"] > 0
    assert figures["delay_p99_ms"] >= figures["delay_p50_ms"] > 0
    assert figures["dropped"] == {}


async def test_the_path_of_a_packet_is_measured() -> None:
    figures = await run("path")
    assert figures["cpu_us_per_packet_out"] > figures["floor_us"] > 0


@pytest.mark.parametrize(
    ("rooms", "people", "seconds"),
    [(0, 5, 10.0), (1, 1, 10.0), (MAX_PEERS, 2, 10.0), (1, 2, 1e9)],
)
async def test_a_load_without_bounds_is_refused(rooms: int, people: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="at most"):
        await measure(rooms=rooms, people=people, seconds=seconds)


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
