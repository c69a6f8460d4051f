"""What keeps a server from starting."""

from __future__ import annotations


class StartError(Exception):
    """The server cannot start; the text says what to do (French)."""

    code = "start_failed"
