"""What holds for every test: nothing of the developer's machine leaks in, no skip is mute.

Random order, warnings as errors, strict markers and the asyncio mode are set in pyproject.toml.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.databases import Database
from tests.e2e.netns import Host, new_host, why_not
from tests.postgres import Postgres, cluster

# A deadline per example would measure how busy the machine is, not the code.
settings.register_profile("visiojury", deadline=None, print_blob=True)
# For a night: `pytest --hypothesis-profile=deep`, forty times as many examples where none are set.
settings.register_profile("deep", settings.get_profile("visiojury"), max_examples=4000)
settings.load_profile("visiojury")


def pytest_configure() -> None:
    """Forget the developer's settings; send what a server in this process logs to pytest's own log.

    Otherwise it would stand, now and then, among what a command under test prints.
    """
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    of_tests = {"VISIOJURY_SCREENSHOTS"}
    for name in [name for name in os.environ if name.startswith("VISIOJURY_")]:
        if name in of_tests:
            continue
        del os.environ[name]


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Refuse a skip that does not say why.

    Raises:
        pytest.UsageError: naming the tests.
    """
    mute = [item.nodeid for item in items if _is_mute_skip(item)]
    if mute:
        raise pytest.UsageError("a skip must give its reason: " + ", ".join(mute))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what repeats this order; `-q` hides the line that pytest-randomly has for it."""
    seed = terminalreporter.config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"order: --randomly-seed={seed}")


def _is_mute_skip(item: pytest.Item) -> bool:
    unconditional = any(
        not (mark.kwargs.get("reason") or mark.args) for mark in item.iter_markers("skip")
    )
    return unconditional or any(
        not mark.kwargs.get("reason") for mark in item.iter_markers("skipif")
    )


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a machine of its own, at the other end of a cable."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with new_host(tmp_path) as host:
        yield host


# --- databases: a SQLite file, and a database of a real PostgreSQL ---------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with cluster() as running:
        yield running


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Database:
    return Database(tmp_path / "record.db")


@pytest.fixture
def postgres_database(postgres: Postgres) -> Database:
    return Database(postgres.new_database(), postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    chosen = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(chosen, Database)
    return chosen
