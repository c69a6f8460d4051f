"""Guards at the edge that nothing else would miss: headers, heartbeat, compression, cookies."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from signaling.api import service
from signaling.socket import HEARTBEAT_S
from tests.signaling.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T1")]

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Once more, by name: the table of the product must not be its own proof."""
PATHS = ("/", "/static/main.js", "/livez", "/api/nothing", "/openid/callback")


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_headers_a_browser_needs(site: Site, path: str) -> None:
    async with site.http.get(site.origin + path) as response:
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert set(policy) >= CSP
        assert not {word for word in " ".join(policy).split() if "unsafe" in word or word == "*"}
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert "Set-Cookie" not in response.headers  # so that no other site can lend one (CSRF)


async def test_a_socket_that_answers_no_heartbeat_is_closed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert HEARTBEAT_S == 10.0
    monkeypatch.setattr(service, "HEARTBEAT_S", 0.2)
    url, loop = f"{site.origin}/api/ws", asyncio.get_running_loop()
    begun = loop.time()
    async with site.http.ws_connect(url, origin=site.origin, autoping=False) as ws:
        assert (await ws.receive()).type is aiohttp.WSMsgType.PING
        ended = await asyncio.wait_for(ws.receive(), 4)
    assert ended.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE}
    assert loop.time() - begun < 4  # and not after the five seconds that a hello may take


async def test_a_socket_is_never_compressed(site: Site) -> None:
    url = f"{site.origin}/api/ws"
    async with site.http.ws_connect(url, origin=site.origin, compress=15) as ws:
        assert ws.compress == 0
        assert "Sec-WebSocket-Extensions" not in ws._response.headers
