"""TLS served by the server itself: TLS 1.2 and 1.3, ephemeral keys and AEAD only.

A certificate that was renewed on disk is taken up by itself, for the connections that follow.
Source: RFC 9325 sections 3.1 and 4.2; ASVS 5 V12.1.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from signaling.errors import StartError
from signaling.settings import HTTP

log = structlog.get_logger()

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class Certificate:
    """A certificate with its key, as files that an ACME client may renew at any time."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self._seen = self._dates()
        self.context.load_cert_chain(certificate, key)
        self.context.sni_callback = self._look

    def _look(self, *_: object) -> None:
        """Called for each handshake: take up files that changed, for the next one.

        What cannot be read, or does not belong together yet, leaves the former one in use.
        """
        try:
            dates = self._dates()
            if dates == self._seen:
                return
            self.context.load_cert_chain(*self._files)
        except OSError:
            log.warning("certificate.unreadable")
        else:
            self._seen = dates
            log.info("certificate.renewed")

    def _dates(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)


def context_of(http: HTTP) -> ssl.SSLContext | None:
    """Return what to serve TLS with; None: a front does. Raises: StartError."""
    if http.certificate is None or http.key is None:
        return None
    try:
        return Certificate(http.certificate, http.key).context
    except (OSError, ssl.SSLError) as error:
        raise StartError(
            f"http.certificate = {http.certificate}, http.key = {http.key} : illisibles, ou la clé"
            f" n’est pas celle du certificat ({getattr(error, 'reason', None) or error.strerror})."
        ) from error
