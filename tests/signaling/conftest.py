"""One server for all tests of a module; each makes its own session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.signaling.site import Site, serving, settings_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with serving(settings_in(tmp_path_factory.mktemp("site"))) as running:
        yield running
