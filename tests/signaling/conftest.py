"""One server for all tests of a module; each makes its own session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from signaling import settings as s
from tests.signaling.site import Site, serving, settings_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with serving(settings_in(tmp_path_factory.mktemp("site"))) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A site that takes thousands of requests from one address."""
    freely = s.Allowance(per_s=10_000, burst=100_000)
    settings = settings_in(tmp_path_factory.mktemp("open-site")).model_copy(
        update={"limits": s.Limits(address=freely, account=freely, sign_in=freely)}
    )
    async with serving(settings) as running:
        yield running
