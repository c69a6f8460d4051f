"""The keys of one session's subjects, stored wrapped with the installation's, beside the chain.

Source: RFC 3394 (AES key wrap). Makes keys with the system's random numbers; opens no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from visiojury.exam.events import PersonErased
from visiojury.record.entry import Entry
from visiojury.record.errors import StoreError
from visiojury.record.personal import KEY_BYTES, KeyOf, entry_key


def new_key(_subject: str) -> bytes:
    return AESGCM.generate_key(8 * KEY_BYTES)


def erased_with(entries: Iterable[Entry]) -> set[str]:
    """Return the subjects whose keys are destroyed in the same transaction as `entries`."""
    erased = (entry.event for entry in entries if isinstance(entry.event, PersonErased))
    return {subject for event in erased for subject in event.subjects}


def opener(keyring: Keyring, entry_id: str) -> KeyOf:
    """Return what opens the boxes of one stored entry."""

    def key_of(subject: str) -> bytes | None:
        key = keyring.known(subject)
        return None if key is None else entry_key(key, entry_id)

    return key_of


class Keyring:
    """Gives each subject its key: made when first asked for, never again once destroyed."""

    def __init__(
        self,
        wrapping_key: bytes,
        rows: Mapping[str, str | None],
        new_key: Callable[[str], bytes] = new_key,
    ) -> None:
        """Take the rows as stored: by subject, the wrapped key in hexadecimal; None: destroyed.

        Raises:
            StoreError: `keys_unreadable`: they were wrapped with another installation's key.
        """
        self._wrapping_key = wrapping_key
        self._new_key = new_key
        self._keys = {subject: self._unwrapped(wrapped) for subject, wrapped in rows.items()}
        self._unstored: set[str] = set()

    def key_of(self, subject: str) -> bytes | None:
        """Return the subject's key, 32 bytes; None: destroyed."""
        if subject not in self._keys:
            self._keys[subject] = self._new_key(subject)
            self._unstored.add(subject)
        return self._keys[subject]

    def known(self, subject: str) -> bytes | None:
        """Return the subject's key if there is one; makes none."""
        return self._keys.get(subject)

    def destroy(self, subjects: Iterable[str]) -> None:
        """Forget keys; nothing is sealed for these subjects from now on."""
        for subject in subjects:
            self._keys[subject] = None
            self._unstored.add(subject)

    def unstored(self) -> dict[str, str | None]:
        """Return the rows that are to be written, as `__init__` takes them."""
        return {subject: self._wrapped(subject) for subject in sorted(self._unstored)}

    def stored(self) -> None:
        """Take note that `unstored` has been written."""
        self._unstored.clear()

    def _wrapped(self, subject: str) -> str | None:
        key = self._keys[subject]
        return None if key is None else aes_key_wrap(self._wrapping_key, key).hex()

    def _unwrapped(self, wrapped: str | None) -> bytes | None:
        try:
            return (
                None
                if wrapped is None
                else aes_key_unwrap(self._wrapping_key, bytes.fromhex(wrapped))
            )
        except (InvalidUnwrap, ValueError) as error:
            raise StoreError(
                "keys_unreadable",
                "the keys of the people were wrapped with another installation's key;"
                " put the directory of keys back that belongs to this database",
            ) from error
