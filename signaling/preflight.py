"""Everything that is wrong with a configuration beyond its words: the files that it names.

A server that cannot start says all of it at once, and `visiojury config check` says it without
one. Nothing is opened for good here, and nothing is made.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from signaling.errors import SettingsError, StartError
from signaling.mailing import mailer_of
from signaling.settings import Settings
from signaling.timestamps import authority_of
from signaling.tls import context_of
from visiojury.documents.house import HouseError
from visiojury.documents.signing import CertificateError
from visiojury.documents.studio import Equipment, equip
from visiojury.reference import Library, ReferenceDataError

Fault = (SettingsError, StartError, ReferenceDataError, HouseError, CertificateError, OSError)


def faults(settings: Settings) -> list[str]:
    """Return what is wrong, one text (French) for each file or secret that cannot be used."""
    looks: tuple[Callable[[], object], ...] = (
        lambda: context_of(settings.http),
        settings.turn.secret,
        settings.openid.secret,
        lambda: mailer_of(settings.smtp, settings.smtp.password()),
        settings.database_password,
        lambda: authority_of(settings.timestamp),
        lambda: Library.read(settings.reference),
        lambda: _try_templates(settings.documents.templates),
        lambda: equip(
            Equipment(
                certificate=settings.documents.certificate, password=settings.documents.password
            )
        ),
    )
    return [text for look in looks if (text := _refusal(look)) is not None]


def _refusal(look: Callable[[], object]) -> str | None:
    try:
        look()
    except Fault as error:
        return str(error)
    return None


def _try_templates(templates: Path | None) -> None:
    """Raises: HouseError."""
    with tempfile.TemporaryDirectory(prefix="visiojury-templates-") as folder:
        equip(Equipment(templates=templates, furnished=Path(folder) / "templates"))
