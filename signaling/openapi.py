"""OpenAPI 3.1 from the table of routes and the types of their bodies."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from signaling import bodies as b
from signaling.api import ROUTES, Route
from signaling.messages import FROM_PARTICIPANT, ToParticipant
from signaling.refusals import TABLE
from visiojury import __version__

_REF = "#/components/schemas/{model}"
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "none": [],
    "person": [{"device": [], "proof": []}],
    "admin": [{"admin": []}],
}


def describe() -> dict[str, Any]:
    """Return the OpenAPI document of this server."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    _, refusal = models_json_schema([(b.RefusalBody, "serialization")], ref_template=_REF)
    schemas.update(refusal.get("$defs", {}))
    schemas["RefusalBody"]["properties"]["code"]["enum"] = sorted(TABLE)
    return {
        "openapi": "3.1.0",
        "info": {"title": "VisioJury", "version": __version__, "license": {"name": "EUPL-1.2"}},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "device": {"type": "http", "scheme": "DPoP"},
                "proof": {"type": "apiKey", "in": "header", "name": "DPoP"},
                "admin": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def describe_protocol() -> dict[str, Any]:
    """Return the JSON Schema of every WebSocket message, both ways."""
    to_participant: TypeAdapter[Any] = TypeAdapter(ToParticipant)
    return {
        "fromParticipant": FROM_PARTICIPANT.json_schema(),
        "toParticipant": to_participant.json_schema(mode="serialization"),
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}_{route.handler.__name__}",
        "security": _SECURITY[route.guard],
        "responses": {
            str(route.status): {
                "description": "Done.",
                "content": {route.media_type: {"schema": _schema(route.gives, schemas, "out")}},
            },
            "default": {
                "description": "Refused: a stable code, and a message in French.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/RefusalBody"}}
                },
            },
        },
    }
    if route.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(route.takes, schemas, "in")}},
        }
    names = [part[1 : part.index("}")] for part in route.path.split("/") if part.startswith("{")]
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    return operation


def _schema(adapter: TypeAdapter[Any] | None, schemas: dict[str, Any], way: str) -> dict[str, Any]:
    if adapter is None:
        return {}
    schema = adapter.json_schema(
        ref_template=_REF, mode="validation" if way == "in" else "serialization"
    )
    schemas.update(schema.pop("$defs", {}))
    return schema
