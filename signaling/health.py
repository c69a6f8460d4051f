"""What an exam needs of this server and its machine, each thing looked at when somebody asks.

A record that takes writes, room on the disk, a clock that agrees with the one it is compared
with, a relay; and that the server takes on what begins. `/readyz` answers with these.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable

import ntplib
import structlog

from signaling.draining import Drain
from signaling.instants import Instants
from signaling.relays import Relays
from signaling.settings import Health as HealthSettings
from signaling.settings import Settings
from visiojury.record.errors import RecordError
from visiojury.record.store import RecordStore

log = structlog.get_logger()

CLOCK_EVERY_S = 64.0
CLOCK_RETRY_S = 4.0
NTP_PORT = 123
_ANSWER_S = 2.0
_MIB = 1 << 20
_UNSYNCHRONISED = 3
"""Leap indicator of a source that does not know the time. Source: RFC 5905, figure 9."""

Ask = Callable[[], float]
"""Returns by how many seconds the source is ahead of this machine's wall clock; blocks."""


def ask_ntp(source: str) -> float:
    """Return by how many seconds `host[:port]` is ahead of this machine's wall clock.

    Raises:
        OSError: it cannot be found or reached.
        ntplib.NTPException: it does not answer, or does not know the time.
    """
    host, _, port = source.partition(":")
    answer = ntplib.NTPClient().request(
        host, version=4, port=int(port or NTP_PORT), timeout=_ANSWER_S
    )
    if answer.leap == _UNSYNCHRONISED:
        raise ntplib.NTPException("the source is not synchronised")
    return float(answer.offset)


class ClockCheck:
    """Compares the instants that are recorded with a source of time, for as long as it runs.

    Until the source has answered once, nothing is known and nothing is called right; after that
    a source that is silent changes nothing: the last comparison stands.
    """

    def __init__(self, ask: Ask, instants: Instants, *, most_s: float) -> None:
        self._ask = ask
        self._instants = instants
        self._most_s = most_s
        self._offset_s: float | None = None

    @property
    def is_right(self) -> bool:
        return self._offset_s is not None and abs(self._offset_s) <= self._most_s

    async def run(self) -> None:
        while True:
            try:
                ahead_s = await asyncio.to_thread(self._ask)
            except (OSError, ntplib.NTPException) as error:
                log.warning("clock.unknown", reason=type(error).__name__)
                await asyncio.sleep(CLOCK_RETRY_S)
            else:
                self._note(ahead_s)
                await asyncio.sleep(CLOCK_EVERY_S)

    def _note(self, ahead_s: float) -> None:
        # Instants follow the monotonic clock since the start, not the wall clock.
        drift_s = time.time() - self._instants.now_ms() / 1000
        self._offset_s = ahead_s + drift_s
        if not self.is_right:
            log.warning("clock.wrong", offset_s=round(self._offset_s, 3))


def clock_check(settings: HealthSettings, instants: Instants) -> ClockCheck | None:
    """Return the check of the clock; None where no source is configured."""
    if (source := settings.ntp) is None:
        return None
    return ClockCheck(lambda: ask_ntp(source), instants, most_s=settings.clock_s)


class Health:
    """Looks at each thing that an exam needs."""

    def __init__(
        self,
        settings: Settings,
        store: RecordStore,
        instants: Instants,
        *,
        relays: Relays,
        drain: Drain,
        clock: ClockCheck | None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._instants = instants
        self._relays = relays
        self._drain = drain
        self._clock = clock

    async def checks(self) -> dict[str, bool]:
        """Return each thing, and whether it is there; `clock` only where there is a source."""
        checks = {
            "record": await self._is_writable(),
            "disk": self._has_room(),
            "relay": self._relays.is_ready,
            "accepting": self._drain.notice is None,
        }
        return checks if self._clock is None else {**checks, "clock": self._clock.is_right}

    async def _is_writable(self) -> bool:
        try:
            await self._store.try_writing(self._instants.now_ms())
        except RecordError as error:
            log.warning("record.unwritable", code=error.code)
            return False
        return True

    def _has_room(self) -> bool:
        try:
            free_bytes = shutil.disk_usage(self._settings.data).free
        except OSError as error:
            log.warning("disk.unreadable", reason=error.strerror)
            return False
        return free_bytes >= self._settings.health.free_mib * _MIB
