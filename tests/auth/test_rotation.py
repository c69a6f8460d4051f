from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from auth.errors import KeysUnsafeError, TokenForeignError
from auth.keys import InstallationKeys
from auth.rotation import KEPT_S, PUBLISHED_BEFORE_S, READ_AGAIN_S, KeyRing, rotate
from auth.tokens import Tokens
from tests.auth.forge import ISSUER

START_S = 1_790_000_000


@dataclass
class Clock:
    now_s: float = START_S

    def __call__(self) -> float:
        return self.now_s


def kids(ring: KeyRing) -> list[str]:
    return [keys.kid for keys in ring.published()]


def test_the_installations_own_key_signs_first(tmp_path: Path) -> None:
    own = InstallationKeys.load_or_create(tmp_path / "keys")
    ring = KeyRing(tmp_path / "keys", now=Clock())
    assert ring.signing().kid == own.kid
    assert kids(ring) == [own.kid]


def test_the_next_key_is_published_before_it_signs_and_the_old_one_verifies_to_its_end(
    tmp_path: Path,
) -> None:
    clock = Clock()
    ring = KeyRing(tmp_path, now=clock)
    first = ring.signing().kid
    following = rotate(tmp_path, now_s=clock.now_s).keys.kid
    clock.now_s += READ_AGAIN_S
    assert kids(ring) == [first, following]
    assert ring.signing().kid == first
    clock.now_s = START_S + PUBLISHED_BEFORE_S
    assert ring.signing().kid == following
    clock.now_s = START_S + PUBLISHED_BEFORE_S + KEPT_S - 1
    assert ring.verifying(first) is not None
    clock.now_s += 1
    assert ring.verifying(first) is None
    assert kids(ring) == [following]


def test_tokens_change_keys_with_the_ring(tmp_path: Path) -> None:
    # PyJWT reads the real clock: the ring's is set so that its present is the real one.
    import time

    clock = Clock(time.time() - PUBLISHED_BEFORE_S - 1)
    ring = KeyRing(tmp_path, now=clock)
    tokens = Tokens(ring, ISSUER)
    old = tokens.admin()
    rotate(tmp_path, now_s=clock.now_s)
    clock.now_s = time.time()
    new = tokens.admin()
    tokens.verify_admin(old)
    tokens.verify_admin(new)
    clock.now_s += PUBLISHED_BEFORE_S + KEPT_S
    tokens.verify_admin(new)
    with pytest.raises(TokenForeignError):
        tokens.verify_admin(old)


def test_unknown_keys_make_the_directory_be_read_at_most_every_half_minute(tmp_path: Path) -> None:
    clock = Clock()
    ring = KeyRing(tmp_path, now=clock)
    following = rotate(tmp_path, now_s=clock.now_s).keys.kid
    clock.now_s += READ_AGAIN_S - 1
    assert ring.verifying(following) is None
    clock.now_s += 1
    assert ring.verifying(following) is not None


def test_a_second_rotation_waits_for_the_first(tmp_path: Path) -> None:
    once = rotate(tmp_path, now_s=START_S)
    again = rotate(tmp_path, now_s=START_S + PUBLISHED_BEFORE_S - 1)
    assert again.keys.kid == once.keys.kid
    assert rotate(tmp_path, now_s=START_S + PUBLISHED_BEFORE_S).keys.kid != once.keys.kid


def test_keys_that_verify_nothing_are_deleted_but_never_the_installations_own(
    tmp_path: Path,
) -> None:
    own = InstallationKeys.load_or_create(tmp_path / "keys")
    for turn in range(4):
        rotate(tmp_path / "keys", now_s=START_S + turn * (KEPT_S + 2 * PUBLISHED_BEFORE_S))
    assert len(list((tmp_path / "keys").iterdir())) == 3
    assert InstallationKeys.load_or_create(tmp_path / "keys").kid == own.kid


def test_a_key_that_others_could_read_stops_a_start_and_not_a_running_server(
    tmp_path: Path,
) -> None:
    clock = Clock()
    ring = KeyRing(tmp_path / "keys", now=clock)
    first = ring.signing().kid
    rotate(tmp_path / "keys", now_s=clock.now_s)
    next((tmp_path / "keys").glob("token-key-*")).chmod(0o644)
    clock.now_s += PUBLISHED_BEFORE_S
    assert ring.signing().kid == first
    with pytest.raises(KeysUnsafeError):
        KeyRing(tmp_path / "keys", now=clock)
