"""Every requirement has its code and its proof; what has not is said to be open, and why."""

from __future__ import annotations

from tests import requirements

REQUIREMENTS = requirements.read()


def test_every_requirement_has_code_and_a_test() -> None:
    holes = requirements.holes()
    assert {i: lacks for i, lacks in holes.items() if i not in REQUIREMENTS.open} == {}


def test_what_is_closed_is_not_called_open() -> None:
    """A line left behind would hide the next hole."""
    holes = requirements.holes()
    assert [identifier for identifier in REQUIREMENTS.open if identifier not in holes] == []


def test_no_mark_and_no_comment_names_a_requirement_that_is_none() -> None:
    named = {**requirements.in_code(), **requirements.in_tests()}
    assert {i: list(where) for i, where in named.items() if i not in REQUIREMENTS.text} == {}


def test_every_requirement_has_its_heading() -> None:
    assert {identifier[0] for identifier in REQUIREMENTS.text} == set(REQUIREMENTS.groups)
    assert set(REQUIREMENTS.open) <= set(REQUIREMENTS.text)
