"""A served site and a cast of browsers for each test; nothing of either is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.people import Cast, new_cast
from tests.e2e.site import Site
from visiojury.rehearsal.ports import LOCAL


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A server; reachable from the host too, where the test has one."""
    hosts: tuple[str, ...] = (LOCAL,)
    if "host" in request.fixturenames:
        hosts = (LOCAL, request.getfixturevalue("host").gateway)
    directory = tmp_path / "site"
    directory.mkdir()
    site = Site(directory, hosts)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture
async def cast(tmp_path: Path) -> AsyncIterator[Cast]:
    async with new_cast(tmp_path) as cast:
        yield cast
