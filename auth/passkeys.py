"""Passkeys: a key pair that a person's device uses only once it has verified the person.

Pure rules over what the browser answers to a challenge. `webauthn` parses the answer and judges it:
challenge, origin, relying party, verification of the person, counter, signature. Its reasons are
texts, so which of them held is read again from what was answered, to give it a stable code.
The caller gives each challenge once, and records the passkey as it comes back from here: a counter
that does not rise is a copy of the authenticator.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_attestation_object,
    parse_authenticator_data,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    ClientDataType,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auth.errors import (
    AuthError,
    PasskeyChallengeError,
    PasskeyCounterError,
    PasskeyForeignError,
    PasskeyInvalidError,
    PasskeyMalformedError,
    PasskeyOriginError,
    PasskeyRelyingPartyError,
    PasskeyUnverifiedError,
)

Answer = Mapping[str, Any]
"""What the browser made of a credential, in the standard's JSON form (section 5.1), unchecked."""

Ceremony = Literal["registration", "authentication"]
"""A passkey is made, or one that was made before is used."""

TIMEOUT_S = 300
"""Long enough to fetch one's telephone (section 15.1: five to ten minutes)."""
MOST_ID_BYTES = 1023
"""Of a credential's identifier. Source: section 7.1, step 25."""
MOST_KEY_BYTES = 1024
"""Of a public key: RSA of 4096 bits takes some 530."""
ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,  # Windows Hello on older TPMs
)
_NAME = "VisioJury"
_TYPES: dict[Ceremony, ClientDataType] = {
    "registration": ClientDataType.WEBAUTHN_CREATE,
    "authentication": ClientDataType.WEBAUTHN_GET,
}
_HANDLE_LABEL = "visiojury-passkey-v1"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom passkeys are made: a host name, and the origins of its pages."""

    rp_id: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, origins: Iterable[str]) -> Self | None:
        """Return that of the first origin; None: it has no host name, which passkeys need."""
        by_host = [(urlsplit(origin).hostname or "", origin) for origin in origins]
        rp_id = by_host[0][0]
        try:
            ipaddress.ip_address(rp_id)
        except ValueError:
            return cls(rp_id, tuple(origin for host, origin in by_host if host == rp_id))
        return None


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of a person's passkey; nothing of it is secret."""

    credential_id: str
    """Base64url, as `public_key`."""
    public_key: str
    """COSE (RFC 9052)."""
    sign_count: int
    """As the authenticator counted at its last use; 0 where it does not count."""


def user_handle(owner: str) -> bytes:
    """Return what an authenticator files the passkey of `owner` under; says nothing of a person."""
    return hashlib.sha256(f"{_HANDLE_LABEL}\x00{owner}".encode()).digest()


def registration_options(
    party: RelyingParty, *, challenge: bytes, owner: str, label: str
) -> dict[str, Any]:
    """Return what the browser makes a passkey with.

    Args:
        party: who it is for.
        challenge: given once.
        owner: whom it is bound to.
        label: what the person's device shows it under; leaves the installation.
    """
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name=_NAME,
        user_id=user_handle(owner),
        user_name=label,
        challenge=challenge,
        timeout=TIMEOUT_S * 1000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return _json(options)


def authentication_options(
    party: RelyingParty, credential_id: str, *, challenge: bytes
) -> dict[str, Any]:
    """Return what the browser asks a person's passkey with."""
    known = PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id))
    options = webauthn.generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_S * 1000,
        allow_credentials=[known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _json(options)


def verify_registration(answer: Answer, *, party: RelyingParty, challenge: bytes) -> Passkey:
    """Return the passkey that the person's device made.

    Raises:
        AuthError: it cannot be used, one class for each reason.
    """
    try:
        verified = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except Exception as error:
        raise _refusal("registration", answer, party, challenge) from error
    credential_id, public_key = verified.credential_id, verified.credential_public_key
    if len(credential_id) > MOST_ID_BYTES or len(public_key) > MOST_KEY_BYTES:
        raise PasskeyMalformedError("too long")
    return Passkey(
        bytes_to_base64url(credential_id), bytes_to_base64url(public_key), verified.sign_count
    )


def verify_authentication(
    answer: Answer, *, party: RelyingParty, challenge: bytes, passkey: Passkey, owner: str
) -> Passkey:
    """Return the passkey as it stands after this use.

    Args:
        answer: of the browser.
        party: who asked.
        challenge: that was given for it.
        passkey: the person's, as it stood.
        owner: whom it is bound to.

    Raises:
        AuthError: it proves nothing, one class for each reason.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        if _is_foreign(answer, passkey, owner):
            raise PasskeyForeignError from error
        raise _refusal("authentication", answer, party, challenge, passkey.sign_count) from error
    if _is_foreign(answer, passkey, owner):
        raise PasskeyForeignError
    return replace(passkey, sign_count=verified.new_sign_count)


def _is_foreign(answer: Answer, passkey: Passkey, owner: str) -> bool:
    """Return whether another credential answered, or one filed under somebody else."""
    response = answer.get("response")
    filed = response.get("userHandle") if isinstance(response, Mapping) else None
    mine = bytes_to_base64url(user_handle(owner))
    return answer.get("id") != passkey.credential_id or filed not in {None, "", mine}


def _refusal(
    ceremony: Ceremony,
    answer: Answer,
    party: RelyingParty,
    challenge: bytes,
    sign_count: int = 0,
) -> AuthError:
    """Return why `answer` was refused: the first that holds, in the library's order."""
    try:
        client, said = _read(ceremony, answer)
    except Exception as error:  # noqa: BLE001  (what the library raises has no one base)
        return PasskeyMalformedError(type(error).__name__)
    if client.challenge != challenge:
        return PasskeyChallengeError()
    if client.origin not in party.origins:
        return PasskeyOriginError()
    if said.rp_id_hash != hashlib.sha256(party.rp_id.encode()).digest():
        return PasskeyRelyingPartyError()
    if not (said.flags.up and said.flags.uv):
        return PasskeyUnverifiedError()
    if sign_count > 0 and said.sign_count <= sign_count:
        return PasskeyCounterError()
    return PasskeyInvalidError()


def _read(ceremony: Ceremony, answer: Answer) -> tuple[CollectedClientData, AuthenticatorData]:
    """Return what the browser says, and what the authenticator. Raises: whatever is wrong."""
    response = answer["response"]
    client = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
    if client.type != _TYPES[ceremony]:
        raise ValueError("of another ceremony")
    if ceremony == "registration":
        made = parse_attestation_object(base64url_to_bytes(response["attestationObject"]))
        return client, made.auth_data
    return client, parse_authenticator_data(base64url_to_bytes(response["authenticatorData"]))


def _json(
    options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions,
) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return value
