from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from auth.errors import ProofInvalidError
from auth.jwk import from_public_key, public_members, thumbprint
from tests.auth.forge import Device

# The key and the thumbprint of the example in RFC 9449 sections 4.1 and 6.1.
RFC_9449_KEY = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}
RFC_9449_THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_thumbprint_is_the_one_of_the_standard() -> None:
    assert thumbprint(RFC_9449_KEY) == RFC_9449_THUMBPRINT


def test_members_that_do_not_make_the_key_change_nothing() -> None:
    decorated = RFC_9449_KEY | {"kid": "k", "key_ops": ["verify"], "ext": True, "use": "sig"}
    assert thumbprint(decorated) == RFC_9449_THUMBPRINT
    assert public_members(decorated) == RFC_9449_KEY


def test_a_public_key_comes_back_from_its_jwk() -> None:
    device = Device()
    assert from_public_key(device.key.public_key()) == public_members(device.jwk)


@pytest.mark.parametrize(
    "change",
    [
        {"d": "AAAA"},
        {"k": "AAAA"},
        {"kty": "RSA"},
        {"kty": "oct"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": ["P-256"]},
        {"x": None},
        {"x": 7},
        {"x": ""},
        {"x": "é" * 43},
        {"x": "A" * 42},
        {"x": "A" * 44},
        {"x": RFC_9449_KEY["x"] + "="},
        {"x": RFC_9449_KEY["x"][:-1] + "t"},  # same bytes, another spelling
        {"y": RFC_9449_KEY["x"]},  # not a point of the curve
    ],
    ids=str,
)
def test_another_key_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProofInvalidError):
        thumbprint(RFC_9449_KEY | change)


def test_a_key_of_another_curve_under_the_name_of_p256_is_refused() -> None:
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    with pytest.raises(ProofInvalidError):
        thumbprint(RFC_9449_KEY | {"x": hex(numbers.x), "y": hex(numbers.y)})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
members = st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "d", "kid"]), json_values)


@given(jwk=json_values | members.map(lambda given: RFC_9449_KEY | given))
def test_no_value_does_more_than_be_refused(jwk: Any) -> None:
    with suppress(ProofInvalidError):
        assert len(thumbprint(jwk)) == 43
