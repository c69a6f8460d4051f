"""Time stamps on seals: the authority is asked beside everything else, and again until it answers.

Nobody waits for it: a seal stands without its stamp, and the stamp is recorded when it comes.
The first failure is recorded too. Source: RFC 3161, section 3.4 (by HTTP).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp
import structlog
from cryptography.x509 import load_pem_x509_certificates

from signaling.errors import StartError
from signaling.instants import Instants
from signaling.owner import SessionOwner
from signaling.settings import Timestamp
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.record import timestamp
from visiojury.record.errors import RecordError
from visiojury.record.seal import signed_bytes
from visiojury.record.timestamp import TimestampError

log = structlog.get_logger()

LOOK_S = 1.0
FIRST_RETRY_S = 5.0
LAST_RETRY_S = 600.0
TIMEOUT_S = 10.0
MOST_BYTES = 15_000
"""An answer with its chain of certificates takes a few kilobytes."""


@dataclass(frozen=True, slots=True)
class Authority:
    url: str
    certificates: str
    """PEM: the roots that its answers are verified with."""


def authority_of(settings: Timestamp) -> Authority | None:
    """Return who stamps seals, if anybody does. Raises: StartError."""
    url, path = settings.url, settings.certificates
    if url is None or path is None:
        return None
    try:
        certificates = path.read_text(encoding="utf-8")
        load_pem_x509_certificates(certificates.encode())
    except (OSError, ValueError):
        raise StartError(
            f"timestamp.certificates = {path} : aucun certificat PEM lisible. Donnez celui que"
            " publie l’autorité d’horodatage."
        ) from None
    return Authority(url, certificates)


class Timestamps:
    """Asks for what is missing, for as long as the server runs."""

    def __init__(
        self,
        authority: Authority,
        owners: Callable[[], Iterable[SessionOwner]],
        instants: Instants,
        *,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._authority = authority
        self._owners = owners
        self._instants = instants
        self._first_retry_s = first_retry_s
        self._waits: dict[tuple[str, int], tuple[float, float]] = {}
        """By session and seal: not before, monotonic; and how long the wait before that was."""

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as http:
            while True:
                for owner in list(self._owners()):
                    for seal in owner.state.after.unstamped():
                        await self._attempt(http, owner, seal)
                await asyncio.sleep(LOOK_S)

    async def _attempt(
        self, http: aiohttp.ClientSession, owner: SessionOwner, seal: ev.RecordSealed
    ) -> None:
        now_s = asyncio.get_running_loop().time()
        not_before_s, waited_s = self._waits.get((owner.session_id, seal.size), (0.0, 0.0))
        if now_s < not_before_s:
            return
        try:
            response = await self._ask(http, seal)
        except TimestampError as error:
            wait_s = min(max(self._first_retry_s, 2 * waited_s), LAST_RETRY_S)
            self._waits[owner.session_id, seal.size] = (now_s + wait_s, wait_s)
            log.warning("timestamp.missed", session_id=owner.session_id, reason=error.reason)
            missed = ev.TimestampMissed(
                at_ms=self._instants.now_ms(), size=seal.size, reason=error.reason
            )
            await self._record(owner, missed)
        else:
            stamped = ev.RecordTimestamped(
                at_ms=self._instants.now_ms(),
                size=seal.size,
                response=base64.b64encode(response).decode(),
                certificates=self._authority.certificates,
            )
            await self._record(owner, stamped)

    async def _ask(self, http: aiohttp.ClientSession, seal: ev.RecordSealed) -> bytes:
        """Return the authority's answer, checked.

        Raises:
            TimestampError: `unreachable`, `http_<status>`, or what `timestamp.check` says.
        """
        signed = signed_bytes(head=seal.head, size=seal.size, root=seal.root)
        request, nonce = timestamp.request(signed)
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            async with http.post(self._authority.url, data=request, headers=headers) as answer:
                content = await answer.content.read(MOST_BYTES + 1)
                while not answer.content.at_eof() and len(content) <= MOST_BYTES:
                    content += await answer.content.read(MOST_BYTES + 1)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise TimestampError("unreachable") from error
        if answer.status != 200:
            raise TimestampError(f"http_{answer.status}")
        if len(content) > MOST_BYTES:
            raise TimestampError("malformed")
        timestamp.check(content, signed, certificates=self._authority.certificates, nonce=nonce)
        return content

    async def _record(
        self, owner: SessionOwner, event: ev.RecordTimestamped | ev.TimestampMissed
    ) -> None:
        def wanted(state: Session) -> list[ev.Event]:
            is_known = isinstance(event, ev.TimestampMissed) and (
                event.size in state.after.missed_stamps
            )
            return [] if is_known else [event]

        try:
            await owner.record(wanted, actor=None)
        except RecordError as error:
            log.warning("timestamp.unrecorded", session_id=owner.session_id, code=error.code)
