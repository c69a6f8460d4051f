"""When the certificates of an installation end, so that somebody knows before people do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from signaling.settings import Settings

log = structlog.get_logger()


class Expiries:
    """Reads a certificate again only when its file changes: opening one is slow on purpose."""

    def __init__(self, settings: Settings) -> None:
        self._files: dict[str, tuple[Path, Callable[[bytes], x509.Certificate | None]]] = {}
        self._known: dict[str, tuple[int, float]] = {}
        documents = settings.documents
        if settings.http.certificate is not None:
            self._files["tls"] = settings.http.certificate, _first_of_chain
        if documents.certificate is not None:
            self._files["documents"] = documents.certificate, _in_pkcs12(documents.password)

    def read(self) -> dict[str, float]:
        """Return when each ends, as Unix time, by its use; one that cannot be read is left out."""
        found: dict[str, float] = {}
        for use, (path, parse) in self._files.items():
            try:
                found[use] = self._expiry(use, path, parse)
            except (OSError, ValueError):
                log.warning("certificate.unreadable", use=use)
        return found

    def _expiry(
        self, use: str, path: Path, parse: Callable[[bytes], x509.Certificate | None]
    ) -> float:
        changed_ns = path.stat().st_mtime_ns
        if use not in self._known or self._known[use][0] != changed_ns:
            certificate = parse(path.read_bytes())
            if certificate is None:
                raise ValueError("no certificate")
            self._known[use] = changed_ns, certificate.not_valid_after_utc.timestamp()
        return self._known[use][1]


def _first_of_chain(content: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificates(content)[0]


def _in_pkcs12(password: Path | None) -> Callable[[bytes], x509.Certificate | None]:
    def parse(content: bytes) -> x509.Certificate | None:
        secret = None if password is None else password.read_bytes().strip()
        held = pkcs12.load_pkcs12(content, secret).cert
        return None if held is None else held.certificate

    return parse
