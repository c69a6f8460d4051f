"""A running server, asked by who can read its key file: what `session` and its like go through."""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from visiojury.console.base import CommandError, add_config_option

if TYPE_CHECKING:
    from signaling.settings import Settings

TIMEOUT_S = 120.0
"""Inviting the many people of a session takes a while: each code is hashed slowly, on purpose."""


def add_server_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    parser.add_argument(
        "--url", metavar="ADRESSE", help="le serveur ; sans elle, celui de la configuration"
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """Raises: CommandError."""
    from signaling.errors import SettingsError
    from signaling.settings import load

    try:
        return load(options.config)
    except SettingsError as error:
        raise CommandError(error.code, str(error)) from error


class Remote:
    """The server of an installation whose keys are on this machine."""

    def __init__(self, settings: Settings, url: str | None) -> None:
        """Raises: CommandError: no key here, or no address of a server."""
        from auth.errors import AuthError
        from auth.tokens import Tokens
        from signaling import installation_key
        from signaling.errors import SettingsError

        # Like the server: tokens are issued in the name of the first public address.
        issuer = settings.http.public_origins(settings.http.port)[0]
        self._url = (url or issuer).rstrip("/")
        if not self._url.startswith(("http://", "https://")):
            message = f"{self._url} : une adresse de serveur commence par https:// ou http://."
            raise CommandError("url_malformed", message)
        try:
            found = installation_key.read(settings)
        except (AuthError, SettingsError, OSError) as error:
            raise CommandError("keys_unreadable", f"{settings.keys} : {error}") from error
        if found is None:
            raise CommandError(
                "keys_missing",
                f"{settings.keys} : aucune clé d’installation. Indiquez avec --config la "
                "configuration du serveur, sur sa machine.",
            )
        _, keys = found
        self._headers = {
            "Authorization": f"Bearer {Tokens(keys, issuer).admin()}",
            "Content-Type": "application/json",
        }

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return the answer's JSON.

        Raises:
            CommandError: with the server's code and message, or `server_unreachable`.
        """
        content = self._send(method, path, None if body is None else json.dumps(body).encode())
        try:
            return json.loads(content)
        except ValueError:
            raise CommandError(
                "server_unreachable", f"{self._url} : ce n’est pas un serveur VisioJury."
            ) from None

    def download(self, path: str) -> bytes:
        """Return a file. Raises: CommandError, like `ask`."""
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, data: bytes | None) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            self._url + path, data=data, headers=self._headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None
        except (OSError, ValueError) as error:
            raise CommandError(
                "server_unreachable",
                f"{self._url} : le serveur ne répond pas ({error}). Est-il démarré ?",
            ) from None


def _refusal(error: urllib.error.HTTPError) -> CommandError:
    try:
        problem = json.load(error)
        return CommandError(problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return CommandError("server_unreachable", f"réponse inattendue du serveur : {error.code}")
