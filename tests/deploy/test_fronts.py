"""The fronts of deploy/, as they stand but for names and ports, before a real server."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from signaling import settings as s
from tests.certificates import make_identity
from tests.signaling.site import Site, line_of, serving, settings_in
from visiojury.rehearsal.ports import free_port

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SIGN_INS = 5
START_S = 15.0
CADDY_GLOBALS = "{\n\tskip_install_trust\n\tadmin off\n\tauto_https disable_redirects\n}\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@contextmanager
def program(*command: str, cwd: Path, **environment: str) -> Iterator[None]:
    log = (cwd / "log").open("wb")
    process = subprocess.Popen(
        command, cwd=cwd, env=os.environ | environment, stdout=log, stderr=log
    )
    log.close()
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def caddy(folder: Path, port: int, server_port: int) -> Iterator[Path]:
    """Yield the certificate to trust."""
    own = (DEPLOY / "caddy/Caddyfile").read_text("utf-8")
    (folder / "Caddyfile").write_text(CADDY_GLOBALS + own, "utf-8")
    root = folder / "caddy/pki/authorities/local/root.crt"
    with program(
        str(Path(sysconfig.get_path("scripts")) / "caddy"),
        *("run", "--config", "Caddyfile", "--adapter", "caddyfile"),
        cwd=folder,
        XDG_DATA_HOME=str(folder),
        XDG_CONFIG_HOME=str(folder),
        VISIOJURY_SITE=f"localhost:{port}",
        VISIOJURY_SERVER=f"127.0.0.1:{server_port}",
    ):
        yield root


@contextmanager
def nginx(folder: Path, port: int, server_port: int) -> Iterator[Path]:
    """Yield the certificate to trust."""
    identity = make_identity(folder)
    own = (DEPLOY / "nginx/visiojury.conf").read_text("utf-8")
    for there, here in (
        ("exam.example", "localhost"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:{server_port}"),
        ("/etc/ssl/visiojury/fullchain.pem", str(identity.certificate)),
        ("/etc/ssl/visiojury/privkey.pem", str(identity.key)),
    ):
        assert there in own, there
        own = own.replace(there, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{temporary}{own}}}\n"
    (folder / "nginx.conf").write_text(text, "utf-8")
    user = "" if os.geteuid() else "user root;"
    with program(
        "/usr/sbin/nginx",
        *("-c", str(folder / "nginx.conf"), "-e", str(folder / "error"), "-g", user),
        cwd=folder,
    ):
        yield identity.certificate


FRONTS: dict[str, Callable[[Path, int, int], AbstractContextManager[Path]]] = {
    "caddy": caddy,
    "nginx": nginx,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(FRONTS))
async def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A server that people reach through a front, and a client that trusts the front."""
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    settings = settings_in(folder / "data")
    http = settings.http.model_copy(
        update={
            "origins": (f"https://localhost:{port}",),
            "trusted_fronts": (ip_network("127.0.0.1/32"),),
        }
    )
    limits = s.Limits(sign_in=s.Allowance(per_s=0.01, burst=SIGN_INS))
    settings = settings.model_copy(update={"http": http, "limits": limits})
    async with serving(settings) as site:
        with FRONTS[request.param](folder, port, http.port) as trusted:
            context = await _open(port, trusted)
            async with aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context)
            ) as through:
                yield Site(site.server, through, settings)


async def _open(port: int, trusted: Path) -> ssl.SSLContext:
    """Wait until the front shakes hands with a certificate that `trusted` vouches for.

    It listens before its certificate is there, and the file is there before it is whole.
    """
    async with asyncio.timeout(START_S):
        while True:
            with suppress(OSError):
                context = ssl.create_default_context(cafile=str(trusted))
                _, writer = await asyncio.open_connection("localhost", port, ssl=context)
                writer.close()
                return context
            await asyncio.sleep(0.1)


async def test_a_person_comes_in_and_whoever_writes_an_address_themselves_is_still_one(
    site: Site,
) -> None:
    client = await site.person(await site.create(), "candidate")
    async with line_of(site, client) as line:
        snapshot = await line.next("snapshot")
    assert snapshot["state"]["me"] == "candidate"
    assert (await _codes_of_guesses(site))[-2:] == ["too_many_requests"] * 2


async def test_the_page_is_served_with_its_headers(site: Site) -> None:
    async with site.http.get(site.origin + "/") as response:
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "max-age=" in response.headers["Strict-Transport-Security"]


async def _codes_of_guesses(site: Site) -> list[str]:
    codes = []
    for number in range(SIGN_INS + 3):
        async with site.http.post(
            site.origin + "/api/invitations/redeem",
            json={"secret": "A" * 43, "code": None},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ) as response:
            codes.append((await response.json())["code"])
    return codes
