"""The local OpenID provider, and a browser that signs in at it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp

from signaling.oidc import CALLBACK_PATH, SIGNED_OUT_PATH
from visiojury.rehearsal.ports import free_port

FOLDER = Path(__file__).parent
CLIENT_ID = "visiojury"
CLIENT_SECRET = "a-secret-of-the-tests-and-of-nothing-else"
START_S = 20.0


@asynccontextmanager
async def provider(origin: str, **changes: object) -> AsyncIterator[str]:
    """Yield the issuer of a provider that runs.

    Args:
        origin: of the installation that it sends browsers back to.
        changes: of the client's registration; None: left out.
    """
    assert (FOLDER / "node_modules").is_dir(), "run make setup-test: it installs the provider"
    port = free_port()
    client: dict[str, object] = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [origin + CALLBACK_PATH],
        "post_logout_redirect_uris": [origin + SIGNED_OUT_PATH],
        "token_endpoint_auth_method": "client_secret_post",
        "userinfo_signed_response_alg": "RS256",
        **changes,
    }
    client = {name: value for name, value in client.items() if value is not None}
    process = await asyncio.create_subprocess_exec(
        "node",
        str(FOLDER / "provider.js"),
        json.dumps({"port": port, "client": client}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            while (line := await process.stdout.readline()) != b"listening\n":
                assert line, "the provider ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def sign_in(
    authorization_url: str, *, account: str | None, acr: str = "eidas1"
) -> dict[str, str]:
    """Return what the provider puts into the address it sends a browser back to.

    Args:
        authorization_url: where the page sends the browser.
        account: who signs in; None: they give up.
        acr: how surely.
    """
    jar = aiohttp.CookieJar(unsafe=True)  # the provider has an address, not a name
    query = "?refuse" if account is None else f"?account={account}&acr={acr}"
    url, issuer = authorization_url, urlsplit(authorization_url).netloc
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        while urlsplit(url).netloc == issuer:
            async with browser.get(url, allow_redirects=False) as response:
                assert response.status in {302, 303}, await response.text()
                url = urljoin(url, response.headers["Location"])
            if urlsplit(url).path.startswith("/interaction/"):
                url += query
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
