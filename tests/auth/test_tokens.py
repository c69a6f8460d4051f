from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.errors import (
    AuthError,
    FingerprintMismatchError,
    FingerprintMissingError,
    ProofMismatchError,
    TokenExpiredError,
    TokenForeignError,
    TokenMalformedError,
    TokenUsedError,
    TokenWrongTypeError,
)
from auth.tokens import ACCESS_MAX_S, ADMIN_MAX_S, MEDIA_MAX_S, AccessClaims, MediaClaims, Tokens
from tests.auth.forge import (
    FINGERPRINT,
    ISSUER,
    OTHER_FINGERPRINT,
    Device,
    Mint,
    base64url_json,
    new_private_key,
    sign_es256,
    sign_hs256,
)


def access(tokens: Tokens, **changes: Any) -> str:
    arguments = {"session": "session-1", "role": "chair", "invitation": "i-1", "jkt": "key-1"}
    return tokens.access("participant-1", **(arguments | changes))


def media(tokens: Tokens, **changes: Any) -> str:
    arguments = {"room": "room-1", "role": "chair", "jkt": "key-1", "fingerprint": FINGERPRINT}
    return tokens.media("participant-1", **(arguments | changes))


def verify_media(tokens: Tokens, token: str, **changes: Any) -> MediaClaims:
    arguments = {"offer_fingerprint": FINGERPRINT, "jkt": "key-1"} | changes
    return tokens.verify_media(token, **arguments)


# Good tokens


def test_an_access_token_says_who_it_was_made_for(mint: Mint) -> None:
    before = int(time.time())
    claims = mint.tokens.verify_access(access(mint.tokens))
    assert claims == AccessClaims(
        subject="participant-1",
        session="session-1",
        role="chair",
        invitation="i-1",
        jkt="key-1",
        token_id=claims.token_id,
        issued_ms=claims.issued_ms,
        expires_ms=claims.issued_ms + ACCESS_MAX_S * 1000,
    )
    assert before * 1000 <= claims.issued_ms <= time.time() * 1000


def test_an_access_token_serves_many_times_and_each_has_its_own_id(mint: Mint) -> None:
    token = access(mint.tokens)
    first, again = (mint.tokens.verify_access(token) for _ in range(2))
    assert first == again
    assert mint.tokens.verify_access(access(mint.tokens)).token_id != first.token_id


def test_a_token_made_before_a_restart_is_good_after_it(tmp_path: Path) -> None:
    token = access(Mint(tmp_path / "keys").tokens)
    assert Mint(tmp_path / "keys").tokens.verify_access(token).subject == "participant-1"


def test_a_media_token_lets_its_certificate_connect(mint: Mint) -> None:
    claims = verify_media(mint.tokens, media(mint.tokens, fingerprint=FINGERPRINT.lower()))
    assert (claims.subject, claims.room, claims.role) == ("participant-1", "room-1", "chair")
    assert (claims.jkt, claims.fingerprint) == ("key-1", FINGERPRINT)


def test_a_token_of_the_command_line_is_good_for_a_while(mint: Mint) -> None:
    mint.tokens.verify_admin(mint.tokens.admin())
    with pytest.raises(TokenExpiredError):
        mint.tokens.verify_admin(late(mint, ADMIN_MAX_S + 6).admin())


# Media tokens: once, one key, one certificate


def test_a_media_token_serves_once(mint: Mint) -> None:
    token = media(mint.tokens)
    verify_media(mint.tokens, token)
    with pytest.raises(TokenUsedError):
        verify_media(mint.tokens, token)


def test_an_offer_with_another_certificate_is_refused_and_leaves_the_token(mint: Mint) -> None:
    token = media(mint.tokens)
    with pytest.raises(FingerprintMismatchError):
        verify_media(mint.tokens, token, offer_fingerprint=OTHER_FINGERPRINT)
    assert verify_media(mint.tokens, token).subject == "participant-1"


def test_an_offer_by_another_key_is_refused_and_leaves_the_token(mint: Mint) -> None:
    token = media(mint.tokens)
    with pytest.raises(ProofMismatchError):
        verify_media(mint.tokens, token, jkt="key-2")
    assert verify_media(mint.tokens, token).subject == "participant-1"


def test_a_media_token_needs_a_fingerprint(mint: Mint) -> None:
    with pytest.raises(FingerprintMissingError):
        media(mint.tokens, fingerprint="AB:CD")


@pytest.mark.parametrize("lifetime_s", [0, -1, MEDIA_MAX_S + 1])
def test_no_media_token_lives_over_a_minute(mint: Mint, lifetime_s: int) -> None:
    with pytest.raises(ValueError, match="1 to 60 seconds"):
        media(mint.tokens, lifetime_s=lifetime_s)


def test_a_media_token_that_lives_over_a_minute_is_refused_even_if_we_signed_it(mint: Mint) -> None:
    now = int(time.time())
    confirmation = {"jkt": "key-1", "dtls": FINGERPRINT}
    claims = mint.claims(aud="visiojury-media", room="r", cnf=confirmation, exp=now + 61)
    with pytest.raises(TokenMalformedError, match="too long"):
        verify_media(mint.tokens, mint.sign(claims, typ="vj-media+jwt"))


# Every way to be refused


def late(mint: Mint, seconds: int) -> Tokens:
    """Return the same installation as it was `seconds` ago."""
    return Tokens(mint.keys, ISSUER, now=lambda: time.time() - seconds)


def test_the_forge_makes_good_tokens_when_asked_to(mint: Mint) -> None:
    """Else every refusal below could have another reason than the one it names."""
    assert mint.tokens.verify_access(mint.sign(mint.claims())).subject == "participant-1"


@pytest.mark.parametrize(
    ("age_s", "lifetime_s", "accepted"), [(100, 100, True), (106, 100, False), (-60, 100, False)]
)
def test_a_token_is_good_in_its_window_only(
    mint: Mint, age_s: int, lifetime_s: int, *, accepted: bool
) -> None:
    token = access(late(mint, age_s), lifetime_s=lifetime_s)
    if accepted:
        assert mint.tokens.verify_access(token).role == "chair"
    else:
        with pytest.raises(TokenExpiredError):
            mint.tokens.verify_access(token)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused(mint: Mint, name: str) -> None:
    with pytest.raises(TokenExpiredError):
        mint.tokens.verify_access(mint.sign(mint.claims(**{name: int(time.time()) + 30})))


@pytest.mark.parametrize(
    "name",
    ["iss", "aud", "sub", "session", "role", "invitation", "jti", "iat", "nbf", "exp", "cnf"],
)
def test_a_token_that_lacks_a_claim_is_refused(mint: Mint, name: str) -> None:
    claims = mint.claims()
    del claims[name]
    with pytest.raises(TokenMalformedError):
        mint.tokens.verify_access(mint.sign(claims))


@pytest.mark.parametrize(
    "change",
    [
        {"sub": 7},
        {"sub": ""},
        {"session": ["s"]},
        {"role": {}},
        {"jti": 7},
        {"cnf": "key"},
        {"cnf": {}},
        {"cnf": {"jkt": 7}},
        {"exp": "tomorrow"},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"exp": 4_000_000_000.5},  # Far off: parameters are made long before the test runs.
        {"iat": True},
        {"iat": float("nan")},
        {"iat": 0},
    ],
    ids=lambda change: str(change)[:20],
)
def test_a_token_with_a_claim_of_a_wrong_shape_is_refused(
    mint: Mint, change: dict[str, Any]
) -> None:
    with pytest.raises(TokenMalformedError):
        mint.tokens.verify_access(mint.sign(mint.claims(**change)))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://another.example"},
        {"aud": "visiojury-media"},
        {"aud": ["visiojury", "other"]},
        {"aud": "visiojury "},
    ],
    ids=str,
)
def test_a_token_for_elsewhere_is_refused(mint: Mint, change: dict[str, Any]) -> None:
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(mint.sign(mint.claims(**change)))


def test_a_token_of_another_installation_is_refused(mint: Mint, tmp_path: Path) -> None:
    elsewhere = Mint(tmp_path / "elsewhere")
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(access(elsewhere.tokens))


def test_a_token_signed_by_another_key_under_our_key_id_is_refused(mint: Mint) -> None:
    forged = sign_es256(mint.header(), mint.claims(), new_private_key())
    with pytest.raises(TokenForeignError, match="InvalidSignature"):
        mint.tokens.verify_access(forged)


@pytest.mark.parametrize(
    "kid", ["", "../../etc/passwd", "/dev/null", "' OR 1=1 --", "https://example.net/k", None]
)
def test_a_key_id_only_picks_among_our_keys(mint: Mint, kid: str | None) -> None:
    with pytest.raises((TokenForeignError, TokenMalformedError)):
        mint.tokens.verify_access(mint.sign(mint.claims(), kid=kid))


def test_a_key_that_comes_with_the_token_is_not_believed(mint: Mint) -> None:
    attacker = Device()
    header = mint.header(
        jwk=attacker.jwk,
        jku="https://example.net/keys.json",
        x5u="https://example.net/key.pem",
        x5c=["AAAA"],
    )
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(sign_es256(header, mint.claims(), attacker.key))
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(
            sign_es256(header | {"kid": attacker.jkt}, mint.claims(), attacker.key)
        )


def test_an_unsigned_token_is_refused(mint: Mint) -> None:
    for alg in ("none", "None", "NONE"):
        unsigned = f"{base64url_json(mint.header(alg=alg))}.{base64url_json(mint.claims())}."
        with pytest.raises(TokenForeignError):
            mint.tokens.verify_access(unsigned)


def test_a_token_keyed_by_our_public_key_as_a_shared_secret_is_refused(mint: Mint) -> None:
    public = mint.keys.signing_key().public_key()
    for encoding, form in (
        (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
    ):
        secret = public.public_bytes(encoding, form)
        forged = sign_hs256(mint.header(), mint.claims(), secret)
        with pytest.raises(TokenForeignError, match="InvalidAlgorithm"):
            mint.tokens.verify_access(forged)


@pytest.mark.parametrize("alg", ["ES384", "RS256", "ES256K", "es256", "", None, ["ES256"]], ids=str)
def test_another_algorithm_is_refused(mint: Mint, alg: Any) -> None:
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(mint.sign(mint.claims(), alg=alg))


def test_a_token_whose_claims_were_changed_is_refused(mint: Mint) -> None:
    header, _, signature = access(mint.tokens).split(".")
    changed = base64url_json(mint.claims(role="organiser"))
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_access(f"{header}.{changed}.{signature}")


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "dpop+jwt", "vj-media+jwt", "", None, 7])
def test_a_token_of_another_type_is_refused(mint: Mint, typ: Any) -> None:
    with pytest.raises(TokenWrongTypeError):
        mint.tokens.verify_access(mint.sign(mint.claims(), typ=typ))


def test_no_token_serves_for_another(mint: Mint) -> None:
    tokens = mint.tokens
    with pytest.raises(TokenWrongTypeError):
        tokens.verify_access(media(tokens))
    with pytest.raises(TokenWrongTypeError):
        tokens.verify_access(tokens.admin())
    for token in (access(tokens), media(tokens)):
        with pytest.raises(TokenWrongTypeError):
            tokens.verify_admin(token)
    for token in (access(tokens), tokens.admin()):
        with pytest.raises(TokenWrongTypeError):
            verify_media(tokens, token)


def test_a_token_of_the_right_type_for_another_audience_is_refused(mint: Mint) -> None:
    """The type and the audience are both needed: neither stands for the other."""
    with pytest.raises(TokenForeignError):
        mint.tokens.verify_admin(mint.sign(mint.claims(), typ="vj-admin+jwt"))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "a.b.c.d.e", "é.é.é", "\ud800", "x" * 5_000, "e30.e30.e30"],
)
def test_what_is_no_token_is_refused(mint: Mint, token: str) -> None:
    with pytest.raises((TokenMalformedError, TokenWrongTypeError)):
        mint.tokens.verify_access(token)


def test_a_very_long_token_is_refused_before_it_is_read(mint: Mint) -> None:
    with pytest.raises(TokenMalformedError, match="short"):
        mint.tokens.verify_access(access(mint.tokens, session="x" * 4_000))


def test_a_deeply_nested_header_is_refused(mint: Mint) -> None:
    nested = "[" * 1_500 + "]" * 1_500
    with pytest.raises(TokenMalformedError):
        mint.tokens.verify_access(f"{base64url_json(nested)}.e30.e30")


def test_no_refusal_quotes_the_token(mint: Mint) -> None:
    """Texts of refusals go to the log."""
    token = mint.sign(mint.claims(iss="https://secret-issuer.example", sub="secret-subject"))
    with pytest.raises(TokenForeignError) as refusal:
        mint.tokens.verify_access(token)
    assert "secret" not in str(refusal.value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(tmp_path_factory.mktemp("shared") / "keys")


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
objects = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "b64", "iss", "aud", "exp", "iat", "nbf", "cnf"]),
    values | st.lists(values, max_size=2) | st.dictionaries(st.text(), values, max_size=2),
    min_size=1,
)


@given(header=objects, claims=objects)
@settings(max_examples=50)
def test_whatever_is_signed_by_us_is_at_most_refused(
    shared: Mint, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    token = shared.sign(shared.claims(**claims), **header)
    for verify in (shared.tokens.verify_access, shared.tokens.verify_admin):
        try:
            verify(token)
        except AuthError as refusal:
            assert refusal.code.startswith("token_")  # noqa: PT017  (it may also pass)


@settings(max_examples=50)
@given(token=st.text(max_size=80) | st.lists(objects.map(base64url_json)).map(".".join))
def test_whatever_comes_as_a_token_is_refused(shared: Mint, token: str) -> None:
    with pytest.raises(AuthError):
        shared.tokens.verify_access(token)
