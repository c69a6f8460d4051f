"""Invitation links: a one-time secret bound to a subject, and a code for those who vote or decide.

Pure rules over a value. Whoever keeps invitations looks one up by the digest of the secret, records
each wrong code before answering, and records the redemption; this module only says yes or no.
The link carries the secret in its fragment, which browsers send to nobody; the page posts it.

Source: RFC 7914 (scrypt), OWASP ASVS 5 section 6.5 (one-time secrets).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from auth import totp
from auth.errors import (
    InvitationCodeNeededError,
    InvitationCodeReplayedError,
    InvitationCodeWrongError,
    InvitationExpiredError,
    InvitationLockedError,
    InvitationNotYetValidError,
    InvitationOpenIDNeededError,
    InvitationPasskeyNeededError,
    InvitationRevokedError,
    InvitationTOTPNeededError,
    InvitationUnknownError,
    InvitationUsedError,
)

Factor = Literal["code", "totp", "openid", "passkey"]
"""What is asked beside the link: the office's code, that of an authenticator application, a
sign-in at the OpenID provider, or a passkey."""

Shown = Literal["openid", "passkey"]
"""What may come instead of a code."""

MAX_FAILURES = 5
SECRET_BYTES = 32
CODE_DIGITS = 8
SECRET_SALT = "visiojury-invitation-v1"  # noqa: S105  (a public label)
"""The same for all secrets, so that a digest can be looked up. At 256 bits none can be guessed."""

_SCRYPT_N = 2**14
_SCRYPT_R = 8
_SCRYPT_P = 1
_SCRYPT_MAX_BYTES = 64 * 2**20
_CODE_SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation as it stands now, a fold of what was recorded about it."""

    invitation_id: str
    subject: str
    secret_digest: str
    code_digest: str | None
    """None: no code of the office is asked for."""
    not_before_ms: int
    expires_ms: int
    redeemed: bool
    revoked: bool
    failures: int
    """Wrong codes so far."""
    authenticator: totp.Authenticator | None = None
    """None: no code of an application is asked for."""
    needs_openid: bool = False
    """A sign-in at the OpenID provider is asked for."""
    needs_passkey: bool = False
    """A passkey is asked for; with a code while the person has none, as anybody may hold a link."""


def new_secret() -> str:
    """Return a secret of 256 bits, 43 URL-safe characters."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_code() -> str:
    """Return eight decimal digits, to be read out on the telephone."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def digest(secret: str, *, salt: str = SECRET_SALT) -> str:
    """Return the SHA-256 of a secret under a salt, 64 hexadecimal characters."""
    # Surrogates come from JSON escapes; they must be looked up in vain, not raise.
    data = f"{salt}\x00{secret}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


def digest_code(code: str, *, salt: bytes | None = None) -> str:
    """Return the salted scrypt of a code, with its salt and cost; about 0.1 s of one core.

    Eight digits are few: the cost slows who has the digest, `MAX_FAILURES` stops who has not.
    """
    salt = secrets.token_bytes(_CODE_SALT_BYTES) if salt is None else salt
    key = hashlib.scrypt(
        code.encode("ascii"),
        salt=salt,
        n=_SCRYPT_N,
        r=_SCRYPT_R,
        p=_SCRYPT_P,
        maxmem=_SCRYPT_MAX_BYTES,
        dklen=32,
    )
    return f"scrypt-{_SCRYPT_N}-{_SCRYPT_R}-{_SCRYPT_P}${salt.hex()}${key.hex()}"


def issue(
    *, invitation_id: str, subject: str, now_ms: int, lifetime_ms: int, needs_code: bool
) -> tuple[Invitation, str, str | None]:
    """Return a new invitation, its secret and its code, these two in clear for the last time."""
    secret = new_secret()
    code = new_code() if needs_code else None
    invitation = Invitation(
        invitation_id=invitation_id,
        subject=subject,
        secret_digest=digest(secret),
        code_digest=None if code is None else digest_code(code),
        not_before_ms=now_ms,
        expires_ms=now_ms + lifetime_ms,
        redeemed=False,
        revoked=False,
        failures=0,
    )
    return invitation, secret, code


def check(
    invitation: Invitation | None,
    *,
    code: str | None,
    now_ms: int,
    shown: Shown | None = None,
) -> int | None:
    """Pass if the bearer of the secret may redeem the invitation now.

    Returns the step of an authenticator's code, to be recorded with the redemption; else None.

    Takes about 0.1 s when there is a code to compare: call it off the event loop. After an
    `InvitationCodeWrongError`, record one more failure before anything else is answered.

    Args:
        invitation: what the digest of the secret found, None when nothing.
        code: as typed; spaces do not count.
        now_ms: current time.
        shown: what came instead of a code, verified; or a passkey that is about to come.

    Raises:
        InvitationUnknownError, InvitationRevokedError, InvitationUsedError, InvitationLockedError,
        InvitationNotYetValidError, InvitationExpiredError, InvitationOpenIDNeededError,
        InvitationPasskeyNeededError, InvitationTOTPNeededError, InvitationCodeNeededError,
        InvitationCodeWrongError, InvitationCodeReplayedError: the first that holds, in this order.
    """
    if invitation is None:
        raise InvitationUnknownError
    _check_state(invitation)
    if now_ms < invitation.not_before_ms:
        raise InvitationNotYetValidError(invitation.not_before_ms)
    if now_ms >= invitation.expires_ms:
        raise InvitationExpiredError(invitation.expires_ms)
    if invitation.needs_openid:
        if shown != "openid":
            raise InvitationOpenIDNeededError
        return None
    if invitation.needs_passkey and shown != "passkey":
        raise InvitationPasskeyNeededError
    if invitation.authenticator is not None:
        return _check_totp(invitation, invitation.authenticator, code, now_ms)
    if invitation.code_digest is not None:
        _check_code(invitation, invitation.code_digest, code)
    return None


def _check_state(invitation: Invitation) -> None:
    if invitation.revoked:
        raise InvitationRevokedError
    if invitation.redeemed:
        raise InvitationUsedError
    if invitation.failures >= MAX_FAILURES:
        raise InvitationLockedError


def _check_totp(
    invitation: Invitation, authenticator: totp.Authenticator, code: str | None, now_ms: int
) -> int:
    typed = _typed(code)
    if not typed:
        raise InvitationTOTPNeededError
    step = totp.step_of(authenticator.secret, typed, now_ms=now_ms)
    if step is None:
        raise _wrong(invitation)
    # A step before the last one is as old as the last one: it may have been seen with it.
    if step <= authenticator.last_step:
        raise InvitationCodeReplayedError
    return step


def _wrong(invitation: Invitation) -> InvitationCodeWrongError:
    return InvitationCodeWrongError(attempts_left=MAX_FAILURES - invitation.failures - 1)


def _typed(code: str | None) -> str:
    return "".join((code or "").split())


def _check_code(invitation: Invitation, code_digest: str, code: str | None) -> None:
    typed = _typed(code)
    if not typed:
        raise InvitationCodeNeededError
    if not _is_code(typed) or not _matches(typed, code_digest):
        raise _wrong(invitation)


def _is_code(text: str) -> bool:
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit()


def _matches(code: str, code_digest: str) -> bool:
    salt = bytes.fromhex(code_digest.split("$")[1])
    return hmac.compare_digest(digest_code(code, salt=salt), code_digest)
