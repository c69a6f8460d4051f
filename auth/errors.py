"""Refusals of authentication, one class for each reason.

AuthError
├── InvitationUnknownError       no invitation has this secret
├── InvitationExpiredError       its window is over
├── InvitationNotYetValidError   its window has not begun
├── InvitationUsedError          it was redeemed before
├── InvitationRevokedError       the office withdrew it
├── InvitationCodeNeededError    it asks for a code and none was given
├── InvitationTOTPNeededError    it asks for the code of an authenticator and none was given
├── InvitationOpenIDNeededError  it asks for a sign-in at the provider and there was none
├── InvitationPasskeyNeededError it asks for a passkey and none was shown
├── InvitationCodeWrongError     the code is not the one given by the office or the authenticator
├── InvitationCodeReplayedError  the authenticator's code was accepted before
├── InvitationLockedError        too many wrong codes
├── TokenMalformedError          not a token, or a required claim is missing or of a wrong shape
├── TokenExpiredError            outside the window it was made for
├── TokenForeignError            not ours: issuer, audience, key, signature or algorithm
├── TokenWrongTypeError          a token made for another use
├── TokenUsedError               a media token comes a second time
├── ProofMissingError            no proof came with the token
├── ProofInvalidError            the proof is not well made, not for this request, or not recent
├── ProofReplayedError           the proof was used before
├── ProofMismatchError           the proven key is not the one the token names
├── TicketUnknownError           never issued, already redeemed, or too old
├── FingerprintMissingError      the offer announces no SHA-256 fingerprint
├── FingerprintAmbiguousError    the offer announces several, or one that readers may differ on
├── FingerprintMismatchError     the offer's fingerprint is not the media token's
├── SignatureInvalidError        a document's signature is malformed, or not over this document
├── SignatureForeignError        a document was signed with another key than the person's
├── OpenIDUnavailableError       the provider does not answer, or not as it should
├── OpenIDMalformedError         its token is not one, is not signed, or lacks a claim
├── OpenIDForeignError           its token is of another issuer, audience, key or algorithm
├── OpenIDExpiredError           its token is outside the window it was made for
├── OpenIDNonceError             its token answers another sign-in
├── OpenIDAssuranceError         the sign-in was not as sure as is asked
├── OpenIDSubjectError           somebody else signed in
├── PasskeyMalformedError        what the browser made of it cannot be read, or is too long
├── PasskeyChallengeError        it answers another challenge than the one given
├── PasskeyOriginError           it was used on a page of another origin
├── PasskeyRelyingPartyError     it is made for another host
├── PasskeyUnverifiedError       the device did not verify the person
├── PasskeyCounterError          its counter did not rise: a copy of it may exist
├── PasskeyForeignError          it is not this person's
├── PasskeyInvalidError          its signature does not hold, or its algorithm is not one of ours
├── KeysUnsafeError              key files that others could read or replace
└── KeysInvalidError             a key file that holds no P-256 private key

Texts are for logs: they never quote a secret, a code, a token, a proof or a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class AuthError(Exception):
    """A refusal we can explain to whoever caused it; anything else is a bug."""

    code: ClassVar[str]
    """Stable identifier on the wire and in the record. Never match on the text."""

    sentence: ClassVar[str]
    """What is wrong, in English, without the particulars of the case."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.sentence}: {detail}" if detail else self.sentence)
        self.detail = detail


class InvitationUnknownError(AuthError):
    code = "invitation_unknown"
    sentence = "no invitation has this secret"


class InvitationExpiredError(AuthError):
    code = "invitation_expired"
    sentence = "the invitation has expired"

    def __init__(self, expires_ms: int) -> None:
        super().__init__()
        self.expires_ms = expires_ms


class InvitationNotYetValidError(AuthError):
    code = "invitation_not_yet_valid"
    sentence = "the invitation is not valid yet"

    def __init__(self, not_before_ms: int) -> None:
        super().__init__()
        self.not_before_ms = not_before_ms


class InvitationUsedError(AuthError):
    code = "invitation_used"
    sentence = "the invitation was already used"


class InvitationRevokedError(AuthError):
    code = "invitation_revoked"
    sentence = "the invitation was revoked"


class InvitationCodeNeededError(AuthError):
    code = "invitation_code_needed"
    sentence = "the invitation needs the code given by the office"


class InvitationTOTPNeededError(AuthError):
    code = "invitation_totp_needed"
    sentence = "the invitation needs the code of the authenticator application"


class InvitationOpenIDNeededError(AuthError):
    code = "invitation_openid_needed"
    sentence = "the invitation needs a sign-in at the OpenID provider"


class InvitationPasskeyNeededError(AuthError):
    code = "invitation_passkey_needed"
    sentence = "the invitation needs a passkey"


class PasskeyChallengeError(AuthError):
    code = "passkey_challenge"
    sentence = "the passkey answers another challenge than the one given"


class PasskeyOriginError(AuthError):
    code = "passkey_origin"
    sentence = "the passkey was used on a page of another origin"


class PasskeyRelyingPartyError(AuthError):
    code = "passkey_relying_party"
    sentence = "the passkey is made for another relying party"


class PasskeyUnverifiedError(AuthError):
    code = "passkey_unverified"
    sentence = "the passkey was used without verifying the person"


class PasskeyCounterError(AuthError):
    code = "passkey_counter"
    sentence = "the passkey has a counter that did not rise: it may be a copy"


class PasskeyForeignError(AuthError):
    code = "passkey_foreign"
    sentence = "the passkey is not the person's own"


class PasskeyInvalidError(AuthError):
    code = "passkey_invalid"
    sentence = "the passkey does not sign the answer"


class PasskeyMalformedError(AuthError):
    code = "passkey_malformed"
    sentence = "the passkey cannot be read"


class InvitationCodeReplayedError(AuthError):
    code = "invitation_code_replayed"
    sentence = "the code of the authenticator application was already used"


class InvitationCodeWrongError(AuthError):
    code = "invitation_code_wrong"
    sentence = "the code is wrong"

    def __init__(self, attempts_left: int) -> None:
        super().__init__(f"{attempts_left} attempts left")
        self.attempts_left = attempts_left


class InvitationLockedError(AuthError):
    code = "invitation_locked"
    sentence = "the invitation is locked after too many wrong codes"


class TokenMalformedError(AuthError):
    code = "token_malformed"
    sentence = "the token is malformed"


class TokenExpiredError(AuthError):
    code = "token_expired"
    sentence = "the token is outside its window of validity"


class TokenForeignError(AuthError):
    code = "token_foreign"
    sentence = "the token was not made by this installation for this use"


class TokenWrongTypeError(AuthError):
    code = "token_wrong_type"
    sentence = "the token is of another type"


class TokenUsedError(AuthError):
    code = "token_used"
    sentence = "the token was already used"


class ProofMissingError(AuthError):
    code = "proof_missing"
    sentence = "no proof of the device key was given"


class ProofInvalidError(AuthError):
    code = "proof_invalid"
    sentence = "the proof of the device key is invalid"


class ProofReplayedError(AuthError):
    code = "proof_replayed"
    sentence = "the proof of the device key was already used"


class ProofMismatchError(AuthError):
    code = "proof_mismatch"
    sentence = "the proven key is not the key of the token"


class TicketUnknownError(AuthError):
    code = "ticket_unknown"
    sentence = "the ticket is unknown, used or too old"


class FingerprintMissingError(AuthError):
    code = "fingerprint_missing"
    sentence = "the offer has no SHA-256 fingerprint"


class FingerprintAmbiguousError(AuthError):
    code = "fingerprint_ambiguous"
    sentence = "the offer does not name one certificate"


class FingerprintMismatchError(AuthError):
    code = "fingerprint_mismatch"
    sentence = "the offer's fingerprint is not the token's"


class SignatureInvalidError(AuthError):
    code = "signature_invalid"
    sentence = "the signature does not hold for this document"


class SignatureForeignError(AuthError):
    code = "signature_foreign"
    sentence = "the document was signed with another key than this device's"


class OpenIDUnavailableError(AuthError):
    code = "openid_unavailable"
    sentence = "the OpenID provider cannot be used"


class OpenIDMalformedError(AuthError):
    code = "openid_malformed"
    sentence = "the provider's token is malformed"


class OpenIDForeignError(AuthError):
    code = "openid_foreign"
    sentence = "the provider's token was not made by it for this installation"


class OpenIDExpiredError(AuthError):
    code = "openid_expired"
    sentence = "the provider's token is outside its window of validity"


class OpenIDNonceError(AuthError):
    code = "openid_nonce"
    sentence = "the provider's token answers another sign-in"


class OpenIDAssuranceError(AuthError):
    code = "openid_assurance"
    sentence = "the sign-in is not of an accepted level of assurance"


class OpenIDSubjectError(AuthError):
    code = "openid_subject"
    sentence = "somebody else signed in"


class KeysUnsafeError(AuthError):
    """The text names the file, what is wrong and the command that repairs it."""

    code = "keys_unsafe"
    sentence = "refusing to use keys that others could read or replace"

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path} {problem}; {remedy}")
        self.path = path
        self.remedy = remedy


class KeysInvalidError(AuthError):
    code = "keys_invalid"
    sentence = "the key file cannot be used"

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path} {problem}; restore it from a backup, or move it away to make one")
        self.path = path
