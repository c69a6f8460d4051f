"""The worker process: no loop that a person waits on renders a page or reads a long file."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TypeVar, TypeVarTuple

import structlog

from signaling.errors import StartError
from signaling.refusals import RequestError
from signaling.settings import Settings
from visiojury.documents import DocumentError
from visiojury.documents.house import HouseError
from visiojury.documents.signing import CertificateError
from visiojury.documents.studio import Equipment, equip
from visiojury.record.entry import Entry

log = structlog.get_logger()
T = TypeVar("T")
Given = TypeVarTuple("Given")


class Paperwork:
    """Makes documents from entries of a record. Close it when done."""

    def __init__(self, settings: Settings, *, origin: str) -> None:
        """Documents say that they can be checked at `origin`."""
        self._equipment = Equipment(
            origin=origin,
            templates=settings.documents.templates,
            furnished=settings.data / "templates",
            certificate=settings.documents.certificate,
            password=settings.documents.password,
        )
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_ignore_interrupt,
        )

    async def check(self) -> None:
        """Try the installation's own templates and certificate, if it has any.

        Raises:
            StartError: they cannot be used; says which file, line and why.
        """
        if self._equipment.templates is None and self._equipment.certificate is None:
            return
        refusal = await self.run(_try, self._equipment)
        if refusal is not None:
            raise StartError(refusal)

    async def make(self, name: str, entries: list[Entry]) -> bytes:
        """Return a document by its name (visiojury.documents.catalogue), or the `archive`.

        Raises:
            RequestError: `document_unknown`: the record does not hold what it is made of.
        """
        made = await self.run(_make, name, entries, self._equipment)
        if isinstance(made, str):
            log.info("document.refused", document=name.partition("-")[0], code=made)
            raise RequestError("document_unknown")
        return made

    async def run(self, function: Callable[[*Given], T], *given: *Given) -> T:
        """Return what `function` makes of `given`: all of them cross into the worker and back."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *given)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _ignore_interrupt() -> None:
    """Ctrl-C in the terminal is for the server, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_studio = cache(equip)


def _try(equipment: Equipment) -> str | None:
    """Return why the equipment cannot be used."""
    try:
        _studio(equipment)
    except (HouseError, CertificateError) as error:
        return str(error)
    return None


def _make(name: str, entries: list[Entry], equipment: Equipment) -> bytes | str:
    """Return the document, or the code of the refusal."""
    try:
        return _studio(equipment).make(name, entries)
    except DocumentError as error:
        return error.code
