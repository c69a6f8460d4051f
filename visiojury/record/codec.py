"""Entries to canonical JSON (RFC 8785, UTF-8) and back. What is read is checked in full.

The bytes are what the chain covers, so the form has exactly one spelling: bytes that parse
but are spelled otherwise (a key twice, spaces, another order) are refused too. Beside the
fields of `Body` they hold `event_v` (upcasting.py) and `personal` (personal.py).
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from visiojury.record import canonical, personal
from visiojury.record.entry import Body
from visiojury.record.errors import EntryUnreadableError
from visiojury.record.personal import BoxError, KeyOf
from visiojury.record.upcasting import UPCASTERS, Upcasters, VersionUnknownError

_BODY: TypeAdapter[Body] = TypeAdapter(Body)
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
    return canonical.dumps(fields)


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
        body = _BODY.validate_json(canonical.to_json(fields), strict=True)
    except ValidationError as error:
        raise EntryUnreadableError(seq, _reason(error)) from error
    except (BoxError, VersionUnknownError) as error:
        raise EntryUnreadableError(seq, str(error)) from error
    keys = {subject: key.hex() for subject in boxes if (key := key_of(subject)) is not None}
    return body, keys


def _fields(raw: bytes, seq: int | None) -> dict[str, Any]:
    try:
        fields, is_canonical = canonical.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EntryUnreadableError(seq, "not JSON") from error
    if not is_canonical or not isinstance(fields, dict):
        raise EntryUnreadableError(seq, "not in canonical form")
    return fields


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _context(fields: dict[str, Any]) -> bytes:
    """Return what a box belongs to: moved into another entry, it does not open."""
    return _CONTEXT + canonical.dumps([fields.get("session_id"), fields.get("entry_id")])


def _reason(error: ValidationError) -> str:
    """Return the place and kind of the first fault, never the value: it may be a name."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'entry'}: {first['type']}"
