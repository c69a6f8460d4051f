"""An office's electronic signature on a document (PAdES), where a certificate is configured.

The signature is appended: what it signs stays in the file byte for byte, so that a signed
document is still compared with what the record gives. Its field stands outside the page, has a
readable name and is in the structure tree: so the file stays PDF/A-3a and PDF/UA-1.
Source: ETSI EN 319 142-1 (baseline B-B); ISO 14289-1, 7.18.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Signature1"
READABLE_NAME = "Signature électronique du service organisateur"
_RESERVED_BYTES = 16_384
"""For the signature and its chain of certificates, as hexadecimal digits."""


class CertificateError(Exception):
    """The certificate cannot be used (French). Code: `certificate_invalid`."""

    code = "certificate_invalid"


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate with its key. Made by `load`."""

    name: str
    _signer: SimpleSigner

    def sign(self, pdf: bytes) -> bytes:
        """Return the document with its signature appended, dated by the machine's clock."""
        from pyhanko.pdf_utils.incremental_writer import (  # noqa: PLC0415 - see `load`
            IncrementalPdfFileWriter,
        )
        from pyhanko.sign import signers  # noqa: PLC0415
        from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415

        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        _add_field(writer)
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        signed: io.BytesIO = signers.PdfSigner(meta, self._signer).sign_pdf(
            writer, existing_fields_only=True, bytes_reserved=_RESERVED_BYTES
        )
        return signed.getvalue()


def load(certificate: Path, password: Path | None) -> Signer:
    """Return what signs, from a PKCS#12 file and a file that holds its password.

    Raises:
        CertificateError: a file cannot be read, or the password does not open it.
    """
    # Loaded where a certificate is configured only: few installations have one.
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415

    try:
        content = certificate.read_bytes()
        secret = password.read_bytes().strip() if password is not None else None
    except OSError as error:
        raise CertificateError(f"{error.filename} : illisible ({error.strerror}).") from None
    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=secret)
    except ValueError:
        message = (
            f"{certificate} : ce n’est pas un certificat PKCS#12 que ce mot de passe ouvre."
            " Vérifiez documents.certificate et documents.password."
        )
        raise CertificateError(message) from None
    return Signer(str(signer.subject_name), signer)


def _add_field(writer: IncrementalPdfFileWriter) -> None:
    """Add an empty signature field outside the first page, and its place in the structure."""
    from pyhanko.sign import fields  # noqa: PLC0415

    spec = fields.SigFieldSpec(
        FIELD,
        on_page=0,
        readable_field_name=READABLE_NAME,
        invis_sig_settings=fields.InvisSigSettings(
            set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True
        ),
    )
    fields.append_signature_field(writer, spec)
    ((_, _, reference),) = fields.enumerate_sig_fields(writer)
    _describe(writer, reference)


def _describe(writer: IncrementalPdfFileWriter, widget: Any) -> None:  # noqa: ANN401 - untyped
    """Put the widget into the structure tree as a form element with a text of its own."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415

    name, text = generic.pdf_name, generic.pdf_string
    page, _ = writer.find_page_for_modification(0)
    root = writer.root["/StructTreeRoot"]
    top = root.raw_get("/K")
    top_element = top.get_object()
    if isinstance(top_element, generic.ArrayObject):
        top = top_element.raw_get(0)
        top_element = top.get_object()
    form = generic.DictionaryObject(
        {
            name("/Type"): name("/StructElem"),
            name("/S"): name("/Form"),
            name("/P"): top,
            name("/Alt"): text(READABLE_NAME),
            name("/Pg"): page,
            name("/K"): generic.DictionaryObject(
                {name("/Type"): name("/OBJR"), name("/Obj"): widget, name("/Pg"): page}
            ),
        }
    )
    added = writer.add_object(form)
    top_element["/K"] = generic.ArrayObject([*_listed(top_element.raw_get("/K")), added])
    writer.mark_update(top)
    key = int(root["/ParentTreeNextKey"])
    widget.get_object()["/StructParent"] = generic.NumberObject(key)
    tree = root["/ParentTree"]
    tree["/Nums"] = generic.ArrayObject([*tree["/Nums"], generic.NumberObject(key), added])
    root["/ParentTreeNextKey"] = generic.NumberObject(key + 1)
    writer.update_container(tree)
    writer.update_container(root)


def _listed(children: Any) -> list[Any]:  # noqa: ANN401
    from pyhanko.pdf_utils import generic  # noqa: PLC0415

    found = children.get_object() if isinstance(children, generic.IndirectObject) else children
    return list(found) if isinstance(found, generic.ArrayObject) else [children]
