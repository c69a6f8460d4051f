"""Codes of an authenticator application: six digits that change every thirty seconds.

Pure rules over a secret and an instant. The caller keeps the secret sealed (`auth.sealing`) and
records the step of each accepted code: `pyotp` itself accepts a code as often as it is given.

Source: RFC 6238 (TOTP; section 5.2: a code is accepted once), RFC 4226 (HOTP).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import pyotp

DIGITS = 6
STEP_MS = 30_000
DRIFT_STEPS = 1
"""How far the application's clock may be from ours, on either side (RFC 6238 section 6)."""
NEVER = -1


@dataclass(frozen=True, slots=True)
class Authenticator:
    """The secret shared with a person's application, and the step of the last code accepted."""

    secret: str = field(repr=False)
    last_step: int = NEVER


def new_secret() -> str:
    """Return a secret of 160 bits, 32 characters in base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, label: str, issuer: str) -> str:
    """Return what an authenticator application reads, as a QR code or typed; holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=issuer)


def step_of(secret: str, code: str, *, now_ms: int) -> int | None:
    """Return the time step that `code` belongs to, around now; None: it is no code of this secret.

    Args:
        secret: in base32.
        code: six digits; anything else belongs to no step.
        now_ms: current time, UTC.
    """
    totp, now_step = pyotp.TOTP(secret), now_ms // STEP_MS
    steps = range(now_step - DRIFT_STEPS, now_step + DRIFT_STEPS + 1)
    typed = code.encode("utf-8", "surrogatepass")
    # All are computed, so that the time taken tells nothing of which one it was.
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)]
    return max(found, default=None)
