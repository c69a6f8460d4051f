"""Real answers of an authenticator, each wrong in one thing, and the code it is refused with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from webauthn.helpers import bytes_to_base64url

from auth import passkeys
from auth.errors import AuthError
from auth.passkeys import Passkey, RelyingParty
from tests.passkeys import UP, UV, Authenticator

pytestmark = pytest.mark.requirement("T1")

ORIGIN = "https://visio.example.gouv.fr"
PARTY = RelyingParty("visio.example.gouv.fr", (ORIGIN,))
CHALLENGE, OTHER_CHALLENGE = b"\x01" * 32, b"\x02" * 32
OWNER = "session-1/chair"

Lie = Callable[[Authenticator], None]


def lie(name: str, value: Any) -> Lie:
    return lambda device: setattr(device, name, value)


LIES: tuple[tuple[Lie, str], ...] = (
    (lie("origin", "https://visio.example.gouv.fr.evil.example"), "passkey_origin"),
    (lie("origin", "http://visio.example.gouv.fr"), "passkey_origin"),
    (lie("rp_id", "gouv.fr"), "passkey_relying_party"),
    (lie("flags", UP), "passkey_unverified"),
    (lie("flags", UV), "passkey_unverified"),
)


def device_of(**changes: Any) -> Authenticator:
    return Authenticator(ORIGIN, PARTY.rp_id, **changes)


def registered(device: Authenticator) -> Passkey:
    options = passkeys.registration_options(PARTY, challenge=CHALLENGE, owner=OWNER, label="s")
    return passkeys.verify_registration(device.answer(options), party=PARTY, challenge=CHALLENGE)


def used(answer: dict[str, Any], passkey: Passkey, *, owner: str = OWNER) -> Passkey:
    return passkeys.verify_authentication(
        answer, party=PARTY, challenge=CHALLENGE, passkey=passkey, owner=owner
    )


def answer_of(device: Authenticator, challenge: bytes = CHALLENGE) -> dict[str, Any]:
    return device.get(bytes_to_base64url(challenge))


def code_of(refused: Callable[[], object]) -> str:
    with pytest.raises(AuthError) as refusal:
        refused()
    return refusal.value.code


def test_a_passkey_is_registered_then_used_and_its_counter_kept() -> None:
    device = device_of()
    passkey = registered(device)
    assert passkey.sign_count == 1
    passkey = used(answer_of(device), passkey)
    assert used(answer_of(device), passkey) == replace(passkey, sign_count=3)


def test_an_authenticator_that_does_not_count_comes_back() -> None:
    device = device_of(counts=False)
    passkey = registered(device)
    assert used(answer_of(device), passkey) == passkey


@pytest.mark.parametrize(("tell", "code"), LIES)
def test_a_registration_that_is_wrong_in_one_thing(tell: Lie, code: str) -> None:
    device = device_of()
    tell(device)
    assert code_of(lambda: registered(device)) == code


@pytest.mark.parametrize(("tell", "code"), LIES)
def test_a_use_that_is_wrong_in_one_thing(tell: Lie, code: str) -> None:
    device = device_of()
    passkey = registered(device)
    tell(device)
    assert code_of(lambda: used(answer_of(device), passkey)) == code


def test_an_answer_to_another_challenge_is_a_replay() -> None:
    device = device_of()
    options = passkeys.registration_options(PARTY, challenge=CHALLENGE, owner=OWNER, label="s")
    made = device.answer(options, challenge=bytes_to_base64url(OTHER_CHALLENGE))
    verify = passkeys.verify_registration
    assert code_of(lambda: verify(made, party=PARTY, challenge=CHALLENGE)) == "passkey_challenge"
    passkey = registered(device)
    old = answer_of(device, OTHER_CHALLENGE)
    assert code_of(lambda: used(old, passkey)) == "passkey_challenge"


@pytest.mark.parametrize("step", [-1, 0])
def test_a_counter_that_does_not_rise_is_a_copy(step: int) -> None:
    device = device_of(sign_count=40)
    passkey = registered(device)
    device.sign_count = passkey.sign_count + step - 1
    assert code_of(lambda: used(answer_of(device), passkey)) == "passkey_counter"


def test_another_persons_passkey_is_refused_whatever_it_says_it_is() -> None:
    mine, theirs = device_of(), device_of()
    passkey = registered(mine)
    registered(theirs)
    assert code_of(lambda: used(answer_of(theirs), passkey)) == "passkey_foreign"
    theirs.credential_id = mine.credential_id
    assert code_of(lambda: used(answer_of(theirs), passkey)) == "passkey_invalid"
    filed_elsewhere = answer_of(mine)
    assert code_of(lambda: used(filed_elsewhere, passkey, owner="s/other")) == "passkey_foreign"


def test_what_was_signed_cannot_be_changed() -> None:
    device = device_of()
    passkey = registered(device)
    answer = answer_of(device)
    answer["response"]["signature"] = answer_of(device)["response"]["signature"]
    assert code_of(lambda: used(answer, passkey)) == "passkey_invalid"


def test_an_answer_of_the_other_ceremony_is_refused() -> None:
    device = device_of()
    options = passkeys.registration_options(PARTY, challenge=CHALLENGE, owner=OWNER, label="s")
    made, passkey = device.answer(options), registered(device)
    assert code_of(lambda: used(made, passkey)) == "passkey_malformed"
    verify = passkeys.verify_registration
    got = answer_of(device)
    assert code_of(lambda: verify(got, party=PARTY, challenge=CHALLENGE)) == "passkey_malformed"


def test_what_is_too_long_for_the_record_is_refused() -> None:
    long = device_of(credential_id=bytes(passkeys.MOST_ID_BYTES + 1))
    assert code_of(lambda: registered(long)) == "passkey_malformed"
    longest = registered(device_of(credential_id=bytes(passkeys.MOST_ID_BYTES)))
    assert len(longest.credential_id) <= 1400  # what an event holds


def _changed(answer: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(answer)
    *parents, last = path
    place = changed
    for name in parents:
        place = place[name]
    place[last] = value
    return changed


@pytest.mark.parametrize("value", [None, 7, "", "!", "AAAA", {}, bytes_to_base64url(b"\xff" * 80)])
@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject", "authenticatorData"])
def test_what_cannot_be_read_is_refused_and_no_error_of_ours(part: str, value: object) -> None:
    device = device_of()
    passkey = registered(device)
    options = passkeys.registration_options(PARTY, challenge=CHALLENGE, owner=OWNER, label="s")
    verify = passkeys.verify_registration
    is_made = part == "attestationObject"
    whole = device.answer(options) if is_made else answer_of(device)
    answer = _changed(whole, ("response", part), value)
    refused = code_of(
        lambda: (
            verify(answer, party=PARTY, challenge=CHALLENGE) if is_made else used(answer, passkey)
        )
    )
    assert refused == "passkey_malformed"


@pytest.mark.parametrize("answer", [{}, {"id": 1}, {"response": []}, {"response": None, "id": ""}])
def test_an_answer_that_is_none(answer: dict[str, Any]) -> None:
    passkey = registered(device_of())
    assert code_of(lambda: used(answer, passkey)) == "passkey_foreign"
    verify = passkeys.verify_registration
    assert code_of(lambda: verify(answer, party=PARTY, challenge=CHALLENGE)) == "passkey_malformed"


def test_what_is_asked_of_the_browser() -> None:
    made = passkeys.registration_options(PARTY, challenge=CHALLENGE, owner=OWNER, label="vae-2026")
    assert made["rp"] == {"id": PARTY.rp_id, "name": "VisioJury"}
    assert made["attestation"] == "none"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert "chair" not in json.dumps(made)  # it leaves for the maker of the person's device
    asked = passkeys.authentication_options(PARTY, "AAAA", challenge=CHALLENGE)
    assert (asked["rpId"], asked["userVerification"]) == (PARTY.rp_id, "required")
    assert [one["id"] for one in asked["allowCredentials"]] == ["AAAA"]


def test_the_relying_party_is_the_host_of_the_public_origin() -> None:
    origins = ("https://a.example:8443", "https://b.example", "https://a.example")
    assert RelyingParty.of(origins) == RelyingParty("a.example", (origins[0], origins[2]))
    assert RelyingParty.of(("http://192.0.2.1:8080",)) is None
    assert RelyingParty.of(("https://[2001:db8::1]",)) is None
