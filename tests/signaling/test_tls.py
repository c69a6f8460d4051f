"""TLS by the server itself: what it speaks, what it refuses, how it renews."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from signaling.errors import StartError
from signaling.settings import HTTP
from signaling.tls import context_of
from tests.certificates import Identity, make_identity
from tests.signaling.site import Site, serving, settings_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Secured:
    site: Site
    identity: Identity
    folder: Path

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.site.settings.http.port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    identity = make_identity(folder)
    settings = settings_in(folder / "data")
    files = {"certificate": identity.certificate, "key": identity.key}
    http = settings.http.model_copy(update=files)
    async with serving(settings.model_copy(update={"http": http})) as site:
        yield Secured(site, identity, folder)


async def test_people_come_by_https_and_are_told_to_stay(secured: Secured) -> None:
    url = f"{secured.site.origin}/livez"
    assert url.startswith("https://")
    async with secured.site.http.get(url, ssl=secured.identity.trusting()) as response:
        assert response.status == 200
        assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("newest", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AES+SHA384:ECDHE+AES+SHA256:!AESGCM:!CHACHA20"),
    ],
)
async def test_old_tls_and_cbc_are_refused(
    secured: Secured, newest: ssl.TLSVersion, ciphers: str
) -> None:
    client = secured.identity.trusting()
    client.minimum_version = ssl.TLSVersion.TLSv1
    client.maximum_version = newest
    client.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError), await _connected(secured, client):
        pass


async def test_a_renewed_certificate_is_taken_up(secured: Secured) -> None:
    before = await _serial(secured)
    make_identity(secured.folder)
    stamp = secured.identity.key.stat().st_mtime_ns + 1_000_000
    os.utime(secured.identity.key, ns=(stamp, stamp))
    await _serial(secured)  # The handshake that notices is still answered with the former one.
    assert await _serial(secured) != before


async def test_a_half_written_renewal_leaves_the_former_in_use(secured: Secured) -> None:
    await _serial(secured)
    before = await _serial(secured)
    whole = secured.identity.certificate.read_bytes()
    secured.identity.certificate.write_bytes(whole[:100])
    assert [await _serial(secured) for _ in range(2)] == [before] * 2
    secured.identity.certificate.write_bytes(whole)


async def test_a_key_that_is_not_the_certificates_is_told_at_the_start(tmp_path: Path) -> None:
    one = make_identity(tmp_path)
    (tmp_path / "other").mkdir()
    other = make_identity(tmp_path / "other")
    with pytest.raises(StartError, match=r"http\.key"):
        context_of(HTTP(certificate=one.certificate, key=other.key))
    with pytest.raises(StartError, match=r"http\.certificate"):
        context_of(HTTP(certificate=tmp_path / "none.pem", key=one.key))


async def _serial(secured: Secured) -> bytes:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    with await _connected(secured, client) as connection:
        certificate = connection.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


async def _connected(secured: Secured, client: ssl.SSLContext) -> ssl.SSLSocket:
    def connect() -> ssl.SSLSocket:
        plain = socket.create_connection(secured.address, timeout=5)
        try:
            return client.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    return await asyncio.to_thread(connect)
