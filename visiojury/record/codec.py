"""Entries to canonical JSON (RFC 8785, UTF-8) and back. What is read is checked in full.

The bytes are what the chain covers, so the form has exactly one spelling: bytes that parse
but are spelled otherwise (a key twice, spaces, another order) are refused too.
"""

from __future__ import annotations

import rfc8785
from pydantic import TypeAdapter, ValidationError

from visiojury.record.entry import Body
from visiojury.record.errors import EntryUnreadableError

_BODY: TypeAdapter[Body] = TypeAdapter(Body)


def encode(body: Body) -> bytes:
    """Return the canonical bytes of an entry, without its digest."""
    return rfc8785.dumps(_BODY.dump_python(body, mode="json"))


def decode(raw: bytes, *, seq: int | None = None) -> Body:
    """Return the entry that `raw` spells; `seq` only names it in the error.

    Raises:
        EntryUnreadableError: not UTF-8, not JSON, not canonical, an unknown type or field.
    """
    try:
        body = _BODY.validate_json(raw, strict=True)
    except ValidationError as error:
        raise EntryUnreadableError(seq, _reason(error)) from error
    if encode(body) != raw:
        raise EntryUnreadableError(seq, "not in canonical form")
    return body


def _reason(error: ValidationError) -> str:
    """Return the place and kind of the first fault, never the value: it may be a name."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'entry'}: {first['type']}"
