"""`python -m tests.mutations [WORD…]`: take each guard away, in a copy, and see its test go red.

A mutation whose test stays green survived: the trap is open to the next change of the code, and the
status is 1. First of all, each test has to be green in a copy that nothing was taken from. WORDs
pick the traps that contain one. Not part of what CI runs: some minutes. That the table is true of
the code is (`test_table.py`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.mutations.table import TABLE, Mutation

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("auth", "media", "signaling", "visiojury", "tests", "pyproject.toml")
NODE_MODULES = "tests/oidc/node_modules"
DUE_S = 300
# Only the plug-ins that these tests need: reading the others takes longer than the tests.
PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
    *("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin"),
)
GREEN, RED = 0, 1
"""As pytest ends. Any other status is neither: the test was not found, or did not begin."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--at-a-time", type=int, default=2)
    arguments = parser.parse_args()
    wanted = [m for m in TABLE if not arguments.words or any(w in m.trap for w in arguments.words)]
    with ThreadPoolExecutor(arguments.at_a_time) as pool:
        tests = sorted({mutation.test for mutation in wanted})
        unsound = [
            test for test, is_ in zip(tests, pool.map(_is_green, tests), strict=True) if not is_
        ]
        for test in unsound:
            print(f"not green to begin with: {test}", flush=True)
        if unsound:
            return 1
        survived = 0
        for mutation, verdict in zip(wanted, pool.map(_verdict, wanted), strict=True):
            survived += verdict != "red"
            print(f"{verdict:8}  {mutation.trap:34}  {mutation.test}", flush=True)
    print(f"{len(wanted)} guards taken away, {survived} survived")
    return 1 if survived else 0


def _is_green(test: str) -> bool:
    with _copy() as folder:
        return _status(folder, test) == GREEN


def _verdict(mutation: Mutation) -> str:
    with _copy() as folder:
        path = folder / mutation.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(mutation.guard, mutation.instead), encoding="utf-8")
        return {GREEN: "survived", RED: "red"}.get(_status(folder, mutation.test), "unknown")


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="visiojury-mutation-") as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)
        (folder / NODE_MODULES).symlink_to(ROOT / NODE_MODULES)
        yield folder


def _status(folder: Path, test: str) -> int:
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [*PYTEST, test],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=DUE_S,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
