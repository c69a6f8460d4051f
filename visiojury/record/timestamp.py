"""RFC 3161: what an authority is asked to stamp, and whether its answer holds. Bytes only.

What is stamped is what the seal signs: so nobody who holds the installation's key can seal
another history and date it back. The answer is checked against certificates kept with it, at
the instant that it certifies: an authority's certificate may expire long before a record does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

Value = TypeVar("Value")


class TimestampError(ValueError):
    """The answer does not certify what was asked; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def request(signed: bytes) -> tuple[bytes, int]:
    """Return a request for a stamp on `signed`, DER, and the nonce that the answer must bear."""
    built = TimestampRequestBuilder(signed, HashAlgorithm.SHA256).build()
    assert built.nonce is not None, "requests are built with one"
    return built.as_bytes(), built.nonce


def check(response: bytes, signed: bytes, *, certificates: str, nonce: int | None = None) -> int:
    """Return the instant that `response` certifies for `signed`, ms UTC.

    Args:
        response: the authority's answer, DER.
        signed: what it must be a stamp of.
        certificates: PEM, the roots that are trusted.
        nonce: of the request, where it is known.

    Raises:
        TimestampError: `malformed`, `refused`, `unverified`.
    """
    answer = _read(decode_timestamp_response, response)
    roots = _read(x509.load_pem_x509_certificates, certificates.encode())
    if answer.status != 0:
        raise TimestampError("refused")
    try:
        VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(answer, signed)
    except (VerificationError, ValueError) as error:
        raise TimestampError("unverified") from error
    return _instant_ms(answer)


def _read(read: Callable[[bytes], Value], data: bytes) -> Value:
    try:
        return read(data)
    except ValueError as error:
        raise TimestampError("malformed") from error


def _instant_ms(answer: TimeStampResponse) -> int:
    return round(answer.tst_info.gen_time.timestamp() * 1000)
