from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth import totp
from auth.errors import (
    AuthError,
    InvitationCodeNeededError,
    InvitationCodeReplayedError,
    InvitationCodeWrongError,
    InvitationExpiredError,
    InvitationLockedError,
    InvitationNotYetValidError,
    InvitationRevokedError,
    InvitationTOTPNeededError,
    InvitationUnknownError,
    InvitationUsedError,
)
from auth.invitations import (
    MAX_FAILURES,
    Invitation,
    check,
    digest,
    digest_code,
    issue,
    new_code,
    new_secret,
)

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
CODE = "01234567"

PLAIN = Invitation(
    invitation_id="invitation-1",
    subject="participant-1",
    secret_digest=digest("secret"),
    code_digest=None,
    not_before_ms=NOW_MS,
    expires_ms=NOW_MS + HOUR_MS,
    redeemed=False,
    revoked=False,
    failures=0,
)


@pytest.fixture(scope="session")
def coded() -> Invitation:
    return replace(PLAIN, code_digest=digest_code(CODE))


def test_a_new_invitation_passes_with_its_secret_and_code() -> None:
    invitation, secret, code = issue(
        invitation_id="i", subject="s", now_ms=NOW_MS, lifetime_ms=HOUR_MS, needs_code=True
    )
    assert invitation.secret_digest == digest(secret)
    assert (invitation.not_before_ms, invitation.expires_ms) == (NOW_MS, NOW_MS + HOUR_MS)
    check(invitation, code=code, now_ms=NOW_MS)


def test_an_invitation_without_a_code_asks_for_none() -> None:
    invitation, _, code = issue(
        invitation_id="i", subject="s", now_ms=NOW_MS, lifetime_ms=HOUR_MS, needs_code=False
    )
    assert code is None
    check(invitation, code=None, now_ms=NOW_MS)
    check(invitation, code=CODE, now_ms=NOW_MS)


def test_what_is_kept_discloses_neither_secret_nor_code() -> None:
    invitation, secret, code = issue(
        invitation_id="i", subject="s", now_ms=NOW_MS, lifetime_ms=HOUR_MS, needs_code=True
    )
    assert secret not in repr(invitation)
    assert code is not None
    assert code not in repr(invitation)


def test_secrets_and_codes_are_of_the_promised_size_and_differ() -> None:
    secrets, codes = {new_secret() for _ in range(200)}, {new_code() for _ in range(200)}
    assert len(secrets) == 200
    assert {len(secret) for secret in secrets} == {43}
    assert all(len(code) == 8 and code.isdigit() for code in codes)
    assert len(codes) > 190


def test_two_digests_of_one_code_differ() -> None:
    """Else a table of a hundred million digests would open every invitation at once."""
    assert digest_code(CODE) != digest_code(CODE)


def test_an_unknown_secret_is_refused() -> None:
    with pytest.raises(InvitationUnknownError):
        check(None, code=None, now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("change", "at_ms", "refusal"),
    [
        ({"revoked": True}, NOW_MS, InvitationRevokedError),
        ({"redeemed": True}, NOW_MS, InvitationUsedError),
        ({"failures": MAX_FAILURES}, NOW_MS, InvitationLockedError),
        ({}, NOW_MS - 1, InvitationNotYetValidError),
        ({}, NOW_MS + HOUR_MS, InvitationExpiredError),
        # Two reasons at once: the office's decision is told before the state of the link.
        ({"revoked": True, "redeemed": True}, NOW_MS + HOUR_MS, InvitationRevokedError),
    ],
)
def test_an_invitation_is_refused_for_its_reason(
    change: dict[str, bool | int], at_ms: int, refusal: type[AuthError]
) -> None:
    with pytest.raises(refusal):
        check(replace(PLAIN, **change), code=None, now_ms=at_ms)  # type: ignore[arg-type]


def test_an_invitation_passes_up_to_its_last_millisecond() -> None:
    check(PLAIN, code=None, now_ms=NOW_MS + HOUR_MS - 1)
    with pytest.raises(InvitationExpiredError) as refusal:
        check(PLAIN, code=None, now_ms=NOW_MS + HOUR_MS)
    assert refusal.value.expires_ms == PLAIN.expires_ms


@pytest.mark.parametrize("code", [None, "", "  "])
def test_a_missing_code_is_asked_for_and_is_no_failure(coded: Invitation, code: str | None) -> None:
    with pytest.raises(InvitationCodeNeededError):
        check(coded, code=code, now_ms=NOW_MS)


@pytest.mark.parametrize("code", ["01234568", "1234567", "012345678", "٠١٢٣٤٥٦٧", "\ud800"])
def test_a_wrong_code_is_refused_and_the_attempts_left_are_told(
    coded: Invitation, code: str
) -> None:
    with pytest.raises(InvitationCodeWrongError) as refusal:
        check(replace(coded, failures=1), code=code, now_ms=NOW_MS)
    assert refusal.value.attempts_left == 3


def test_the_right_code_passes_as_people_write_it(coded: Invitation) -> None:
    check(coded, code=" 0123 4567 ", now_ms=NOW_MS)


def test_the_right_code_does_not_pass_after_five_wrong_ones(coded: Invitation) -> None:
    invitation = coded
    for attempts_left in (4, 3, 2, 1, 0):
        with pytest.raises(InvitationCodeWrongError) as refusal:
            check(invitation, code="0000", now_ms=NOW_MS)
        assert refusal.value.attempts_left == attempts_left
        invitation = replace(invitation, failures=invitation.failures + 1)
    with pytest.raises(InvitationLockedError):
        check(invitation, code=CODE, now_ms=NOW_MS)


def test_a_revoked_invitation_is_no_oracle_for_its_code(coded: Invitation) -> None:
    for code in (CODE, "99999999"):
        with pytest.raises(InvitationRevokedError):
            check(replace(coded, revoked=True), code=code, now_ms=NOW_MS)


@example("\ud800")
@given(secret=st.text(max_size=60))
def test_any_text_can_be_looked_up(secret: str) -> None:
    assert len(digest(secret)) == 64
    assert digest(secret) != digest(secret + "x")


# Codes of an authenticator application


def _with(secret: str, last_step: int = totp.NEVER) -> Invitation:
    return replace(PLAIN, authenticator=totp.Authenticator(secret, last_step))


def test_a_code_of_the_application_is_accepted_once() -> None:
    secret, step = totp.new_secret(), NOW_MS // totp.STEP_MS
    code = pyotp.TOTP(secret).at(NOW_MS // 1000)
    assert check(_with(secret), code=f"{code[:3]} {code[3:]}", now_ms=NOW_MS) == step
    for last_step in (step, step + 1):
        with pytest.raises(InvitationCodeReplayedError):
            check(_with(secret, last_step), code=code, now_ms=NOW_MS)


def test_an_application_that_was_asked_for_is_not_replaced_by_nothing_or_a_guess() -> None:
    secret = totp.new_secret()
    with pytest.raises(InvitationTOTPNeededError):
        check(_with(secret), code=" ", now_ms=NOW_MS)
    with pytest.raises(InvitationCodeWrongError) as refusal:
        check(_with(secret), code="abcdef", now_ms=NOW_MS)
    assert refusal.value.attempts_left == MAX_FAILURES - 1
