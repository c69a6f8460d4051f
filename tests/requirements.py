"""Which code and which tests stand for each requirement, read from the sources themselves.

Code stands for a requirement when a docstring or a comment names its identifier; a test when it
carries `@pytest.mark.requirement("J5")`. Nothing is imported and nothing runs.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "requirements.toml"
SOURCES = ("visiojury", "signaling", "media", "auth", "deploy")
IDENTIFIER = re.compile(r"\b[SBDJAT][0-9]{1,2}\b")
OTHER_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
"""In JavaScript, Typst, TOML and shell; an address holds no requirement's identifier."""

HEAD = """# Requirements

What the product must do, the modules that say they do it, and the tests that prove it. Made by
`make docs` from [requirements.toml](requirements.toml), the docstrings and the tests' marks.
"""


@dataclass(frozen=True, slots=True)
class Requirements:
    groups: dict[str, str]
    """By first letter: the heading."""
    text: dict[str, str]
    open: dict[str, str]
    """Holes known as such, with what is missing."""


def read() -> Requirements:
    data = tomllib.loads(DATA.read_text("utf-8"))
    return Requirements(data["groups"], data["text"], data["open"])


def in_code() -> dict[str, list[str]]:
    """Return, by identifier, the modules whose docstrings or comments name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in _files(SOURCES, {".py", ".js", ".typ", ".toml", ".sh"}):
        source = path.read_text("utf-8")
        said = _said_in_python(source) if path.suffix == ".py" else OTHER_COMMENT.findall(source)
        for identifier in sorted(set(IDENTIFIER.findall("\n".join(said)))):
            found[identifier].append(path.relative_to(ROOT).as_posix())
    return dict(found)


def in_tests() -> dict[str, dict[str, list[str]]]:
    """Return, by identifier, the marked tests of each file."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in _files(("tests",), {".py"}):
        if path.name.startswith("test_"):
            for identifier, test in _marked(ast.parse(path.read_text("utf-8"))):
                found[identifier][path.relative_to(ROOT).as_posix()].append(test)
    return {identifier: dict(files) for identifier, files in found.items()}


def holes() -> dict[str, str]:
    """Return what each requirement that is not shown lacks."""
    code, tests = in_code(), in_tests()
    missing = {
        identifier: [
            *(["no code names it"] if identifier not in code else []),
            *(["no test is marked with it"] if identifier not in tests else []),
        ]
        for identifier in read().text
    }
    return {identifier: ", ".join(lacks) for identifier, lacks in missing.items() if lacks}


def close() -> None:
    """Take out of [open] what is no hole any more; nothing is ever added there but by hand."""
    head, mark, listed = DATA.read_text("utf-8").partition("[open]\n")
    still = [line for line in listed.splitlines(keepends=True) if line.split(" ")[0] in holes()]
    DATA.write_text(head + mark + "".join(still), encoding="utf-8")


def render() -> str:
    """Return docs/requirements.md."""
    requirements, code, tests = read(), in_code(), in_tests()
    parts = [HEAD]
    for letter, title in requirements.groups.items():
        parts.append(f"\n## {title}\n\n| id | requirement | code | tests |\n|---|---|---|---|\n")
        for identifier, text in requirements.text.items():
            if identifier.startswith(letter):
                modules = "<br>".join(f"`{path}`" for path in code.get(identifier, []))
                proofs = "<br>".join(
                    f"`{path}`: {', '.join(f'`{name}`' for name in names)}"
                    for path, names in tests.get(identifier, {}).items()
                )
                lacks = requirements.open.get(identifier)
                note = "" if lacks is None else f" **Open: {lacks}.**"
                parts.append(f"| {identifier} | {text}{note} | {modules} | {proofs} |\n")
    return "".join(parts)


def _files(folders: tuple[str, ...], suffixes: set[str]) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes
    )


def _said_in_python(source: str) -> Iterator[str]:
    """Yield comments, and texts that stand as statements: docstrings, also of attributes."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def _marked(
    module: ast.Module | ast.ClassDef, inherited: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            inherited += tuple(_identifiers(node.value))
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            own = [i for decorator in node.decorator_list for i in _identifiers(decorator)]
            yield from _marked(node, (*inherited, *own))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                own = [i for decorator in node.decorator_list for i in _identifiers(decorator)]
                for identifier in dict.fromkeys((*inherited, *own)):
                    yield identifier, node.name
        elif ast.unparse(node).startswith("Test"):  # a Hypothesis machine: TestX = Machine.TestCase
            for identifier in inherited:
                yield identifier, ast.unparse(node).split(" ", 1)[0]


def _identifiers(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)
