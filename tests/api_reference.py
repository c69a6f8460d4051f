"""docs/api.md from the table of routes, the commands and the table of refusals."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_args

from signaling.api import ROUTES, Route
from signaling.problem_titles import TITLES
from signaling.refusals import TABLE
from visiojury.exam.commands import Command
from visiojury.exam.permissions import DOCUMENTS, PERMISSIONS

GUARDS = {
    "none": "anybody",
    "person": "a person",
    "admin": "the key",
    "person_or_admin": "a person, or the key",
}
ABOUT = {
    "reach": "each reader, of those they see",
    "session": "the session",
    "office": "an office",
    "office_day": "an office and a day",
    "sitting": "a sitting",
}
HEAD = """# API

Made by `make docs` from the tables that the server itself uses; the whole description, OpenAPI 3.1,
is at `/api/openapi.json`. How a person proves who they are, idempotency and `If-Match`:
[protocol.md](protocol.md). "The key" is a token signed with the installation's key
(`Authorization: Bearer`), which `visiojury session` and its like make for themselves.

## Addresses

| address | who | what |
|---|---|---|
"""


ACTS = """
## Acts

The `act` of `POST /api/sessions/{session_id}/commands`; fields in brackets may be left out.

| act | fields | roles |
|---|---|---|
"""
PAPERS = """
## Documents

A name is the kind and what it is about. An office reads what is its own, a jury its own sittings.

| kind | about | roles |
|---|---|---|
"""
PROBLEMS = """
## Problems

By status; names in braces are `details` of the occurrence.
"""


def render() -> str:
    routes = [f"| `{r.method} {r.path}` | {GUARDS[r.guard]} | {_said(r)} |\n" for r in ROUTES]
    papers = [
        f"| `{kind}` | {ABOUT[reading.about]} | {_roles(reading.roles)} |\n"
        for kind, reading in DOCUMENTS.items()
    ]
    acts, problems = sorted(map(_act, get_args(Command))), map(_problems, sorted(TITLES))
    return "".join([HEAD, *routes, ACTS, *acts, PAPERS, *papers, PROBLEMS, *problems])


def _said(route: Route) -> str:
    return route.summary + (
        " Answers with the version." * (route.has_version and route.method == "GET")
    )


def _act(command: Any) -> str:
    names = [
        field.name if not _has_default(field) else f"[{field.name}]"
        for field in fields(command)
        if field.name != "command"
    ]
    name = command.__dataclass_fields__["command"].default
    listed = ", ".join(f"`{one}`" for one in names)
    return f"| `{name}` | {listed} | {_roles(PERMISSIONS[command])} |\n"


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _roles(roles: Any) -> str:
    return ", ".join(sorted(role.value for role in roles))


def _problems(status: int) -> str:
    lines = [f"| `{code}` | {text} |\n" for code, (s, text) in sorted(TABLE.items()) if s == status]
    return f"\n### {status}: {TITLES[status]}\n\n| code | said |\n|---|---|\n" + "".join(lines)
