"""What one server tells another of a request that it passes on: from whom it came, and that it did.

A header of ours, under a key that only servers of one installation can derive. Its seal is bound to
the request line and to the minute: seen on the way, it serves for nothing else. Who the person is
is not in it: their own token and proof go along, and are checked by the server that answers.
"""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from signaling.instants import Instants
from signaling.refusals import RequestError

HEADER = "VisioJury-Forwarded"
GOOD_FOR_MS = 30_000
"""What two servers' clocks may differ by, and the way."""


def is_forwarded(request: web.Request) -> bool:
    """Return whether a request claims to come from another server."""
    return HEADER in request.headers


class Neighbours:
    """Makes and reads that header; `key`: 32 bytes, for this use only."""

    def __init__(self, key: bytes, instants: Instants) -> None:
        self._key = key
        self._instants = instants

    def header(self, request: web.Request, source: str) -> str:
        """Return what goes with a request that came from the address `source`."""
        at_ms = str(self._instants.now_ms())
        return f"{at_ms} {source or '-'} {self._seal(request, at_ms, source)}"

    def source(self, request: web.Request) -> str:
        """Return the address that a forwarded request came from first; empty: it had none.

        Raises:
            RequestError: `forwarded_malformed`: no server of this installation said so just now.
        """
        at_ms, _, rest = request.headers[HEADER].partition(" ")
        source, _, seal = rest.partition(" ")
        source = source.removeprefix("-")
        expected = self._seal(request, at_ms, source)
        is_ours = hmac.compare_digest(seal.encode("utf-8", "surrogateescape"), expected.encode())
        # Once the seal is ours, the instant is a number of ours.
        if not is_ours or abs(self._instants.now_ms() - int(at_ms)) > GOOD_FOR_MS:
            raise RequestError("forwarded_malformed")
        return source

    def _seal(self, request: web.Request, at_ms: str, source: str) -> str:
        told = f"{at_ms}\n{source}\n{request.method}\n{request.path_qs}"
        return hmac.digest(self._key, told.encode("utf-8", "surrogateescape"), hashlib.sha256).hex()
