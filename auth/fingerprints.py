"""The DTLS certificate that an offer announces, as one SHA-256 fingerprint.

Not an SDP parser: it reads fingerprint lines only, and refuses whatever two parsers might read
differently, because the relay reads the same offer with another one.

Source: RFC 8122 section 5 (attribute), RFC 8827 section 6.5 (SHA-256), RFC 8866 section 5 (lines).
"""

from __future__ import annotations

import re

from auth.errors import FingerprintAmbiguousError, FingerprintMissingError

_SHA256 = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")
_ATTRIBUTE = re.compile(r"\s*a\s*=\s*fingerprint\b(.*)", re.IGNORECASE)


def normalise(text: str) -> str:
    """Return a SHA-256 fingerprint as 32 upper-case bytes in hexadecimal, joined by colons.

    Raises:
        FingerprintMissingError: `text` is no SHA-256 fingerprint.
    """
    fingerprint = text.strip()
    if not _SHA256.fullmatch(fingerprint):
        raise FingerprintMissingError("not 32 bytes in hexadecimal")
    return fingerprint.upper()


def from_offer(sdp: str) -> str:
    """Return the one SHA-256 fingerprint of all levels of an offer, normalised.

    Fingerprints of other algorithms may stand beside it. They are not vouched for: DTLS must at
    least check the SHA-256 one, whatever else it checks.

    Raises:
        FingerprintMissingError: there is none.
        FingerprintAmbiguousError: there are several, or a line that readers may take differently.
    """
    found = {normalise(value) for algorithm, value in _fingerprints(sdp) if algorithm == "sha-256"}
    if not found:
        raise FingerprintMissingError
    if len(found) > 1:
        raise FingerprintAmbiguousError(f"{len(found)} different fingerprints")
    return found.pop()


def _fingerprints(sdp: str) -> list[tuple[str, str]]:
    # `splitlines` also cuts at form feeds, U+2028 and others: a line hidden behind one of them
    # would exist for some readers only.
    lines = sdp.splitlines()
    if "\n".join(lines) != sdp.replace("\r\n", "\n").removesuffix("\n"):
        raise FingerprintAmbiguousError("unusual line ends")
    return [_split(match[1]) for line in lines if (match := _ATTRIBUTE.match(line))]


def _split(rest: str) -> tuple[str, str]:
    # The attribute name is matched loosely and its value strictly, so that a line which only some
    # readers recognise is refused here rather than missed.
    match rest[:1], rest[1:].split():
        case ":", [algorithm, value]:
            return algorithm.lower(), value
        case _:
            raise FingerprintAmbiguousError("a fingerprint line of another form")
