"""Every code that can reach a person has its line, and every line can be said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from auth import errors as auth_errors
from auth.errors import AuthError
from signaling import messages
from signaling.bodies import Problem
from signaling.problem_titles import title_of
from signaling.refusals import (
    TABLE,
    RequestError,
    explain,
    message_of,
    status_of,
    text_of,
)
from visiojury.exam.errors import ExamError, NotReadyError
from visiojury.exam.identity import Missing

ROOT = Path(__file__).resolve().parents[2]
EXAM_ERRORS = {cls.__name__ for cls in ExamError.__subclasses__()}
AT_THE_START_ONLY = {"keys_unsafe", "keys_invalid"}


def codes_raised(folder: str, names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (code, file) of every call of a class in `names` that begins with a text."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, path.name


def codes_of_auth() -> set[str]:
    return {
        cls.code
        for cls in vars(auth_errors).values()
        if isinstance(cls, type) and issubclass(cls, AuthError) and cls is not AuthError
    }


def test_every_refusal_of_the_exam_has_its_line() -> None:
    found = dict(codes_raised("visiojury", EXAM_ERRORS))
    assert len(found) > 30
    assert sorted(set(found) - set(TABLE)) == []


def test_every_refusal_of_the_edge_has_its_line() -> None:
    names = EXAM_ERRORS | {"RequestError", "close_with", "_refuse_hello"}
    found = dict(codes_raised("signaling", names))
    assert len(found) > 10
    assert sorted(set(found) - set(TABLE)) == []


def codes_of_imports() -> set[str]:
    """Every text of the importer that reads like a code of a cell, a line or a file."""
    modules = (ROOT / "visiojury" / "imports").glob("*.py")
    text = "".join(path.read_text("utf-8") for path in modules)
    return set(re.findall(r'"((?:cell|line|file)_[a-z_]+)"', text))


def test_every_refusal_of_a_file_has_its_line() -> None:
    assert len(codes_of_imports()) > 20
    assert sorted(codes_of_imports() - set(TABLE)) == []


def test_every_refusal_of_auth_has_its_line() -> None:
    assert sorted(codes_of_auth() - AT_THE_START_ONLY - set(TABLE)) == []


def test_every_reason_to_close_has_its_line() -> None:
    assert sorted(set(messages.CLOSE_CODES) - set(TABLE)) == []


def test_every_line_is_for_something() -> None:
    """A line that nothing reaches would hide a code that was renamed."""
    used = {code for code, _ in codes_raised("visiojury", EXAM_ERRORS)}
    used |= set(get_args(Missing))
    used |= codes_of_auth() | codes_of_imports() | set(messages.CLOSE_CODES)
    edge = (ROOT / "signaling").rglob("*.py")
    text = "".join(p.read_text("utf-8") for p in edge if not p.name.endswith("refusals.py"))
    relay = "".join(p.read_text("utf-8") for p in (ROOT / "media").glob("*.py"))
    unused = {code for code in set(TABLE) - used if f'"{code}"' not in text + relay}
    assert sorted(unused) == []


@pytest.mark.parametrize("code", TABLE)
def test_every_message_can_be_said(code: str) -> None:
    status, template = TABLE[code]
    assert 400 <= status < 600
    assert title_of(status)
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    said = message_of(code, dict.fromkeys(names, "quelque chose"))
    assert "{" not in said
    assert said.count("quelque chose") == len(names)
    assert said.endswith((".", ").", "d."))
    assert "{" not in message_of(code)  # without its details it is said all the same


def test_the_details_a_message_needs_are_raised_with_it() -> None:
    needed = {
        code: {name for _, name, _, _ in Formatter().parse(template) if name}
        for code, (_, template) in TABLE.items()
    }
    missing = []
    for path in sorted((ROOT / "visiojury/exam").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if getattr(node.func, "id", "") in EXAM_ERRORS and isinstance(first, ast.Constant):
                given = {keyword.arg for keyword in node.keywords}
                missing += [f"{first.value!r}: {n}" for n in needed[str(first.value)] - given]
    assert missing == []


@pytest.mark.parametrize(
    "refusal",
    [
        RequestError("body_malformed", where="act.id"),
        NotReadyError("commission_incomplete", present=1, minimum=2),
        auth_errors.TokenForeignError("signed by an unknown key"),
        auth_errors.InvitationCodeWrongError(attempts_left=3),
        auth_errors.FingerprintMissingError("not 32 bytes in hexadecimal"),
    ],
    ids=lambda refusal: refusal.code,
)
def test_a_refusal_of_any_kind_is_explained(
    refusal: RequestError | ExamError | AuthError,
) -> None:
    said = Problem.model_validate(explain(refusal))
    assert said.code == refusal.code
    assert said.detail == text_of(refusal)
    assert "–" not in said.detail
    assert said.type == f"/api/problems#{refusal.code}"
    assert status_of(refusal.code) >= 400


@pytest.mark.parametrize("detail", ["{0}", "{x.__class__}", "%s", "{"])
def test_a_detail_is_said_as_it_is(detail: str) -> None:
    assert detail in message_of("block_unknown", {"block": detail})
