"""PAdES: appended to a document, which stays what it was, PDF/A-3a and PDF/UA-1 included."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from tests.builders import eventful_story
from tests.visiojury.documents.reading import accessibility
from visiojury.documents import Edition
from visiojury.documents.signing import CertificateError, load
from visiojury.documents.studio import Equipment, Studio, equip
from visiojury.documents.verification import verify_bytes
from visiojury.record.lines import to_lines

ENTRIES = eventful_story().entries
RECORD = to_lines(ENTRIES)


@pytest.fixture(scope="module")
def equipment(tmp_path_factory: pytest.TempPathFactory) -> Equipment:
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "DREETS Grand Est")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36_500))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle = serialize_key_and_certificates(
        b"office", key, certificate, None, BestAvailableEncryption(b"secret")
    )
    (folder / "office.p12").write_bytes(bundle)
    (folder / "office.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "password").write_bytes(b"secret\n")
    return Equipment(certificate=folder / "office.p12", password=folder / "password")


@pytest.fixture(scope="module")
def studio(equipment: Equipment) -> Studio:
    return equip(equipment)


@pytest.fixture(scope="module")
def signed(studio: Studio) -> bytes:
    assert studio.signer is not None
    return studio.signer.sign(plain("minutes"))


def plain(name: str) -> bytes:
    return Studio(Edition(), None).make(name, ENTRIES)


@pytest.mark.parametrize("name", ["minutes", "convocation-sitting-1"])
def test_both_standards_survive_and_the_document_stays_in_the_file(
    name: str, studio: Studio, tmp_path: Path
) -> None:
    assert studio.signer is not None
    pdf = studio.signer.sign(plain(name))
    assert pdf.startswith(plain(name))
    assert accessibility(pdf, tmp_path) == []
    metadata = pypdf.PdfReader(io.BytesIO(pdf)).xmp_metadata
    assert metadata is not None
    xmp = metadata.stream.get_data().decode()
    assert 'pdfaid:part="3"' in xmp
    assert 'pdfaid:conformance="A"' in xmp
    assert 'pdfuaid:part="1"' in xmp


def test_a_signed_document_is_verified_with_its_signer(signed: bytes) -> None:
    verdict = verify_bytes(signed)
    assert verdict.holds
    assert verdict.signer == "Common Name: DREETS Grand Est"
    assert "Signature électronique intacte" in verdict.text()


def test_a_signed_document_that_carries_no_record_is_compared_with_one(studio: Studio) -> None:
    pdf = studio.make("results", ENTRIES)
    assert {problem.code for problem in verify_bytes(pdf).problems} == {"record_not_given"}
    assert verify_bytes(pdf, RECORD).holds


def test_openssl_says_the_same(signed: bytes, equipment: Equipment, tmp_path: Path) -> None:
    field = pypdf.PdfReader(io.BytesIO(signed)).get_fields() or {}
    value = field["Signature1"]["/V"]
    first, length, second, rest = (int(number) for number in value["/ByteRange"])
    (tmp_path / "signed").write_bytes(signed[first:length] + signed[second : second + rest])
    (tmp_path / "signature").write_bytes(bytes(value["/Contents"]))
    assert equipment.certificate is not None
    run = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER"),
            *("-in", tmp_path / "signature", "-content", tmp_path / "signed"),
            *("-CAfile", equipment.certificate.with_suffix(".pem"), "-purpose", "any"),
            *("-out", "/dev/null"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_what_is_appended_besides_a_signature_is_found(signed: bytes, studio: Studio) -> None:
    assert not verify_bytes(signed + b"% nothing").holds
    assert not verify_bytes(signed[:-200]).holds
    assert studio.signer is not None
    assert not verify_bytes(studio.signer.sign(with_other_page(plain("minutes")))).holds


def test_a_page_replaced_in_the_signed_addition_is_found(studio: Studio) -> None:
    """Whoever has any certificate may sign; the document below must still be ours."""
    assert studio.signer is not None
    original = plain("minutes")
    forged = with_other_page(original)
    assert forged.startswith(original)
    verdict = verify_bytes(studio.signer.sign(forged))
    assert {problem.code for problem in verdict.problems} == {"document_changed"}
    assert verdict.signer is None


def with_other_page(pdf: bytes) -> bytes:
    """Turn a page in an appended revision and leave everything before as it is."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf), incremental=True)
    writer.pages[0].rotate(90)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.requirement("J8")
def test_the_minutes_are_handed_out_as_their_members_sign_them(studio: Studio) -> None:
    assert studio.make("minutes", ENTRIES) == plain("minutes")


@pytest.mark.parametrize("password", [b"wrong", b""])
def test_a_password_that_does_not_open_the_certificate_is_refused(
    password: bytes, equipment: Equipment, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_bytes(password)
    assert equipment.certificate is not None
    with pytest.raises(CertificateError) as refusal:
        load(equipment.certificate, file)
    assert "documents.password" in str(refusal.value)
    assert "secret" not in str(refusal.value)
