from __future__ import annotations

import base64
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.errors import (
    AuthError,
    ProofInvalidError,
    ProofMismatchError,
    ProofMissingError,
    ProofReplayedError,
)
from auth.proofs import ProofVerifier, require_key
from tests.auth.forge import URL, Device, base64url_json, new_private_key, sign_es256, sign_hs256

NOW_S = 1_790_000_000


def verify(verifier: ProofVerifier, proof: str | None, **request: Any) -> str:
    arguments = {"method": "POST", "url": URL, "access_token": None} | request
    return verifier.verify(proof, **arguments)


def test_a_good_proof_gives_the_thumbprint_of_its_key(
    verifier: ProofVerifier, device: Device
) -> None:
    assert verify(verifier, device.proof()) == device.jkt


def test_a_proof_with_a_token_names_that_token(verifier: ProofVerifier, device: Device) -> None:
    proof = device.proof(access_token="token-a")
    assert verify(verifier, proof, access_token="token-a") == device.jkt
    for other in (device.proof(access_token="token-b"), device.proof()):
        with pytest.raises(ProofInvalidError, match="ath"):
            verify(verifier, other, access_token="token-a")


def test_a_proof_made_with_a_token_does_not_serve_without(
    verifier: ProofVerifier, device: Device
) -> None:
    with pytest.raises(ProofInvalidError, match="ath"):
        verify(verifier, device.proof(access_token="token-a"))


@pytest.mark.parametrize("proof", [None, ""])
def test_no_proof_is_told_apart_from_a_bad_one(verifier: ProofVerifier, proof: str | None) -> None:
    with pytest.raises(ProofMissingError):
        verify(verifier, proof)


def test_a_proof_serves_once(verifier: ProofVerifier, device: Device) -> None:
    proof = device.proof()
    verify(verifier, proof)
    with pytest.raises(ProofReplayedError):
        verify(verifier, proof)


def test_a_proof_refused_for_its_request_is_not_used_up(
    verifier: ProofVerifier, device: Device
) -> None:
    proof = device.proof()
    with pytest.raises(ProofInvalidError):
        verify(verifier, proof, method="GET")
    assert verify(verifier, proof) == device.jkt


def test_two_devices_may_choose_the_same_jti(verifier: ProofVerifier) -> None:
    first, second = Device(), Device()
    assert verify(verifier, first.proof(jti="same")) == first.jkt
    assert verify(verifier, second.proof(jti="same")) == second.jkt


@pytest.mark.parametrize(
    ("drift_s", "accepted"), [(0, True), (60, True), (-60, True), (61, False), (-61, False)]
)
def test_a_proof_is_recent_on_both_sides(device: Device, drift_s: int, *, accepted: bool) -> None:
    verifier = ProofVerifier(60, now=lambda: NOW_S)
    proof = device.proof(iat=NOW_S + drift_s)
    if accepted:
        assert verify(verifier, proof) == device.jkt
    else:
        with pytest.raises(ProofInvalidError, match="not recent"):
            verify(verifier, proof)


def test_a_device_whose_clock_is_a_little_ahead_is_heard(
    verifier: ProofVerifier, device: Device
) -> None:
    assert verify(verifier, device.proof(iat=int(time.time()) + 30)) == device.jkt


def test_a_replay_is_refused_at_every_moment_of_the_window(device: Device) -> None:
    now_s = float(NOW_S)
    verifier = ProofVerifier(60, now=lambda: now_s)
    proof = device.proof(iat=NOW_S)
    verify(verifier, proof)
    for seconds in (1, 59, 60, 61, 500):
        now_s = NOW_S + seconds
        with pytest.raises((ProofReplayedError, ProofInvalidError)):
            verify(verifier, proof)


def test_a_flood_does_not_make_room_for_a_replay(device: Device) -> None:
    verifier = ProofVerifier(60, capacity=10, now=lambda: NOW_S)
    captured = device.proof(iat=NOW_S)
    verify(verifier, captured)
    flooder = Device()
    for seconds in range(15):
        verify(verifier, flooder.proof(iat=NOW_S + 1 + seconds))
    with pytest.raises(ProofReplayedError):
        verify(verifier, captured)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        URL + "?page=2",
        URL + "#top",
        "HTTPS://VisioJury.example/api/tickets",
        "https://visiojury.example:443/api/tickets",
    ],
)
def test_addresses_that_mean_the_same_are_the_same(
    verifier: ProofVerifier, device: Device, url: str
) -> None:
    assert verify(verifier, device.proof(), url=url) == device.jkt
    assert verify(verifier, device.proof(url=url)) == device.jkt


@pytest.mark.parametrize(
    "url",
    [
        "http://visiojury.example/api/tickets",
        "https://visiojury.example:8443/api/tickets",
        "https://visiojury.example.net/api/tickets",
        "https://visiojury.example/api/tickets/",
        "https://visiojury.example/API/tickets",
        "https://user@visiojury.example/api/tickets",
        "https://[visiojury.example/api/tickets",
        "https://visiojury.example:99999/api/tickets",
        "/api/tickets",
        "",
        None,
        ["https://visiojury.example/api/tickets"],
    ],
)
def test_a_proof_for_another_address_is_refused(
    verifier: ProofVerifier, device: Device, url: Any
) -> None:
    with pytest.raises(ProofInvalidError):
        verify(verifier, device.proof(url=url))


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
def test_a_proof_that_lacks_a_claim_is_refused(
    verifier: ProofVerifier, device: Device, name: str
) -> None:
    with pytest.raises(ProofInvalidError):
        verify(verifier, device.proof(without=name))


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "post"},
        {"htm": ["POST"]},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 129},
        {"iat": "now"},
        {"iat": True},
        {"iat": None},
        {"iat": float("nan")},
        {"iat": float("inf")},
        {"iat": 10**400},
        {"iat": -(10**400)},
        {"exp": 1},
        {"nbf": 10**12},
    ],
    ids=lambda claims: str(claims)[:20],
)
def test_a_proof_with_a_bad_claim_is_refused(
    verifier: ProofVerifier, device: Device, claims: dict[str, Any]
) -> None:
    with pytest.raises(ProofInvalidError):
        verify(verifier, device.proof(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "vj-access+jwt"},
        {"typ": None},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": ["ES256"]},
        {"jwk": None},
        {"jwk": {}},
        {"crit": ["unheard-of"], "unheard-of": True},
        {"b64": False, "crit": ["b64"]},
        {"kid": 7},
    ],
    ids=str,
)
def test_a_proof_with_a_bad_header_is_refused(
    verifier: ProofVerifier, device: Device, header: dict[str, Any]
) -> None:
    with pytest.raises(ProofInvalidError):
        verify(verifier, device.proof(header=header))


def test_a_proof_that_discloses_its_private_key_is_refused(
    verifier: ProofVerifier, device: Device
) -> None:
    d = device.key.private_numbers().private_value.to_bytes(32, "big")
    disclosed = device.jwk | {"d": base64.urlsafe_b64encode(d).rstrip(b"=").decode()}
    with pytest.raises(ProofInvalidError, match="private"):
        verify(verifier, device.proof(header={"jwk": disclosed}))


def test_a_proof_signed_by_another_key_than_it_shows_is_refused(
    verifier: ProofVerifier, device: Device
) -> None:
    with pytest.raises(ProofInvalidError, match="InvalidSignature"):
        verify(verifier, device.proof(header={"jwk": Device().jwk}))


def test_an_unsigned_proof_is_refused(verifier: ProofVerifier, device: Device) -> None:
    header, claims, _ = device.proof(header={"alg": "none"}).split(".")
    with pytest.raises(ProofInvalidError):
        verify(verifier, f"{header}.{claims}.")


def test_a_proof_keyed_by_its_own_public_key_as_a_shared_secret_is_refused(
    verifier: ProofVerifier, device: Device
) -> None:
    claims = {"jti": "j", "htm": "POST", "htu": URL, "iat": int(time.time())}
    header = {"typ": "dpop+jwt", "jwk": device.jwk}
    forged = sign_hs256(header, claims, json.dumps(device.jwk).encode())
    with pytest.raises(ProofInvalidError, match="InvalidAlgorithm"):
        verify(verifier, forged)


def test_an_address_of_a_key_is_never_fetched(verifier: ProofVerifier) -> None:
    header = {"alg": "ES256", "typ": "dpop+jwt", "jku": "https://example.net/keys.json"}
    with pytest.raises(ProofInvalidError, match="not an object"):
        verify(verifier, sign_es256(header, {"jti": "j"}, new_private_key()))


def test_a_very_long_proof_is_refused_before_it_is_read(
    verifier: ProofVerifier, device: Device
) -> None:
    with pytest.raises(ProofInvalidError, match="short"):
        verify(verifier, device.proof(padding="x" * 4_000))


def test_the_key_of_the_token_is_required() -> None:
    require_key("thumbprint", "thumbprint")
    with pytest.raises(ProofMismatchError):
        require_key("thumbprint", "another")


segments = st.one_of(
    st.text(max_size=30),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ).map(base64url_json),
)


@given(parts=st.lists(segments, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_comes_as_a_proof_is_at_most_refused(
    verifier: ProofVerifier, parts: list[str]
) -> None:
    with pytest.raises(AuthError):
        verify(verifier, ".".join(parts))


claim_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
SHARED_DEVICE = Device()


@given(
    claims=st.dictionaries(
        st.sampled_from(["iat", "exp", "nbf", "jti", "htm", "htu", "ath", "aud", "iss", "sub"]),
        claim_values | st.lists(claim_values, max_size=2),
        min_size=1,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_a_device_signs_is_at_most_refused(
    verifier: ProofVerifier, claims: dict[str, Any]
) -> None:
    with suppress(ProofInvalidError, ProofReplayedError):
        assert verify(verifier, SHARED_DEVICE.proof(**claims)) == SHARED_DEVICE.jkt
