"""Personal fields, kept encrypted so that a person can be erased and the chain still holds.

What a type marks with `exam.people.Personal` leaves the stored event: `{"sealed": subject}` stands
in its place, and the values of one subject go together into one box of the entry. The digest
covers the boxes. A subject has one key for the session; each of its boxes has a key made from
that one and the entry's identifier, so that an extract can be opened without opening the rest.
Destroying the subject's key erases every box at once; reading then gives `ERASED`.

Source: requirements A2, A4; NIST SP 800-38D (AES-GCM); RFC 2104 (HMAC).
"""

from __future__ import annotations

import base64
import binascii
import functools
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visiojury.exam.people import Personal
from visiojury.record import canonical

ERASED = "effacé"
"""What is read where the key is gone."""
SESSION = "session:"
"""The subject of a text that concerns nobody in particular."""
KEY_BYTES = 32
FILE_TAG_BYTES = 16
"""What a kept file is longer than its content."""
_ENTRY_KEY = b"visiojury-entry-key-v1\x00"
_FILE_KEY = b"visiojury-file-key-v1\x00"
_NONCE = bytes(12)
"""Each key seals one box and no other: the entry's identifier is in the key."""

Event = dict[str, Any]
Boxes = dict[str, str]
"""By subject: AES-256-GCM of the canonical JSON of its values by path, base64url."""
KeyOf = Callable[[str], bytes | None]
"""By subject: the key of one entry's box; None: destroyed, or not given."""
_Path = tuple[str, ...]


def no_key(_subject: str) -> None:
    """Open nothing: who has no keys reads a record with every person erased."""


class BoxError(ValueError):
    """A box does not open with the key given for it."""


def subject_of_person(participant_id: str) -> str:
    return f"person:{participant_id}"


def subject_of_sitting(sitting_id: str) -> str:
    """Return the subject of what is written about a sitting: erased with its candidate."""
    return f"sitting:{sitting_id}"


def entry_key(key: bytes, entry_id: str) -> bytes:
    """Return the key of one entry's box, 32 bytes, from its subject's key."""
    return hmac.digest(key, _ENTRY_KEY + entry_id.encode(), "sha256")


def file_key(key: bytes, sha256: str) -> bytes:
    """Return the key of one file beside the record, 32 bytes, from its subject's key."""
    return hmac.digest(key, _FILE_KEY + sha256.encode(), "sha256")


def seal_file(content: bytes, key: bytes, *, session_id: str) -> bytes:
    """Return a file's bytes as they are kept; `key`: of `file_key`, so of this content only."""
    return AESGCM(key).encrypt(_NONCE, content, session_id.encode())


def open_file(kept: bytes, key: bytes, *, session_id: str) -> bytes:
    """Return what `seal_file` was given. Raises: BoxError: another key, or changed bytes."""
    try:
        return AESGCM(key).decrypt(_NONCE, kept, session_id.encode())
    except InvalidTag as error:
        raise BoxError("a key does not open its file") from error


def subjects(event: object) -> set[str]:
    """Return whom the personal fields of `event` concern: whose keys it takes to record it."""
    return {subject for _, subject in _personal(event, ())}


def seal(event: object, dumped: Event, *, key_of: KeyOf, context: bytes) -> tuple[Event, Boxes]:
    """Return the event as stored, and its boxes.

    Args:
        event: the event.
        dumped: the same as JSON values.
        key_of: None for a subject already erased: nothing of it is kept.
        context: what the boxes belong to; the same is needed to open them.
    """
    by_subject: dict[str, dict[str, str]] = {}
    stored: Event = json.loads(json.dumps(dumped))
    for path, subject in _personal(event, ()):
        by_subject.setdefault(subject, {})[".".join(path)] = _exchange(
            stored, path, {"sealed": subject}
        )
    boxes: Boxes = {}
    for subject, values in by_subject.items():
        if (key := key_of(subject)) is not None:
            sealed = AESGCM(key).encrypt(
                _NONCE, canonical.dumps(values), context + subject.encode()
            )
            boxes[subject] = base64.urlsafe_b64encode(sealed).decode()
    return stored, boxes


def unseal(event: Event, boxes: Boxes, *, key_of: KeyOf, context: bytes) -> Event:
    """Return the event as it was, `ERASED` in place of what no key opens.

    Raises:
        BoxError: a key is given that does not open its box.
    """
    values = {
        subject: _open(box, key, context + subject.encode())
        for subject, box in boxes.items()
        if (key := key_of(subject)) is not None
    }
    opened = _filled(event, values, ())
    assert isinstance(opened, dict)
    return opened


def _open(box: str, key: bytes, context: bytes) -> dict[str, str]:
    try:
        sealed = base64.b64decode(box, altchars=b"-_", validate=True)
        values = json.loads(AESGCM(key).decrypt(_NONCE, sealed, context))
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise BoxError("a key does not open its box") from error
    return {str(path): str(value) for path, value in values.items()}


def _filled(value: object, values: Mapping[str, Mapping[str, str]], path: _Path) -> object:
    match value:
        case {"sealed": str(subject), **rest} if not rest:
            return values.get(subject, {}).get(".".join(path), ERASED)
        case dict():
            return {name: _filled(item, values, (*path, name)) for name, item in value.items()}
        case list():
            return [_filled(item, values, (*path, str(n))) for n, item in enumerate(value)]
        case _:
            return value


def _exchange(stored: object, path: _Path, new: object) -> str:
    """Put `new` at `path` and return what was there."""
    *way, last = path
    for step in way:
        stored = stored[int(step)] if isinstance(stored, list) else stored[step]  # type: ignore[index]
    place: Any = int(last) if isinstance(stored, list) else last
    was: str = stored[place]  # type: ignore[index]
    stored[place] = new  # type: ignore[index]
    return was


def _personal(value: object, outer: tuple[object, ...]) -> Iterator[tuple[_Path, str]]:
    """Yield the path and subject of every personal text in `value`."""
    kind: type[Any] = type(value)
    marked = _marked(kind)  # type: ignore[arg-type] # mypy reads a type's hash as its instances'
    for field in fields(kind):
        here = getattr(value, field.name)
        items = enumerate(here) if isinstance(here, tuple) else ()
        if isinstance(here, str) and field.name in marked:
            yield (field.name,), _subject((value, *outer))
        elif is_dataclass(here):
            for path, subject in _personal(here, (value, *outer)):
                yield (field.name, *path), subject
        for number, item in items:
            if isinstance(item, str) and field.name in marked:
                yield (field.name, str(number)), _subject((value, *outer))
            elif is_dataclass(item):
                for path, subject in _personal(item, (value, *outer)):
                    yield (field.name, str(number), *path), subject


def _subject(holders: tuple[object, ...]) -> str:
    """Return whom a text concerns: the sitting, candidate or person that stands nearest to it."""
    for holder in holders:
        if isinstance(sitting_id := getattr(holder, "sitting_id", None), str):
            return subject_of_sitting(sitting_id)
        for name in ("candidate_id", "participant_id"):
            if isinstance(person := getattr(holder, name, None), str):
                return subject_of_person(person)
    return SESSION


@functools.cache
def _marked(kind: type) -> frozenset[str]:
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _is_personal(hint))


def _is_personal(hint: object) -> bool:
    marks = getattr(hint, "__metadata__", ())
    return any(isinstance(mark, Personal) for mark in marks) or any(
        _is_personal(part) for part in get_args(hint)
    )
