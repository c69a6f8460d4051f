from __future__ import annotations

import pytest

from auth import discovery
from auth.errors import OpenIDUnavailableError
from tests.auth.forge import DISCOVERY, OPENID_ISSUER

pytestmark = pytest.mark.requirement("T1")


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {**DISCOVERY, "issuer": "https://elsewhere.example"},
        *({n: v for n, v in DISCOVERY.items() if n != name} for name in DISCOVERY),
        {**DISCOVERY, "token_endpoint": "file:///etc/passwd"},
        {**DISCOVERY, "end_session_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_description_that_is_not_the_providers(document: object) -> None:
    with pytest.raises(OpenIDUnavailableError):
        discovery.provider_of(document, issuer=OPENID_ISSUER)


def test_keys_are_found_by_their_name_and_only_those_that_sign() -> None:
    keys = [{"kid": "a", "use": "sig"}, {"kid": "b", "use": "enc"}, {"kid": "c"}, {}, "x"]
    assert set(discovery.keys_of({"keys": keys})) == {"a", "c"}
    nothing: tuple[object, ...] = (None, {}, {"keys": {}}, [])
    for document in nothing:
        with pytest.raises(OpenIDUnavailableError):
            discovery.keys_of(document)
