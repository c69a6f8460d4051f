"""docs/cli.md from the parser of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from visiojury.cli import parser

HEAD = """# Commands

Every command of `visiojury`, made by `make docs` from its parser. With `--json` a command prints
one object and nothing else. Exit codes: 0 done, 1 what was checked does not hold, 2 the command
cannot be carried out. `session` and `documents` ask a running server, with the key of the data
directory that `--config` names.

| command | what for |
|---|---|
"""


def render() -> str:
    lines = [f"| `{usage}` | {help_} |" for usage, help_ in leaves(parser())]
    return HEAD + "\n".join(lines) + "\n"


def leaves(parser: argparse.ArgumentParser, help_: str = "") -> Iterator[tuple[str, str]]:
    """Yield the usage and the help of every command that runs something."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield _usage(parser), help_
    for group in groups:
        said = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, below in group.choices.items():
            yield from leaves(below, said[name])


def _usage(parser: argparse.ArgumentParser) -> str:
    parts = [parser.prog]
    for action in parser._actions:
        if action.dest == "help":
            continue
        value = action.metavar or (
            "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
        )
        if not action.option_strings:
            parts.append(f"[{value}…]" if action.nargs == "*" else str(value))
            continue
        option = action.option_strings[-1] + (f" {value}" if action.nargs != 0 else "")
        parts.append(option if action.required else f"[{option}]")
    return " ".join(parts).replace("|", "\\|")
