"""Documents made in a worker process: no loop that a person waits on renders a page."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor

import structlog

from signaling.refusals import RequestError
from visiojury.record.entry import Entry

log = structlog.get_logger()


class Paperwork:
    """Makes documents from entries of a record. Close it when done."""

    def __init__(self, *, origin: str) -> None:
        """Documents say that they can be checked at `origin`."""
        self._origin = origin
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_ignore_interrupt,
        )

    async def make(self, name: str, entries: list[Entry]) -> bytes:
        """Return a document by its name (visiojury.documents.catalogue), or the `archive`.

        Raises:
            RequestError: `document_unknown`: the record does not hold what it is made of.
        """
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._pool, _make, name, entries, self._origin)
        if isinstance(made, str):
            log.info("document.refused", document=name.partition("-")[0], code=made)
            raise RequestError("document_unknown")
        return made

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _ignore_interrupt() -> None:
    """Ctrl-C in the terminal is for the server, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make(name: str, entries: list[Entry], origin: str) -> bytes | str:
    """Return the document, or the code of the refusal."""
    # Loaded in the worker only: the server itself never holds the typesetter.
    from visiojury.documents import DocumentError, Edition, archive, make  # noqa: PLC0415

    try:
        edition = Edition(origin)
        return archive(entries, edition) if name == "archive" else make(name, entries, edition)
    except DocumentError as error:
        return error.code
