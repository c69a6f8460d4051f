from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from auth.errors import KeysInvalidError, KeysUnsafeError
from auth.jwk import thumbprint
from auth.keys import KEY_FILE, InstallationKeys


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys"


@pytest.fixture(params=[0o022, 0o000], ids=["usual_umask", "no_umask"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    previous = os.umask(request.param)
    yield
    os.umask(previous)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_only_we_can_read_what_was_created(directory: Path) -> None:
    InstallationKeys.load_or_create(directory)
    assert mode(directory) == 0o700
    assert [path.name for path in directory.iterdir()] == [KEY_FILE]
    assert mode(directory / KEY_FILE) == 0o600


def test_a_second_start_finds_the_same_key(directory: Path) -> None:
    first, second = (InstallationKeys.load_or_create(directory) for _ in range(2))
    assert first.kid == second.kid
    assert first.public_jwk() == second.public_jwk()


def test_simultaneous_first_starts_agree_on_one_key(directory: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda _: InstallationKeys.load_or_create(directory).kid, range(8))
        assert len(set(found)) == 1
    assert len(list(directory.iterdir())) == 1


def test_a_crash_while_writing_leaves_no_half_key(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            InstallationKeys.load_or_create(directory)
    assert list(directory.iterdir()) == []
    assert InstallationKeys.load_or_create(directory).kid


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o660, 0o610])
def test_a_key_file_open_to_others_is_refused_with_the_command_to_run(
    directory: Path, loose: int
) -> None:
    InstallationKeys.load_or_create(directory)
    path = directory / KEY_FILE
    path.chmod(loose)
    with pytest.raises(KeysUnsafeError) as refusal:
        InstallationKeys.load_or_create(directory)
    assert f"`chmod 600 {path}`" in str(refusal.value)
    path.chmod(0o600)
    assert InstallationKeys.load_or_create(directory).kid


@pytest.mark.parametrize("loose", [0o755, 0o770, 0o701])
def test_a_directory_open_to_others_is_refused_with_the_command_to_run(
    directory: Path, loose: int
) -> None:
    directory.mkdir(parents=True)
    directory.chmod(loose)
    with pytest.raises(KeysUnsafeError) as refusal:
        InstallationKeys.load_or_create(directory)
    assert f"`chmod 700 {directory}`" in str(refusal.value)
    assert list(directory.iterdir()) == []


def test_keys_of_another_user_are_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    InstallationKeys.load_or_create(directory)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    with pytest.raises(KeysUnsafeError, match=r"another user.*chown 54321"):
        InstallationKeys.load_or_create(directory)


def test_a_link_in_place_of_the_key_is_refused(directory: Path, tmp_path: Path) -> None:
    InstallationKeys.load_or_create(directory)
    elsewhere = tmp_path / "elsewhere.pem"
    (directory / KEY_FILE).rename(elsewhere)
    (directory / KEY_FILE).symlink_to(elsewhere)
    with pytest.raises(KeysUnsafeError, match="is a link"):
        InstallationKeys.load_or_create(directory)


def test_a_dangling_link_is_refused_and_not_followed(directory: Path, tmp_path: Path) -> None:
    directory.mkdir(mode=0o700, parents=True)
    (directory / KEY_FILE).symlink_to(tmp_path / "nowhere")
    with pytest.raises(KeysUnsafeError, match="is a link"):
        InstallationKeys.load_or_create(directory)
    assert not (tmp_path / "nowhere").exists()


def test_a_pipe_in_place_of_the_key_does_not_hang_the_start(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True)
    os.mkfifo(directory / KEY_FILE, 0o600)
    with pytest.raises(KeysInvalidError, match="not a regular file"):
        InstallationKeys.load_or_create(directory)


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None
) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


BAD_CONTENTS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"not a key",
    "another curve": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
    "RSA": lambda: pem(rsa.generate_private_key(65_537, 2_048)),
    "under a password": lambda: pem(ec.generate_private_key(ec.SECP256R1()), b"password"),
}


@pytest.mark.parametrize("kind", BAD_CONTENTS)
def test_a_file_that_holds_no_p256_key_is_refused_and_kept(directory: Path, kind: str) -> None:
    directory.mkdir(mode=0o700, parents=True)
    path = directory / KEY_FILE
    content = BAD_CONTENTS[kind]()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeysInvalidError, match=KEY_FILE):
        InstallationKeys.load_or_create(directory)
    assert path.read_bytes() == content


def test_a_signature_is_raw_and_verifies_with_the_published_key(directory: Path) -> None:
    keys = InstallationKeys.load_or_create(directory)
    for index in range(20):  # about one r or s in 256 is short and must be padded
        data = b"head of the record, %d" % index
        signature = keys.sign(data)
        assert len(signature) == 64
        der = utils.encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )
        public = keys.signing_key().public_key()
        public.verify(der, data, ec.ECDSA(hashes.SHA256()))


def test_the_key_id_is_the_thumbprint_of_the_published_key(directory: Path) -> None:
    keys = InstallationKeys.load_or_create(directory)
    assert keys.public_jwk()["kid"] == keys.kid == thumbprint(keys.public_jwk())
    assert "d" not in keys.public_jwk()


def test_showing_the_keys_shows_the_public_half_only(directory: Path) -> None:
    keys = InstallationKeys.load_or_create(directory)
    assert repr(keys) == str(keys) == f"InstallationKeys(kid={keys.kid!r})"
