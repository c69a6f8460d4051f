"""Files that are shown to the jury or sent to a host office, kept by their digest.

The record holds a file's digest and size, never its bytes: these lie in the data directory, one
folder a session, and can be deleted without breaking the chain. PDF only: what a member shows
opens in the others' browsers, and nothing else may run there.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from signaling.refusals import RequestError

MAGIC = b"%PDF-"
MOST_SESSION_BYTES = 500 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    sha256: str
    size_bytes: int


class Files:
    """The files of every session, below `directory`, which is made when first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, session_id: str, content: bytes) -> Kept:
        """Keep `content` on disk before returning; the same content twice is one file.

        Raises:
            RequestError: `file_not_pdf`, `files_full`.
            OSError: the disk refuses.
        """
        if not content.startswith(MAGIC):
            raise RequestError("file_not_pdf")
        return await asyncio.to_thread(self._put, session_id, content)

    async def get(self, session_id: str, sha256: str) -> bytes:
        """Return a file's bytes. Raises: RequestError: `file_unknown`."""
        if not self.has(session_id, sha256):
            raise RequestError("file_unknown")
        return await asyncio.to_thread(self._path(session_id, sha256).read_bytes)

    def has(self, session_id: str, sha256: str, size_bytes: int | None = None) -> bool:
        """Return whether the file is there, of that size where one is given."""
        if not _DIGEST.fullmatch(sha256):
            return False
        path = self._path(session_id, sha256)
        return path.is_file() and size_bytes in {None, path.stat().st_size}

    def _path(self, session_id: str, sha256: str) -> Path:
        return self._directory / session_id / sha256

    def _put(self, session_id: str, content: bytes) -> Kept:
        kept = Kept(hashlib.sha256(content).hexdigest(), len(content))
        path = self._path(session_id, kept.sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_file():
            return kept
        if sum(one.stat().st_size for one in path.parent.iterdir()) > MOST_SESSION_BYTES:
            raise RequestError("files_full")
        draft = path.with_name(f".{kept.sha256}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        return kept
