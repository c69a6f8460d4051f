"""The events are all in the union, under names of their own that stay."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args

from visiojury.exam import events as ev

EVENTS: tuple[type[Any], ...] = get_args(ev.Event)


def name_of(event: type[Any]) -> str:
    return str(event.__dataclass_fields__["type"].default)


def defined() -> set[type[Any]]:
    """Every class of the package that has a name in the record."""
    modules = [import_module(f"{ev.__name__}.{info.name}") for info in iter_modules(ev.__path__)]
    return {
        cls
        for module in modules
        for cls in vars(module).values()
        if is_dataclass(cls) and isinstance(cls, type) and "type" in {f.name for f in fields(cls)}
    }


def test_every_event_is_in_the_union() -> None:
    assert defined() == set(EVENTS)


def test_every_event_can_be_had_from_the_package() -> None:
    assert [cls.__name__ for cls in EVENTS if cls.__name__ not in ev.__all__] == []


def test_each_name_in_the_record_is_one_events_own() -> None:
    names = Counter(name_of(event) for event in EVENTS)
    assert [name for name, count in names.items() if count > 1] == []
    assert [n for n in names if not re.fullmatch(r"[a-z_]+\.[a-z_]+", n)] == []


def test_what_may_follow_the_seal_is_an_event() -> None:
    assert set(ev.AFTER_THE_SEAL) <= set(EVENTS)
