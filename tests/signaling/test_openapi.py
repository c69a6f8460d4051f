"""The description of the API says what the API does, in the form it should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import openapi_spec_validator
import pytest

from signaling.api import ROUTES
from signaling.messages import FROM_PARTICIPANT, ToParticipant
from signaling.openapi import describe, describe_protocol
from signaling.refusals import TABLE
from visiojury.exam.commands import Command

DOCUMENT = describe()
SCHEMAS = DOCUMENT["components"]["schemas"]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            elif key == "mapping":
                yield from inner.values()
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_it_is_an_openapi_document() -> None:
    openapi_spec_validator.validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert all(path.startswith("/") for path in DOCUMENT["paths"])


def test_every_route_is_described_and_no_other() -> None:
    described = {(path, method.upper()) for path, method, _ in operations()}
    assert described == {(route.path, route.method) for route in ROUTES}


def test_every_operation_has_what_the_specification_asks_for() -> None:
    for path, method, operation in operations():
        parameters = [p for p in operation.get("parameters", []) if p["in"] == "path"]
        names = {p["name"] for p in parameters}
        assert all(p["required"] for p in parameters)
        assert names == {part.split("}")[0] for part in path.split("{")[1:]}
        assert operation["summary"].endswith(".")
        assert all(r["description"] for r in operation["responses"].values())
        assert ("requestBody" in operation) is (method == "post")


def test_operations_are_told_apart() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    assert all(resolved(reference) for reference in found)


def test_every_security_scheme_named_exists() -> None:
    known = set(DOCUMENT["components"]["securitySchemes"])
    for _, _, operation in operations():
        assert all(set(requirement) <= known for requirement in operation["security"])


@pytest.mark.parametrize("command", get_args(Command), ids=lambda command: command.__name__)
def test_every_command_is_an_act(command: type[Any]) -> None:
    name = command.__dataclass_fields__["command"].default
    (act,) = [operation for path, _, operation in operations() if path.endswith("/commands")]
    schema = act["requestBody"]["content"]["application/json"]["schema"]
    mapping = schema["properties"]["act"]["discriminator"]["mapping"]
    described = resolved(mapping[name])
    assert described["additionalProperties"] is False
    assert set(described["properties"]) == set(command.__dataclass_fields__)


def test_every_code_of_refusal_is_listed() -> None:
    assert set(SCHEMAS["Problem"]["properties"]["code"]["enum"]) == set(TABLE)


def test_the_protocol_describes_every_message() -> None:
    protocol = json.loads(json.dumps(describe_protocol()))
    messages = get_args(get_args(ToParticipant)[0])
    mapping = protocol["toParticipant"]["discriminator"]["mapping"]
    assert set(mapping) == {message.model_fields["type"].default for message in messages}
    sent = protocol["fromParticipant"]["discriminator"]["mapping"]
    assert set(sent) == {"hello", "offer", "switch", "received", "shown", "ping"}
    assert FROM_PARTICIPANT.json_schema() == protocol["fromParticipant"]
