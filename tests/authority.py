"""A time-stamp authority: the real `openssl ts` behind a page of HTTP."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.builders import Story, sealed_story
from visiojury.exam import events as ev
from visiojury.record import timestamp
from visiojury.record.seal import signed_bytes

CONFIGURATION = """
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
"""


@dataclass
class Authority:
    folder: Path
    url: str = ""
    asked: int = 0
    failures: list[web.Response] = field(default_factory=list)
    """What is answered first, before any stamp."""

    @property
    def certificates(self) -> str:
        return (self.folder / "ca.pem").read_text()

    async def stamp(self, request: bytes) -> bytes:
        query, reply = self.folder / f"{self.asked}.tsq", self.folder / f"{self.asked}.tsr"
        query.write_bytes(request)
        process = await asyncio.create_subprocess_exec(
            *("openssl", "ts", "-reply", "-config", str(self.folder / "ts.conf")),
            *("-queryfile", str(query), "-out", str(reply)),
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said
        return reply.read_bytes()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        assert request.content_type == "application/timestamp-query"
        if self.failures:
            return self.failures.pop(0)
        content = await self.stamp(await request.read())
        return web.Response(body=content, content_type="application/timestamp-reply")


def make_authority(folder: Path) -> Authority:
    """Return an authority with a root of its own, which stamps and is not reached by HTTP yet."""
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Racine d’essai", root_key, "Racine d’essai", root_key, stamps=False)
    leaf = _certificate("Horodatage d’essai", key, "Racine d’essai", root_key, stamps=True)
    (folder / "ca.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "tsa.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    (folder / "ts.conf").write_text(CONFIGURATION.format(folder=folder))
    return Authority(folder)


@asynccontextmanager
async def serving_stamps(folder: Path) -> AsyncIterator[Authority]:
    authority = make_authority(folder)
    app = web.Application()
    app.router.add_post("/", authority.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    authority.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield authority
    finally:
        await runner.cleanup()


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    stamps: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=stamps,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=not stamps,
                crl_sign=not stamps,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if stamps:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return builder.sign(issuer_key, hashes.SHA256())


async def stamped_story(authority: Authority) -> Story:
    """Return a sealed session whose seal `authority` has stamped."""
    story = sealed_story()
    seal = story.session.seal
    assert seal is not None
    signed = signed_bytes(head=seal.head, size=seal.size, root=seal.root)
    response = await authority.stamp(timestamp.request(signed)[0])
    story.observe(
        ev.RecordTimestamped(
            at_ms=story.now_ms,
            size=seal.size,
            response=base64.b64encode(response).decode(),
            certificates=authority.certificates,
        )
    )
    return story
