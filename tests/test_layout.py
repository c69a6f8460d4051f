"""What the house style promises about files, and a script can check."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("visiojury", "signaling", "media", "auth", "loadtests")
TOP_PACKAGES = ("visiojury", "signaling", "media", "auth")
WEB = ROOT / "signaling" / "web"

MAX_LINES = 500

# Left by tools, or data of an installation.
NOT_OURS = {".git", ".venv", "var", "build", "dist", "__pycache__", "node_modules"}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".sh",
    ".yaml",
    ".yml",
    ".json",
    ".typ",
    ".service",
    ".conf",
}
WEB_TEXT = {".html", ".js", ".css", ".svg", ".webmanifest"}

MACHINE_PATH = re.compile(r"(?<![\w.}$/~-])/(?:home|Users|root|work)/[\w.-]+")
HTML_SINK = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc|setHTMLUnsafe)\b"
    r"|\bdocument\.write|\beval\(|\bnew Function\("
)
FOREIGN_URL = re.compile(r"""(?:https?:|wss?:|["'(])//(?!www\.w3\.org/)[\w\[]""")
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
LOCAL_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)[^)]*\)")


def files(folder: Path, suffixes: set[str]) -> list[Path]:
    found: list[Path] = []
    for directory, names, leaves in os.walk(folder):
        names[:] = [
            n for n in names if n not in NOT_OURS and not n.endswith((".egg-info", "_cache"))
        ]
        found += [Path(directory, leaf) for leaf in leaves if Path(leaf).suffix in suffixes]
    return found


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def project() -> dict[str, list[str]]:
    """Requirement names by extra; the program's own under the empty name."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"": metadata["dependencies"], **metadata["optional-dependencies"]}
    names = {
        extra: [match[0].lower() for line in lines if (match := REQUIREMENT.match(line))]
        for extra, lines in groups.items()
    }
    return {extra: [n for n in listed if n != metadata["name"]] for extra, listed in names.items()}


def pins(lock: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / lock).read_text("utf-8")))


def imported(path: Path) -> Iterator[str]:
    """Top-level names that a module imports, late imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def packages() -> list[Path]:
    return [
        path.parent.relative_to(ROOT)
        for top in TOP_PACKAGES
        for path in (ROOT / top).rglob("__init__.py")
    ]


def has_tests(package: Path) -> bool:
    folder = ROOT / "tests" / package
    beside = ROOT / "tests" / package.parent / f"test_{package.name}.py"
    return beside.exists() or any(folder.rglob("test_*.py"))


def test_every_package_has_its_tests_where_the_tree_says() -> None:
    assert packages()
    assert [str(package) for package in packages() if not has_tests(package)] == []


def test_every_test_folder_names_a_source_folder() -> None:
    tests = ROOT / "tests"
    folders = {path.parent.relative_to(tests) for path in files(tests, {".py"})}
    beyond_the_tree = {Path(), Path("e2e"), Path("fuzz"), Path("mutations"), Path("oidc")}
    assert [str(f) for f in folders - beyond_the_tree if not (ROOT / f).is_dir()] == []


def test_no_module_grows_past_the_limit() -> None:
    modules = [path for source in SOURCES for path in files(ROOT / source, {".py", ".js"})]
    assert modules
    lengths = {relative(path): len(path.read_text("utf-8").splitlines()) for path in modules}
    assert {name: lines for name, lines in lengths.items() if lines >= MAX_LINES} == {}


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    written = [p for p in files(ROOT, TEXT | WEB_TEXT) if p != Path(__file__)]
    written += [ROOT / "Makefile", ROOT / ".ci" / "run"]
    assert [
        f"{relative(path)}: {found[0]}"
        for path in written
        if (found := MACHINE_PATH.search(path.read_text("utf-8")))
    ] == []


def test_the_way_of_installing_names_no_address() -> None:
    """Where packages come from is the machine's configuration, never the project's."""
    names = ("Makefile", "deploy/setup.sh", "requirements.lock", "requirements-run.lock", ".ci/run")
    texts = {name: (ROOT / name).read_text("utf-8") for name in names}
    assert [n for n, text in texts.items() if re.search(r"://|index-url [^-\s\\]", text)] == []


def test_the_web_client_has_no_way_to_turn_text_into_markup() -> None:
    client = files(WEB, WEB_TEXT)
    assert client
    assert [relative(p) for p in client if HTML_SINK.search(p.read_text("utf-8"))] == []


def test_the_web_client_asks_nobody_else() -> None:
    assert [
        relative(p) for p in files(WEB, WEB_TEXT) if FOREIGN_URL.search(p.read_text("utf-8"))
    ] == []


def test_decision_numbers_are_given_once() -> None:
    names = [path.name for path in (ROOT / "docs" / "adr").glob("*.md")]
    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)] == []
    assert [number for number, count in Counter(n[:4] for n in names).items() if count > 1] == []


def test_every_dependency_says_why_it_is_there() -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    wanted = {name for names in project().values() for name in names}
    assert sorted(name for name in wanted if f"| `{name}` |" not in explained) == []


def test_no_dependency_is_explained_that_is_gone() -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    python_part = explained.split("## Debian")[0]
    wanted = {name for names in project().values() for name in names}
    assert set(re.findall(r"^\| `([^`]+)` \|", python_part, re.MULTILINE)) - wanted == set()


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """`make lock` was run after the last change of pyproject.toml."""
    locked = {name for name, _ in pins("requirements.lock")}
    locked_to_run = {name for name, _ in pins("requirements-run.lock")}
    wanted = project()
    assert {name for names in wanted.values() for name in names} - locked == set()
    assert {*wanted[""], *wanted["build"]} - locked_to_run == set()


def test_the_program_asks_itself_for_all_that_it_imports() -> None:
    """Not by way of another's dependencies, and not by way of a developer's tool."""
    known = packages_distributions()
    foreign = {
        name: relative(path)
        for top in TOP_PACKAGES
        for path in files(ROOT / top, {".py"})
        for name in imported(path)
        if name not in sys.stdlib_module_names and name not in TOP_PACKAGES
    }
    assert foreign
    wanted = set(project()[""])
    assert {
        name: where
        for name, where in foreign.items()
        if not wanted.intersection(d.lower().replace("_", "-") for d in known.get(name, ()))
    } == {}


def test_both_locks_pin_the_same_versions() -> None:
    assert pins("requirements-run.lock") - pins("requirements.lock") == set()


def test_the_readme_names_both_commands() -> None:
    first_screen = (ROOT / "README.md").read_text("utf-8").splitlines()[:40]
    assert [c for c in ("make run", "make test") if c not in "\n".join(first_screen)] == []


def test_links_between_our_documents_lead_somewhere() -> None:
    documents = [p for p in files(ROOT, {".md"}) if p.parent == ROOT or "docs" in p.parts]
    assert [
        f"{relative(path)}: {target}"
        for path in documents
        for target in LOCAL_LINK.findall(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ] == []


def test_what_make_and_ci_start_can_be_started() -> None:
    assert [n for n in ("deploy/setup.sh", ".ci/run") if not os.access(ROOT / n, os.X_OK)] == []
