"""Which network a station asks from: compared with the one it was placed in, and recorded.

Kept is a keyed digest, bound to session and station: it says whether two networks are the same,
and nothing else. No address is recorded or logged. Source: docs/adr/0091.
"""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from signaling.access import Person
from signaling.instants import Instants
from signaling.origin import Fronts
from visiojury.exam import events as ev
from visiojury.exam.state import Session


class StationDesk:
    """Watches where the stations of all sessions ask from."""

    def __init__(self, fronts: Fronts, instants: Instants, *, key: bytes) -> None:
        """`key`: 32 bytes, of the installation and for this use only."""
        self._fronts = fronts
        self._instants = instants
        self._key = key

    async def notice(self, request: web.Request, caller: Person) -> None:
        """Record where a station stands, if it is new, or that it left there or came back.

        Raises:
            RequestError: the front says something unreadable.
            RecordError: the store could not commit.
        """
        station_id, owner = caller.participant.participant_id, caller.room.owner
        network = self._digest(
            f"{caller.room.session_id}/{station_id}", self._fronts.network(request)
        )
        if not _moves(owner.state, station_id, network, at_ms=0):
            return
        now_ms = self._instants.now_ms()
        await owner.record(
            lambda state: _moves(state, station_id, network, at_ms=now_ms), actor=None
        )

    def _digest(self, station: str, network: str) -> str:
        return hmac.digest(self._key, f"{station}\x00{network}".encode(), hashlib.sha256).hex()


def _moves(state: Session, station_id: str, network: str, *, at_ms: int) -> list[ev.Event]:
    station = state.stations.known[station_id]
    if station.is_withdrawn or state.seal is not None:
        return []
    if station.network is None:
        return [ev.StationPlaced(at_ms=at_ms, station_id=station_id, network=network)]
    is_away = not hmac.compare_digest(station.network, network)
    if is_away == station.is_away:
        return []
    if is_away:
        return [ev.StationNetworkLeft(at_ms=at_ms, station_id=station_id)]
    return [ev.StationNetworkReturned(at_ms=at_ms, station_id=station_id)]
