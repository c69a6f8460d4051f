"""OpenAPI 3.1 from the table of routes and the types of their bodies."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

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
    "person_or_admin": [{"device": [], "proof": []}, {"admin": []}],
}
_PROBLEM = {
    "description": "Refused: a stable code, and a message in French (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_VERSION = {"type": "string", "pattern": '^"[0-9]+"$', "examples": ['"57"']}


def describe() -> dict[str, Any]:
    """Return the OpenAPI document of this server."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    schemas["Problem"] = _schema(TypeAdapter(b.Problem), schemas, "out")
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(TABLE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "VisioJury",
            "version": __version__,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
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
        "responses": {str(route.status): _done(route, schemas), "default": _PROBLEM},
    }
    if route.gives_too is not None:
        operation["responses"][str(route.gives_too)] = _done(route, schemas)
    if route.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(route.takes, schemas, "in")}},
        }
    if route.takes_file:
        pdf = {"schema": {"type": "string", "contentMediaType": "application/pdf"}}
        operation["requestBody"] = {"required": True, "content": {"application/pdf": pdf}}
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    return operation


def _done(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if route.status != 101:  # what follows an upgrade is not HTTP
        schema = _schema(route.gives, schemas, "out")
        done["content"] = {route.media_type: {"schema": schema}}
    if route.has_version and route.method == "GET":
        done["headers"] = {
            "ETag": {"description": "The session's version.", "required": True, "schema": _VERSION}
        }
    return done


def _parameters(route: Route) -> list[dict[str, Any]]:
    names = [part[: part.index("}")] for part in route.path.split("{")[1:]]
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for name in names
    ]
    if route.has_version and route.method == "POST":
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "Only if the session's version is still this one.",
                "schema": _VERSION,
            }
        )
    return parameters


def _schema(adapter: TypeAdapter[Any] | None, schemas: dict[str, Any], way: str) -> dict[str, Any]:
    if adapter is None:
        return {}
    schema = adapter.json_schema(
        ref_template=_REF, mode="validation" if way == "in" else "serialization"
    )
    schemas.update(schema.pop("$defs", {}))
    return schema
