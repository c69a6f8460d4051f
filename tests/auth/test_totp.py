from __future__ import annotations

import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth import totp

# Source: RFC 6238 appendix B, the secret of SHA-1, its eight digits shortened to six.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KNOWN = {59: "287082", 1_111_111_109: "081804", 1_234_567_890: "005924", 20_000_000_000: "353130"}


@pytest.mark.parametrize(("at_s", "code"), KNOWN.items())
def test_the_codes_of_the_rfc_belong_to_their_step(at_s: int, code: str) -> None:
    assert totp.step_of(SECRET, code, now_ms=at_s * 1000) == at_s // 30


@pytest.mark.parametrize(
    ("late_steps", "is_taken"), [(-2, False), (-1, True), (1, True), (2, False)]
)
def test_a_clock_one_step_off_is_forgiven_and_no_more(late_steps: int, *, is_taken: bool) -> None:
    now_ms = (59 + 30 * late_steps) * 1000 + 10 * totp.STEP_MS
    code = _code(59 // 30 + 10)
    assert (totp.step_of(SECRET, code, now_ms=now_ms) is not None) == is_taken


@given(st.text(max_size=12))
def test_what_is_no_code_belongs_to_no_step(text: str) -> None:
    codes = {_code(step) for step in (0, 1, 2)}
    assert (totp.step_of(SECRET, text, now_ms=30_000) is not None) == (text in codes)


def test_secrets_are_long_and_differ_and_do_not_show() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {32}
    assert SECRET not in repr(totp.Authenticator(SECRET))


def test_the_uri_is_what_applications_read() -> None:
    uri = totp.provisioning_uri(SECRET, label="session-1", issuer="VisioJury")
    assert uri == f"otpauth://totp/VisioJury:session-1?secret={SECRET}&issuer=VisioJury"


def _code(step: int) -> str:
    """Return the code of a step, from RFC 4226 section 5.3 and without pyotp."""
    digest = hmac.digest(b"12345678901234567890", struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**totp.DIGITS:06}"
