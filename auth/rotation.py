"""The keys that sign tokens, one after the other, each published before it is used.

The installation's own key signs first. `rotate` puts another beside it, in a file named after the
second from which it signs: until then it is only published, so that who verifies knows it by the
time it is used. The one before verifies until the last token it may have signed has ended. Seals
and sealed secrets stay with the installation's own key, whose thumbprint `visiojury verify --key`
expects.

A running server reads the directory again at most every 30 s, also when it meets an unknown `kid`.
What it cannot read then is left out: an exam goes on with the keys it has. `rotate` and the next
start say what is wrong.

Source: RFC 7517 section 5 (key sets), RFC 8725 section 3.1; NIST SP 800-57 part 1 section 5.3.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from auth.errors import AuthError
from auth.keys import InstallationKeys, prepare_directory
from auth.tokens import ACCESS_MAX_S, LEEWAY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PUBLISHED_BEFORE_S = 300
"""Ten times what a reader may lag behind."""
READ_AGAIN_S = 30.0
KEPT_S = ACCESS_MAX_S + LEEWAY_S
"""After its last use: until no token it signed is accepted any more."""
_PREFIX, _SUFFIX = "token-key-", ".pem"


@dataclass(frozen=True, slots=True)
class Turn:
    """A key, and when it signs and verifies, in seconds since the Unix epoch."""

    keys: InstallationKeys
    signs_from_s: int
    verifies_until_s: float
    """Infinite while no other follows."""


class KeyRing:
    """The token keys of a directory. Fulfils `tokens.SigningKeys`; belongs to one task.

    Args:
        directory: where `InstallationKeys` keeps its own.
        installation: the installation's key, where it comes from elsewhere.
        now: seconds since the Unix epoch.
    """

    def __init__(
        self,
        directory: Path,
        installation: InstallationKeys | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Raises: KeysUnsafeError, KeysInvalidError, OSError."""
        self._directory = directory
        self._now = now
        prepare_directory(directory)
        self._known = {0: installation or InstallationKeys.load_or_create(directory)}
        self._read_at_s = now()
        self._read()

    def signing(self) -> InstallationKeys:
        """Return the key that signs now."""
        self._read_again()
        now_s = self._now()
        return next(turn.keys for turn in reversed(self.turns()) if turn.signs_from_s <= now_s)

    def verifying(self, kid: str) -> InstallationKeys | None:
        """Return the key of that id, while tokens it signed may be good."""
        self._read_again()
        return next((keys for keys in self.published() if keys.kid == kid), None)

    def published(self) -> list[InstallationKeys]:
        """Return the keys that verify, the next one included."""
        self._read_again()
        now_s = self._now()
        return [turn.keys for turn in self.turns() if now_s < turn.verifies_until_s]

    def turns(self) -> list[Turn]:
        """Return every key that was read, in the order in which they sign."""
        starts = sorted(self._known)
        ends = [following + KEPT_S for _, following in pairwise(starts)]
        return [
            Turn(self._known[start], start, end)
            for start, end in zip(starts, [*ends, float("inf")], strict=True)
        ]

    def _read_again(self) -> None:
        if self._now() - self._read_at_s < READ_AGAIN_S:
            return
        self._read_at_s = self._now()
        try:
            self._read()
        except (AuthError, OSError):
            return

    def _read(self) -> None:
        found = _starts(self._directory)
        for start, path in found.items():
            if start not in self._known:
                self._known[start] = InstallationKeys.read(path)
        for start in self._known.keys() - found.keys() - {0}:
            del self._known[start]


def rotate(directory: Path, installation: InstallationKeys | None = None, *, now_s: float) -> Turn:
    """Make the next token key, and delete those that verify nothing any more.

    Where a next one waits already, it is returned and none is made.

    Args:
        directory: where the next one goes.
        installation: as `KeyRing` takes it.
        now_s: since the Unix epoch.

    Raises:
        KeysUnsafeError, KeysInvalidError: a key here is open to others or unreadable.
        OSError: the file system refuses.
    """
    turns = KeyRing(directory, installation, now=lambda: now_s).turns()
    if turns[-1].signs_from_s > now_s:
        return turns[-1]
    for turn in turns:
        if turn.signs_from_s and turn.verifies_until_s <= now_s:
            _path(directory, turn.signs_from_s).unlink()
    start_s = int(now_s) + PUBLISHED_BEFORE_S
    return Turn(InstallationKeys.create(_path(directory, start_s)), start_s, float("inf"))


def _path(directory: Path, start_s: int) -> Path:
    return directory / f"{_PREFIX}{start_s}{_SUFFIX}"


def _starts(directory: Path) -> dict[int, Path]:
    """Return the token keys in a directory by the second from which they sign."""
    found = {}
    for path in directory.glob(f"{_PREFIX}*{_SUFFIX}"):
        start = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        if start.isascii() and start.isdigit():
            found[int(start)] = path
    return found
