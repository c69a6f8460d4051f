from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth import oidc
from auth.discovery import provider_of
from auth.errors import (
    AuthError,
    OpenIDAssuranceError,
    OpenIDExpiredError,
    OpenIDForeignError,
    OpenIDMalformedError,
    OpenIDNonceError,
    OpenIDSubjectError,
)
from auth.jwk import base64url
from auth.oidc import LEEWAY_S, SignedIn
from tests.auth.forge import DISCOVERY, base64url_json, new_private_key
from tests.auth.forge import OPENID_ISSUER as ISSUER

pytestmark = pytest.mark.requirement("T1")

PROVIDER = provider_of(DISCOVERY, issuer=ISSUER)
PARTY = oidc.RelyingParty(
    client_id="visiojury",
    redirect_uri="https://visiojury.example/openid/callback",
    post_logout_redirect_uri="https://visiojury.example/openid/signed-out",
    scope="openid",
    algorithm="RS256",
    acr_values=("eidas1", "eidas2"),
)
NONCE = "n" * 43
WHO = SignedIn(issuer=ISSUER, subject="agent-1", acr="eidas1")
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def jwk_of(key: rsa.RSAPrivateKey, **more: str) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    n, e = (base64url(v.to_bytes((v.bit_length() + 7) // 8, "big")) for v in (numbers.n, numbers.e))
    return {"kty": "RSA", "n": n, "e": e, "kid": "one", **more}


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good ID token, but for what `changes` changes; None takes away."""
    now_s = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": "visiojury",
        "sub": "agent-1",
        "iat": now_s,
        "exp": now_s + 60,
        "nonce": NONCE,
        "acr": "eidas1",
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


def signed(content: dict[str, Any], key: Any = KEY, algorithm: str = "RS256") -> str:
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": "one"})


def verified(token: str, *, key: dict[str, Any] | None = None, nonce: str = NONCE) -> SignedIn:
    return oidc.verify_id_token(
        token, key=key or jwk_of(KEY), provider=PROVIDER, party=PARTY, nonce=nonce
    )


def checked(token: str, *, key: dict[str, Any] | None = None) -> None:
    oidc.verify_userinfo(
        token, key=key or jwk_of(KEY), provider=PROVIDER, party=PARTY, signed_in=WHO
    )


def test_a_good_token_says_who_signed_in_and_how_surely() -> None:
    assert verified(signed(claims())) == WHO
    assert verified(signed(claims(aud=["visiojury"], azp="visiojury"))) == WHO
    checked(signed(claims(nonce=None, acr=None, exp=None, iat=None)))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"iss": "https://elsewhere.example"}, OpenIDForeignError),
        ({"iss": ISSUER + "/"}, OpenIDForeignError),
        ({"aud": "another-client"}, OpenIDForeignError),
        ({"aud": ["visiojury", "another-client"]}, OpenIDForeignError),
        ({"azp": "another-client"}, OpenIDForeignError),
        ({"nonce": "m" * 43}, OpenIDNonceError),
        ({"nonce": "é"}, OpenIDNonceError),
        ({"nonce": 7}, OpenIDNonceError),
        ({"acr": "eidas3"}, OpenIDAssuranceError),
        ({"acr": None}, OpenIDAssuranceError),
        ({"acr": ["eidas1"]}, OpenIDAssuranceError),
        ({"sub": ""}, OpenIDMalformedError),
        ({"sub": "s" * 201}, OpenIDMalformedError),
        *(({name: None}, OpenIDMalformedError) for name in ("iss", "aud", "sub", "iat", "exp")),
        ({"nonce": None}, OpenIDMalformedError),
    ],
)
def test_an_id_token_with_a_wrong_claim(changes: dict[str, Any], refusal: type[AuthError]) -> None:
    with pytest.raises(refusal):
        verified(signed(claims(**changes)))


@pytest.mark.parametrize(
    ("late_s", "is_taken"), [(LEEWAY_S - 5, True), (LEEWAY_S + 5, False), (3_600, False)]
)
def test_an_id_token_is_good_for_its_window_and_half_a_minute(late_s: int, is_taken: bool) -> None:
    now_s = int(time.time())
    for content in (claims(exp=now_s - late_s), claims(iat=now_s + late_s)):
        if is_taken:
            assert verified(signed(content)) == WHO
        else:
            with pytest.raises(OpenIDExpiredError):
                verified(signed(content))


@pytest.mark.parametrize(("late_s", "is_taken"), [(25, True), (35, False)])
def test_clocks_may_differ_by_half_a_minute_and_no_more(late_s: int, *, is_taken: bool) -> None:
    token = signed(claims(exp=int(time.time()) - late_s))
    if is_taken:
        assert verified(token) == WHO
    else:
        with pytest.raises(OpenIDExpiredError):
            verified(token)


def test_state_and_nonce_are_long_and_never_the_same() -> None:
    attempts = [oidc.new_attempt() for _ in range(50)]
    for one in attempts:
        assert min(len(one.state), len(one.nonce)) >= 32  # what ProConnect asks
        assert len(one.code_verifier) >= 43  # RFC 7636 section 4.1
    values = {text for one in attempts for text in (one.state, one.nonce, one.code_verifier)}
    assert len(values) == 150


def test_one_algorithm_is_taken_whatever_the_token_or_the_key_says() -> None:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    stronger = signed(claims(), algorithm="PS256")
    elliptic = signed(claims(), key=new_private_key(), algorithm="ES256")
    none = f"{base64url_json({'alg': 'none', 'kid': 'one'})}.{base64url_json(claims())}."
    # What a library that lets the token choose takes for an HMAC with the public key.
    secret = base64url(public) * 2
    symmetric = signed(claims(), key=secret, algorithm="HS256")
    for token in (stronger, elliptic, none, symmetric):
        for key in (jwk_of(KEY), jwk_of(KEY, alg="PS256")):
            with pytest.raises(OpenIDForeignError):
                verified(token, key=key)


def test_a_key_that_is_not_the_providers() -> None:
    with pytest.raises(OpenIDForeignError):
        verified(signed(claims(), key=OTHER_KEY))
    embedded = jwt.encode(
        claims(), OTHER_KEY, algorithm="RS256", headers={"kid": "one", "jwk": jwk_of(OTHER_KEY)}
    )
    with pytest.raises(OpenIDForeignError):
        verified(embedded)
    with pytest.raises(OpenIDForeignError):
        oidc.verify_id_token(
            signed(claims()), key=None, provider=PROVIDER, party=PARTY, nonce=NONCE
        )
    with pytest.raises(OpenIDForeignError):
        verified(signed(claims()), key={"kid": "one", "kty": "EC"})


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 20_000, '{"sub": "agent-1"}'])
def test_what_is_no_signed_token_names_no_key(token: str) -> None:
    with pytest.raises(OpenIDMalformedError):
        oidc.kid_of(token)


def test_a_token_names_its_key() -> None:
    assert oidc.kid_of(signed(claims())) == "one"
    with pytest.raises(OpenIDMalformedError):
        oidc.kid_of(jwt.encode(claims(), KEY, algorithm="RS256"))


def test_userinfo_is_signed_and_of_who_signed_in() -> None:
    with pytest.raises(OpenIDSubjectError):
        checked(signed(claims(sub="agent-2")))
    for changes in ({"aud": "another-client"}, {"iss": "https://elsewhere.example"}):
        with pytest.raises(OpenIDForeignError):
            checked(signed(claims(**changes)))
    with pytest.raises(OpenIDForeignError):
        checked(signed(claims(), key=OTHER_KEY))
    with pytest.raises(OpenIDExpiredError):
        checked(signed(claims(exp=int(time.time()) - 60)))
    with pytest.raises(OpenIDForeignError):
        checked(f"{base64url_json({'alg': 'none', 'kid': 'one'})}.{base64url_json(claims())}.")


def test_the_request_asks_for_a_new_sign_in_and_nothing_that_is_not_announced() -> None:
    attempt = oidc.new_attempt()
    url = oidc.authorization_url(PROVIDER, PARTY, attempt)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert asked == {
        "response_type": "code",
        "client_id": "visiojury",
        "redirect_uri": "https://visiojury.example/openid/callback",
        "scope": "openid",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "prompt": "login",
        "acr_values": "eidas1 eidas2",
    }
    assert min(len(attempt.state), len(attempt.nonce)) >= 32
    form = oidc.token_request(PROVIDER, PARTY, attempt, code="c", client_secret="s")
    assert "code_verifier" not in form
    attempts = [oidc.new_attempt() for _ in range(50)]
    assert len({text for one in attempts for text in (one.state, one.nonce)}) == 100
    assert attempt.nonce not in repr(attempt)


def test_pkce_where_the_provider_announces_it() -> None:
    announced = {**DISCOVERY, "code_challenge_methods_supported": ["plain", "S256"]}
    provider = provider_of(announced, issuer=ISSUER)
    # Source: RFC 7636, appendix B.
    attempt = replace(
        oidc.new_attempt(), code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    asked = parse_qs(urlsplit(oidc.authorization_url(provider, PARTY, attempt)).query)
    assert asked["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
    assert asked["code_challenge_method"] == ["S256"]
    form = oidc.token_request(provider, PARTY, attempt, code="c", client_secret="s")
    assert form["code_verifier"] == attempt.code_verifier


def test_the_sign_out_names_the_sign_in_and_where_to_come_back_to() -> None:
    assert oidc.end_session_url(PROVIDER, PARTY, "a.b.c") is None
    where = {**DISCOVERY, "end_session_endpoint": f"{ISSUER}/session/end?tenant=1"}
    provider = provider_of(where, issuer=ISSUER)
    urls = [oidc.end_session_url(provider, PARTY, "a.b.c") or "" for _ in range(50)]
    asked = [parse_qs(urlsplit(url).query) for url in urls]
    assert {url.partition("?")[0] for url in urls} == {f"{ISSUER}/session/end"}
    states = {one.pop("state")[0] for one in asked}
    assert len(states) == 50
    assert min(map(len, states)) >= 32  # what ProConnect asks
    assert asked[0] == {
        "tenant": ["1"],
        "id_token_hint": ["a.b.c"],
        "post_logout_redirect_uri": ["https://visiojury.example/openid/signed-out"],
    }
