"""What keeps a server from starting."""

from __future__ import annotations


class StartError(Exception):
    """The server cannot start; the text says what to do (French)."""

    code = "start_failed"


class SettingsError(Exception):
    """The configuration cannot be used; the text names the setting and what to do (French)."""

    code = "settings_invalid"
