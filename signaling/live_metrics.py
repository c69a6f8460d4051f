"""What is counted at the moment Prometheus asks: who is connected, what goes on, what expires."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signaling.rooms import Room
from visiojury import __version__
from visiojury.exam.people import Role
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState


class LiveCollector(Collector):
    """Sessions, people and calls of one server."""

    def __init__(
        self, rooms: Callable[[], Iterable[Room]], expiries: Callable[[], Mapping[str, float]]
    ) -> None:
        """Take what gives the rooms, and when each certificate ends (Unix time, by its use)."""
        self._rooms = rooms
        self._expiries = expiries

    def collect(self) -> Iterable[Metric]:
        rooms = list(self._rooms())
        # Those that are over are in memory by chance: whether anybody has just asked for them.
        sessions = [room.owner.state for room in rooms if room.owner.state.seal is None]
        yield _gauge(
            "visiojury_rooms",
            "Sessions that this server has in memory and are not over.",
            len(sessions),
        )
        yield _by("visiojury_participants", "People connected, by role.", "role", _roles(rooms))
        yield _by(
            "visiojury_sittings",
            "Sittings of sessions that are not over, by state.",
            "state",
            _states(sessions),
        )
        yield _gauge(
            "visiojury_outages_open", "Outages that last at this moment.", _outages(sessions)
        )
        yield _gauge(
            "visiojury_help_calls_open",
            "Calls for help that nobody has answered.",
            sum(help_.answered_ms is None for s in sessions for help_ in s.helps.values()),
        )
        yield _by(
            "visiojury_certificate_expiry_timestamp_seconds",
            "When a certificate ends, as Unix time.",
            "use",
            self._expiries(),
        )
        build = GaugeMetricFamily(
            "visiojury_build_info", "What runs here; always 1.", labels=["version", "python"]
        )
        build.add_metric([__version__, platform.python_version()], 1)
        yield build


def _roles(rooms: Iterable[Room]) -> Mapping[str, float]:
    counts = Counter({role.value: 0 for role in Role})
    for room in rooms:
        state = room.owner.state
        counts.update(state.subject(who).role.value for who in room.hub.connected())
    return counts


def _states(sessions: Iterable[Session]) -> Mapping[str, float]:
    counts = Counter({state.value: 0 for state in SittingState})
    for session in sessions:
        counts.update(sitting.state.value for sitting in session.sittings.values())
    return counts


def _outages(sessions: Iterable[Session]) -> int:
    return sum(
        outage.end_ms is None
        for session in sessions
        for sitting in session.live_sittings()
        for outage in sitting.outages
    )


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _by(name: str, said: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
