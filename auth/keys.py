"""The installation's signing key: made at first start, kept in one file that only we can read.

It signs our tokens and seals the record. What it signs must say what it is: a token does by the
`typ` of its header, a seal by the label its bytes begin with.

Source: RFC 7518 section 3.4 (ES256), RFC 7638 (key id).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auth.errors import KeysInvalidError, KeysUnsafeError
from auth.jwk import COORDINATE_BYTES, from_public_key, thumbprint

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE = "installation-key.pem"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
MAX_FILE_BYTES = 16_384
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class InstallationKeys:
    """One P-256 key pair. Shows its public half only."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        self._public_jwk = from_public_key(private_key.public_key())
        self.kid = thumbprint(self._public_jwk)
        """Key id: thumbprint of the public key, 43 characters."""

    @classmethod
    def load_or_create(cls, directory: Path) -> InstallationKeys:
        """Return the key kept in `directory`, made and written there if there is none.

        Raises:
            KeysUnsafeError: the directory or the file is open to others, is not ours, or is a link.
            KeysInvalidError: the file holds no P-256 private key.
            OSError: the file system refuses.
        """
        prepare_directory(directory)
        path = directory / KEY_FILE
        return cls.read(path) if path.exists() else cls.create(path)

    @classmethod
    def create(cls, path: Path) -> InstallationKeys:
        """Return the key at `path`, made now unless it was meanwhile. Raises: see `read`."""
        _write_new(path, _new_pem())
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> InstallationKeys:
        """Return the key of one file. Raises: KeysUnsafeError, KeysInvalidError, OSError."""
        return cls.of_pem(path, _read(path))

    @classmethod
    def of_pem(cls, where: Path, content: bytes) -> InstallationKeys:
        """Return the key that a PEM text holds; `where` is for the refusal.

        Raises:
            KeysInvalidError: it holds no P-256 private key.
        """
        return cls(_parse(where, content))

    def __repr__(self) -> str:
        return f"InstallationKeys(kid={self.kid!r})"

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JWK with `kid`, `alg` and `use`."""
        return {**self._public_jwk, "kid": self.kid, "alg": "ES256", "use": "sig"}

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of `data`: r then s, 64 bytes, as in JOSE."""
        der = self._private_key.sign(data, ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")

    def derive(self, purpose: bytes) -> bytes:
        """Return 32 secret bytes for one purpose: the same each time, telling nothing of the key.

        Source: RFC 5869 (HKDF-SHA256).
        """
        secret = self._private_key.private_numbers().private_value
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose)
        return kdf.derive(secret.to_bytes(COORDINATE_BYTES, "big"))

    def signing(self) -> InstallationKeys:
        """Return the key that signs tokens: this one, where keys are not rotated."""
        return self

    def verifying(self, kid: str) -> InstallationKeys | None:
        """Return the key of that id, if it is this one."""
        return self if kid == self.kid else None

    def signing_key(self) -> ec.EllipticCurvePrivateKey:
        """Return the private key, for `auth.tokens` alone."""
        return self._private_key


def prepare_directory(directory: Path) -> None:
    """Make the directory of keys, if it is not there. Raises: KeysUnsafeError, OSError."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    _require_ours(directory, directory.stat(), wanted=DIRECTORY_MODE)


def _new_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_new(path: Path, content: bytes) -> None:
    """Create `path` whole or not at all; leave it alone if another process made it meanwhile."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A hard link takes the name only if it is free: two first starts agree on one key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        # NONBLOCK: a pipe put in its place must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise KeysUnsafeError(path, "is a link", "put the file itself there") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        # Asked of the open file, not of its name, which could change between the two.
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise KeysInvalidError(path, "is not a regular file")
        _require_ours(path, status, wanted=FILE_MODE)
        return file.read(MAX_FILE_BYTES)


def _parse(path: Path, content: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeysInvalidError(path, "holds no readable private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeysInvalidError(path, "holds a key of another kind than P-256")
    return key


def _require_ours(path: Path, status: os.stat_result, *, wanted: int) -> None:
    if status.st_uid != os.geteuid():
        raise KeysUnsafeError(
            path, "belongs to another user", f"run `chown {os.geteuid()} {path}` as root"
        )
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise KeysUnsafeError(path, f"has mode {mode:04o}", f"run `chmod {wanted:o} {path}`")
