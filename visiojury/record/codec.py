"""Entries to canonical JSON (RFC 8785, UTF-8) and back. What is read is checked in full.

The bytes are what the chain covers, so the form has exactly one spelling: bytes that parse
but are spelled otherwise (a key twice, spaces, another order) are refused too. Beside the
fields of `Body` they hold `event_v` (upcasting.py) and `personal` (personal.py).
"""

from __future__ import annotations

import re
from typing import Any

import rfc8785
from pydantic import TypeAdapter, ValidationError

from visiojury.record import personal
from visiojury.record.entry import Body
from visiojury.record.errors import EntryUnreadableError
from visiojury.record.personal import BoxError, KeyOf
from visiojury.record.upcasting import UPCASTERS, Upcasters, VersionUnknownError

_BODY: TypeAdapter[Body] = TypeAdapter(Body)
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_BEYOND_BMP = re.compile(rb"[\xf0-\xff]")
_NESTING = (dict, list)
_MARK = b'{"sealed":'
"""In canonical JSON a quote inside a text is escaped: only a sealed field is spelled so."""
_CONTEXT = b"visiojury-personal-v1\x00"


def encode(body: Body, *, key_of: KeyOf, upcasters: Upcasters = UPCASTERS) -> bytes:
    """Return the canonical bytes of an entry, without its digest, its personal fields sealed."""
    fields = _BODY.dump_python(body, mode="json")
    fields["event_v"] = upcasters.current(body.event.type)
    fields["event"], fields["personal"] = personal.seal(
        body.event, fields["event"], key_of=key_of, context=_context(fields)
    )
    return rfc8785.dumps(fields)


def decode(
    raw: bytes, *, key_of: KeyOf, seq: int | None = None, upcasters: Upcasters = UPCASTERS
) -> tuple[Body, dict[str, str]]:
    """Return the entry that `raw` spells, and the keys that opened it: by subject, hexadecimal.

    Args:
        raw: canonical bytes.
        key_of: the keys of this entry's boxes; what has none is read as erased.
        seq: only names it in the error.
        upcasters: how events of earlier versions are read.

    Raises:
        EntryUnreadableError: not UTF-8, not JSON, not canonical, an unknown type, version or
            field, or a key that opens nothing.
    """
    fields = _fields(raw, seq)
    boxes, version = fields.pop("personal", None), fields.pop("event_v", None)
    if not isinstance(boxes, dict) or not isinstance(version, int):
        raise EntryUnreadableError(seq, "personal, event_v: missing")
    try:
        event = _object(fields.get("event"))
        if boxes or _MARK in raw:
            event = personal.unseal(event, boxes, key_of=key_of, context=_context(fields))
        fields["event"] = upcasters.upcast(event, version)
        body = _BODY.validate_json(_JSON.dump_json(fields), strict=True)
    except ValidationError as error:
        raise EntryUnreadableError(seq, _reason(error)) from error
    except (BoxError, VersionUnknownError) as error:
        raise EntryUnreadableError(seq, str(error)) from error
    keys = {subject: key.hex() for subject in boxes if (key := key_of(subject)) is not None}
    return body, keys


def _fields(raw: bytes, seq: int | None) -> dict[str, Any]:
    try:
        fields = _JSON.validate_json(raw)
        is_canonical = _is_canonical(fields, raw)
    except (ValueError, RecursionError) as error:
        raise EntryUnreadableError(seq, "not JSON") from error
    if not is_canonical or not isinstance(fields, dict):
        raise EntryUnreadableError(seq, "not in canonical form")
    return fields


def _is_canonical(fields: object, raw: bytes) -> bool:
    """Return whether `raw`, which gave `fields` in its own order, is spelled as RFC 8785 says.

    Pydantic's spelling is that of RFC 8785 and many times as fast, but for numbers with a
    fraction, which no entry has, and for the order of names, which is looked at here; names
    beyond the BMP stand in another order than Python's.
    """
    if not raw.isascii() and _BEYOND_BMP.search(raw):
        return rfc8785.dumps(fields) == raw  # type: ignore[arg-type]
    return _JSON.dump_json(fields) == raw and _is_in_order(fields)


def _is_in_order(value: object) -> bool:
    """Return whether the names in every object of `value` rise."""
    # A loop without recursion: this is asked of every object of every entry of a record.
    open_values = [value]
    while open_values:
        value = open_values.pop()
        if isinstance(value, dict):
            names = [*value]
            if names != sorted(names):
                return False
            open_values += [item for item in value.values() if type(item) in _NESTING]
        elif isinstance(value, list):
            open_values += [item for item in value if type(item) in _NESTING]
    return True


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _context(fields: dict[str, Any]) -> bytes:
    """Return what a box belongs to: moved into another entry, it does not open."""
    return _CONTEXT + rfc8785.dumps([fields.get("session_id"), fields.get("entry_id")])


def _reason(error: ValidationError) -> str:
    """Return the place and kind of the first fault, never the value: it may be a name."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'entry'}: {first['type']}"
