"""Why a rehearsal cannot go on.

RehearsalError
├── RefusedError       the server refused a request that belongs to the play
├── OverdueError       something expected did not come in time
├── LinkLostError      a robot's connection was closed
└── ServerError        the server of our own did not start
"""

from __future__ import annotations


class RehearsalError(Exception):
    """The play stops here; the text says at which point (French, for the operator)."""

    code = "rehearsal_failed"


class RefusedError(RehearsalError):
    code = "rehearsal_refused"

    def __init__(
        self,
        what: str,
        *,
        status: int,
        refusal: str,
        message: str,
        details: dict[str, str | int] | None = None,
    ) -> None:
        super().__init__(f"{what} : refusé par le serveur ({status} {refusal}) : {message}")
        self.status = status
        self.details = details or {}
        self.refusal = refusal
        """The server's stable code."""


class OverdueError(RehearsalError):
    code = "rehearsal_overdue"

    def __init__(self, what: str, *, waited_s: float) -> None:
        super().__init__(f"{what} : rien après {waited_s:.0f} s")
        self.what = what


class LinkLostError(RehearsalError):
    code = "rehearsal_link_lost"

    def __init__(self, who: str, close_code: int | None) -> None:
        super().__init__(f"{who} : le serveur a fermé la connexion (code {close_code})")
        self.close_code = close_code


class ServerError(RehearsalError):
    code = "rehearsal_server"
