"""What the server tells the page, as types for the page: signaling/web/protocol.d.ts.

One source for both sides: the models of `signaling.messages`. A merge patch deletes what became
null (RFC 7396), so what may be null may also be missing on the page.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from signaling.messages import ToParticipant

Schema = dict[str, Any]
_HEAD = """\
/**
 * The server's messages as the page finds them, made from signaling/messages.py by `make docs`.
 * What may be null may also be missing: a merge patch deletes it (RFC 7396).
 */

"""
_WORDS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def render() -> str:
    """Return the declarations, one for each model that a message to a participant holds."""
    schema = TypeAdapter(ToParticipant).json_schema(mode="serialization")
    parts = [_interface(name, part) for name, part in sorted(schema["$defs"].items())]
    messages = " | ".join(sorted(_type(one) for one in schema["oneOf"]))
    return f"{_HEAD}{''.join(parts)}export type ToParticipant = {messages};\n"


def _interface(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)};\n\n"
    lines = [_property(key, value) for key, value in schema["properties"].items()]
    return "\n".join([f"export interface {name} {{", *lines, "}", "", ""])


def _property(name: str, schema: Schema) -> str:
    mark = "?" if _may_be_null(schema) else ""
    return f"  {name}{mark}: {_type(schema)};"


def _may_be_null(schema: Schema) -> bool:
    return any(one.get("type") == "null" for one in schema.get("anyOf", ()))


def _type(schema: Schema) -> str:
    """Return the type of a value; what a schema does not say is refused, not guessed."""
    match schema:
        case {"$ref": ref}:
            return str(ref).rsplit("/", 1)[-1]
        case {"anyOf": options}:
            return " | ".join(_type(one) for one in options)
        case {"const": value}:
            return _literal(value)
        case {"enum": values}:
            return " | ".join(_literal(value) for value in values)
        case {"type": "null"}:
            return "null"
        case {"type": "array", "items": items}:
            return f"Array<{_type(items)}>"
        case {"type": "object", "additionalProperties": True}:
            return "Record<string, unknown>"
        case {"type": "object", "additionalProperties": values}:
            return f"Record<string, {_type(values)}>"
        case {"type": word} if word in _WORDS:
            return _WORDS[word]
    raise ValueError(f"no type for {schema}")


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
