"""A signature of a document holds for that document, that label and that person's key only."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.errors import AuthError, SignatureForeignError, SignatureInvalidError
from auth.jwk import base64url
from auth.signatures import signed_bytes, verify
from tests.auth.forge import Device

LABEL = b"visiojury-minutes-v1\x00"
MINUTES = hashlib.sha256(b"the minutes").hexdigest()
OTHER = hashlib.sha256(b"other minutes").hexdigest()


def sign(device: Device, data: bytes) -> str:
    """Return what WebCrypto's ECDSA gives: r then s."""
    r, s = utils.decode_dss_signature(device.key.sign(data, ec.ECDSA(hashes.SHA256())))
    return base64url(r.to_bytes(32) + s.to_bytes(32))


def check(device: Device, **changes: Any) -> None:
    good: dict[str, Any] = {
        "signature": sign(device, LABEL + bytes.fromhex(MINUTES)),
        "public_key": device.jwk,
        "jkt": device.jkt,
        "label": LABEL,
        "sha256": MINUTES,
    }
    good |= changes
    verify(good.pop("signature"), **good)


@pytest.mark.requirement("J8")
def test_a_signature_of_these_minutes_by_this_device_holds(device: Device) -> None:
    check(device)


@pytest.mark.requirement("J8")
def test_the_key_of_another_device_is_refused(device: Device) -> None:
    other = Device()
    with pytest.raises(SignatureForeignError):
        check(device, jkt=other.jkt)
    forged = sign(other, LABEL + bytes.fromhex(MINUTES))
    with pytest.raises(SignatureForeignError):
        check(device, signature=forged, public_key=other.jwk)
    with pytest.raises(SignatureInvalidError):
        check(device, signature=forged)


@pytest.mark.requirement("J8")
def test_a_signature_does_not_serve_for_other_minutes(device: Device) -> None:
    with pytest.raises(SignatureInvalidError):
        check(device, sha256=OTHER)


@pytest.mark.parametrize("label", [b"visiojury-amendment-v1\x00", b"visiojury-seal-v1\x00", b""])
def test_a_signature_under_one_label_is_none_under_another(device: Device, label: bytes) -> None:
    with pytest.raises(SignatureInvalidError):
        check(device, label=label)
    with pytest.raises(SignatureInvalidError):
        check(device, signature=sign(device, label + bytes.fromhex(MINUTES)))


@pytest.mark.parametrize(
    "sha256", ["", "00", MINUTES.upper(), MINUTES + "00", " " + MINUTES[1:], "g" * 64]
)
def test_a_digest_has_one_spelling(device: Device, sha256: str) -> None:
    with pytest.raises(SignatureInvalidError):
        signed_bytes(LABEL, sha256)
    with pytest.raises(SignatureInvalidError):
        check(device, sha256=sha256)


@pytest.mark.parametrize(
    "change",
    [
        {"kid": "key"},
        {"x": ""},
        {"x": "é"},
        {"d": "AA"},
        {"crv": "P-384"},
        {"kty": "oct"},
    ],
)
def test_a_key_that_is_not_just_a_public_one_is_refused(
    device: Device, change: dict[str, str]
) -> None:
    with pytest.raises(SignatureInvalidError):
        check(device, public_key=device.jwk | change)


def test_a_signature_has_one_spelling(device: Device) -> None:
    good = sign(device, LABEL + bytes.fromhex(MINUTES))
    for bad in (good + "=", good[:-1], good + "AA", good.replace(good[0], "+", 1), ""):
        with pytest.raises(SignatureInvalidError):
            check(device, signature=bad)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=st.text(max_size=120))
def test_anything_else_is_refused_and_nothing_breaks(device: Device, signature: str) -> None:
    with pytest.raises(AuthError):
        check(device, signature=signature)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_one_bit_changed_is_refused(device: Device, at: int, bit: int) -> None:
    r, s = utils.decode_dss_signature(
        device.key.sign(LABEL + bytes.fromhex(MINUTES), ec.ECDSA(hashes.SHA256()))
    )
    raw = bytearray(r.to_bytes(32) + s.to_bytes(32))
    raw[at] ^= 1 << bit
    with pytest.raises(SignatureInvalidError):
        check(device, signature=base64url(bytes(raw)))
