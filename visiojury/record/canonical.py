"""Canonical JSON (RFC 8785) at the speed that an append and a start need.

The library that knows all of RFC 8785 is written in Python. Its spelling is that of faster ones
but for numbers with a fraction, which nothing here has, and for the order of names beyond the
BMP: what holds such characters goes through the library.
"""

from __future__ import annotations

import json
import re
from typing import Any

import rfc8785
from pydantic import TypeAdapter

_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_BEYOND_BMP = re.compile(rb"[\xf0-\xff]")
_NESTING = (dict, list)


def dumps(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can say, without fractions
    """Return `value` spelled as RFC 8785 says, in UTF-8."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )
    raw = text.encode()
    return rfc8785.dumps(value) if _BEYOND_BMP.search(raw) else raw


def loads(raw: bytes) -> tuple[Any, bool]:
    """Return what `raw` says, and whether it is spelled as RFC 8785 says.

    Raises: ValueError, RecursionError: not JSON.
    """
    value = _JSON.validate_json(raw)
    return value, _is_canonical(value, raw)


def to_json(value: object) -> bytes:
    """Return `value` as JSON, its names in the order that they have."""
    return _JSON.dump_json(value)


def _is_canonical(value: Any, raw: bytes) -> bool:  # noqa: ANN401 - as in `dumps`
    """`value` is what `raw` gave, in its own order; only the order has to be looked at."""
    if not raw.isascii() and _BEYOND_BMP.search(raw):
        return rfc8785.dumps(value) == raw
    return to_json(value) == raw and _is_in_order(value)


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
