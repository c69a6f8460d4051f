"""The running server is asked all that its own description allows, and what it does not."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from tests.signaling.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
MOST_S = 55


async def test_nothing_that_the_description_allows_breaks_the_server(site: Site) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{site.origin}/api/openapi.json"),
        *("--checks", f"{CHECKS},response_schema_conformance", "--max-examples", "5"),
        *("--header", f"Authorization: Bearer {site.server.gate.tokens.admin()}"),
        # It makes no PDF; bodies that are none are tested with the files themselves.
        *("--exclude-path", "/api/sessions/{session_id}/files"),
        *("--phases", "examples,coverage,fuzzing", "--exclude-path", "/api/ws", "--seed", "1"),
    ]
    run = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=MOST_S, check=False
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
