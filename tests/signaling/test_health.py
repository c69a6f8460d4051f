"""What `/readyz` says of the machine: its disk, and its clock against a source of time."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import ntplib
import pytest

from signaling import health
from signaling import settings as s
from signaling.health import ClockCheck, ask_ntp
from signaling.instants import Instants
from tests.signaling.site import serving, settings_in

NTP_EPOCH_S = 2_208_988_800
AHEAD_S = 3.0


class TimeSource(asyncio.DatagramProtocol):
    """An NTP server (RFC 5905, section 7.3) whose clock is ahead."""

    def __init__(self, ahead_s: float, *, leap: int = 0) -> None:
        self._ahead_s, self._leap = ahead_s, leap
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        now = int((time.time() + NTP_EPOCH_S + self._ahead_s) * 2**32)
        head = struct.pack("!BBBbII4s", self._leap << 6 | 4 << 3 | 4, 2, 4, -20, 0, 0, b"TEST")
        answer = head + struct.pack("!Q8sQQ", now, data[40:48], now, now)
        self._transport.sendto(answer, addr)


@contextlib.asynccontextmanager
async def time_source(ahead_s: float, *, leap: int = 0) -> AsyncIterator[str]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: TimeSource(ahead_s, leap=leap), local_addr=("127.0.0.1", 0)
    )
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


async def test_a_source_says_how_far_the_clock_is_off() -> None:
    async with time_source(AHEAD_S) as source:
        assert await asyncio.to_thread(ask_ntp, source) == pytest.approx(AHEAD_S, abs=0.5)
    async with time_source(0, leap=3) as source:
        with pytest.raises(ntplib.NTPException, match="not synchronised"):
            await asyncio.to_thread(ask_ntp, source)


async def compared(
    monkeypatch: pytest.MonkeyPatch, offsets: Iterator[float], *, drift_s: float = 0.0
) -> list[bool]:
    """Return what the check says after each answer; a source without more of them is silent."""
    monkeypatch.setattr(health, "CLOCK_EVERY_S", 0)
    monkeypatch.setattr(health, "CLOCK_RETRY_S", 0)
    instants = Instants(lambda: time.time() - drift_s, time.monotonic)
    said: list[bool] = []

    def ask() -> float:
        said.append(check.is_right)
        try:
            return next(offsets)
        except StopIteration:
            raise OSError from None

    check = ClockCheck(ask, instants, most_s=0.5)
    task = asyncio.get_running_loop().create_task(check.run())
    async with asyncio.timeout(10):
        while len(said) < 5:  # noqa: ASYNC110 - threads have no event
            await asyncio.sleep(0.01)
    task.cancel()
    return said[:5]


async def test_a_clock_is_right_once_compared_and_silence_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = await compared(monkeypatch, iter([0.4, -0.6, 0.1]))
    assert said == [False, True, False, True, True]


async def test_it_is_the_clock_of_the_record_that_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The machine's clock was corrected since; the instants did not follow."""
    said = await compared(monkeypatch, iter([0.0]), drift_s=2.0)
    assert said == [False] * 5


async def test_a_server_without_room_or_with_a_wrong_clock_is_not_ready(tmp_path: Path) -> None:
    async with time_source(AHEAD_S) as source:
        asked = s.Health(free_mib=1 << 40, ntp=source)
        settings = settings_in(tmp_path).model_copy(update={"health": asked})
        async with serving(settings) as site, site.http.get(f"{site.origin}/readyz") as answer:
            checks = (await answer.json())["checks"]
            assert answer.status == 503
            failed = {name for name, holds in checks.items() if not holds}
            assert failed == {"disk", "clock"}
