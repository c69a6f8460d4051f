"""A relay process, and a browser with a camera, for whoever asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.media.browsers import launched, make_noise, serving
from tests.media.robots import Desk, running


@pytest.fixture(scope="session")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that costs any encoder all it is given."""
    return make_noise(tmp_path_factory.mktemp("camera") / "noise.y4m")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as made:
        yield made


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """The address of the test page."""
    async with serving() as url:
        yield url


@pytest.fixture
async def browser(noise: Path) -> AsyncIterator[Browser]:
    async with launched(noise) as made:
        yield made
