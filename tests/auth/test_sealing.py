from __future__ import annotations

import secrets

import pytest
from cryptography.exceptions import InvalidTag

from auth.sealing import SecretBox

BOX = SecretBox(bytes(32))


def test_a_secret_opens_for_its_owner_only() -> None:
    sealed = BOX.seal("secret", owner="session-1/chair")
    assert BOX.open(sealed, owner="session-1/chair") == "secret"
    with pytest.raises(InvalidTag):
        BOX.open(sealed, owner="session-1/examiner")
    with pytest.raises(InvalidTag):
        SecretBox(secrets.token_bytes(32)).open(sealed, owner="session-1/chair")


def test_what_is_kept_tells_neither_the_secret_nor_that_two_are_the_same() -> None:
    first, second = (BOX.seal("secret", owner="x") for _ in range(2))
    assert first != second
    assert "secret" not in first
