from __future__ import annotations

from pathlib import Path

import pytest

from auth.proofs import ProofVerifier
from tests.auth.forge import Device, Mint


@pytest.fixture
def mint(tmp_path: Path) -> Mint:
    return Mint(tmp_path / "keys")


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def verifier() -> ProofVerifier:
    return ProofVerifier()
