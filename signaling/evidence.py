"""What comes with a link's secret besides: judged against what the record knows of the person."""

from __future__ import annotations

from dataclasses import dataclass

from auth import invitations, passkeys
from auth.errors import OpenIDSubjectError, PasskeyForeignError
from auth.oidc import SignedIn
from signaling.refusals import RequestError
from visiojury.exam import events as ev
from visiojury.exam.state import Access, Session


@dataclass(frozen=True, slots=True)
class Presented:
    """What a passkey answered to a challenge that was given for it."""

    ceremony: passkeys.Ceremony
    answer: passkeys.Answer
    challenge: bytes
    party: passkeys.RelyingParty


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What comes with a link's secret."""

    code: str | None = None
    totp_step: int | None = None
    """Of the code, where it is an authenticator's and was found good."""
    signed_in: SignedIn | None = None
    passkey: Presented | None = None


def kind_of(evidence: Evidence, access: Access) -> invitations.Shown | None:
    """Return what came instead of a code, if it is what the link asks for."""
    if evidence.passkey is not None:
        return "passkey"
    # A sign-in at another provider than the link asks for is none.
    signed_in, issuer = evidence.signed_in, access.invitation.openid_issuer
    return "openid" if signed_in is not None and signed_in.issuer == issuer else None


def sign_in_of(state: Session, participant_id: str, signed_in: SignedIn | None) -> ev.SignIn | None:
    """Return a sign-in as it is recorded. Raises: OpenIDSubjectError."""
    if signed_in is None:
        return None
    for earlier in state.invitations_of(participant_id):
        known = earlier.sign_in
        if (
            known is not None
            and known.issuer == signed_in.issuer
            and known.subject != signed_in.subject
        ):
            raise OpenIDSubjectError("not who signed in before")
    return ev.SignIn(
        participant_id=participant_id,
        issuer=signed_in.issuer,
        subject=signed_in.subject,
        acr=signed_in.acr,
        is_high=signed_in.is_high,
    )


def passkey_of(
    state: Session, participant_id: str, owner: str, presented: Presented | None
) -> ev.Passkey | None:
    """Return a passkey as it is recorded.

    Raises:
        AuthError: what it answered does not hold.
        RequestError: `passkey_not_expected`: another was registered or revoked meanwhile.
    """
    if presented is None:
        return None
    known = state.passkeys.get(participant_id)
    if (known is None) != (presented.ceremony == "registration"):
        raise RequestError("passkey_not_expected")
    answer, party, challenge = presented.answer, presented.party, presented.challenge
    if known is None:
        passkey = passkeys.verify_registration(answer, party=party, challenge=challenge)
        if any(passkey.credential_id == other.credential_id for other in state.passkeys.values()):
            raise PasskeyForeignError
    else:
        passkey = passkeys.verify_authentication(
            answer,
            party=party,
            challenge=challenge,
            passkey=passkeys.Passkey(known.credential_id, known.public_key, known.sign_count),
            owner=owner,
        )
    return ev.Passkey(
        participant_id=participant_id,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
    )
