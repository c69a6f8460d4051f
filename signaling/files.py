"""Files that are shown to the jury or sent to a host office, kept by their digest.

The record holds a file's digest and size, never its bytes: these lie in the data directory, one
folder a session, encrypted with a key that is destroyed with the session's personal texts, and
can be deleted without breaking the chain. Digest and size are those of the clear file. PDF only:
what a member shows opens in the others' browsers, and nothing else may run there.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from signaling.refusals import RequestError
from visiojury.record.durable import sync_folder
from visiojury.record.personal import FILE_TAG_BYTES, BoxError, open_file, seal_file

log = structlog.get_logger()

MAGIC = b"%PDF-"
MOST_SESSION_BYTES = 500 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


FileKey = Callable[[str, str], Awaitable[bytes | None]]
"""By session and digest: the key of a file; None: destroyed."""


@dataclass(frozen=True, slots=True)
class Kept:
    sha256: str
    size_bytes: int


class Files:
    """The files of every session, below `directory`, which is made when first needed."""

    def __init__(self, directory: Path, key_of: FileKey) -> None:
        self._directory = directory
        self._key_of = key_of

    async def put(self, session_id: str, content: bytes) -> Kept:
        """Keep `content` on disk before returning; the same content twice is one file.

        Raises:
            RequestError: `file_not_pdf`, `files_full`; `file_unknown`: the session is erased;
                `file_unwritable`: the disk refuses, and nothing of the file stays on it.
            RecordError: the store of the keys does not answer.
        """
        if not content.startswith(MAGIC):
            raise RequestError("file_not_pdf")
        sha256 = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
        key = await self._key(session_id, sha256)
        try:
            await asyncio.to_thread(self._put, session_id, sha256, content, key)
        except OSError as error:
            log.warning("file.refused", session_id=session_id, errno=error.errno)
            raise RequestError("file_unwritable") from None
        return Kept(sha256, len(content))

    async def get(self, session_id: str, sha256: str) -> bytes:
        """Return a file's bytes, clear.

        Raises:
            RequestError: `file_unknown`: not there, erased, or changed on the disk.
            RecordError: the store of the keys does not answer.
        """
        if not self.has(session_id, sha256):
            raise RequestError("file_unknown")
        key = await self._key(session_id, sha256)
        return await asyncio.to_thread(self._read, session_id, sha256, key)

    async def erase(self, session_id: str) -> None:
        """Delete the files of a session; who has their bytes already lacks the key. Idempotent."""
        folder = self._directory / session_id
        if folder.is_dir():
            await asyncio.to_thread(shutil.rmtree, folder)
            log.info("files.erased", session_id=session_id)

    def has(self, session_id: str, sha256: str, size_bytes: int | None = None) -> bool:
        """Return whether the file is there, of that size where one is given."""
        if not _DIGEST.fullmatch(sha256):
            return False
        path = self._path(session_id, sha256)
        kept_bytes = path.stat().st_size if path.is_file() else None
        return kept_bytes is not None and size_bytes in {None, kept_bytes - FILE_TAG_BYTES}

    def _path(self, session_id: str, sha256: str) -> Path:
        return self._directory / session_id / sha256

    async def _key(self, session_id: str, sha256: str) -> bytes:
        key = await self._key_of(session_id, sha256)
        if key is None:
            raise RequestError("file_unknown")
        return key

    def _read(self, session_id: str, sha256: str, key: bytes) -> bytes:
        try:
            kept = self._path(session_id, sha256).read_bytes()
            return open_file(kept, key, session_id=session_id)
        except (BoxError, FileNotFoundError):
            log.exception("file.unreadable", session_id=session_id, sha256=sha256)
            raise RequestError("file_unknown") from None

    def _put(self, session_id: str, sha256: str, content: bytes, key: bytes) -> None:
        path = self._path(session_id, sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.is_file():
            self._add(path, seal_file(content, key, session_id=session_id))
        # Also of one that is there: another upload may not have come so far.
        for folder in (path.parent, self._directory, self._directory.parent):
            sync_folder(folder)

    def _add(self, path: Path, sealed: bytes) -> None:
        if sum(one.stat().st_size for one in path.parent.iterdir()) > MOST_SESSION_BYTES:
            raise RequestError("files_full")
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _write(draft, sealed)
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)  # half a file would take room that the disk lacks
            raise


def _write(path: Path, content: bytes) -> None:
    """Make `path`, readable by this user only, with its content on the disk. Raises: OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
