"""The commands are all in the union, each with a name, a handler and its line of rights."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args

from visiojury.exam import commands as cmd
from visiojury.exam.decide import HANDLERS
from visiojury.exam.permissions import PERMISSIONS

COMMANDS: tuple[type[Any], ...] = get_args(cmd.Command)


def defined() -> set[type[Any]]:
    """Every class of the package that has a name on the wire."""
    modules = [import_module(f"{cmd.__name__}.{info.name}") for info in iter_modules(cmd.__path__)]
    return {
        cls
        for module in modules
        for cls in vars(module).values()
        if is_dataclass(cls)
        and isinstance(cls, type)
        and "command" in {f.name for f in fields(cls)}
    }


def test_every_command_is_in_the_union() -> None:
    assert defined() == set(COMMANDS)
    assert [cls.__name__ for cls in COMMANDS if cls.__name__ not in cmd.__all__] == []


def test_every_command_has_a_handler_and_a_line_of_rights() -> None:
    assert set(HANDLERS) == set(COMMANDS)
    assert set(PERMISSIONS) == set(COMMANDS)


def test_each_name_on_the_wire_is_one_commands_own() -> None:
    names = Counter(c.__dataclass_fields__["command"].default for c in COMMANDS)
    assert [name for name, count in names.items() if count > 1] == []
