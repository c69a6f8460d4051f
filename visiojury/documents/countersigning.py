"""Whether a file is a document of ours with nothing but an electronic signature appended.

A signature proves who added to a file, not that what was added is only a signature: so every
object that the addition replaced is compared with what it replaced.
"""

from __future__ import annotations

import io
from typing import Any

_MAY_CHANGE: dict[str, frozenset[str]] = {
    "/Page": frozenset({"/Annots", "/Tabs"}),
    "/Catalog": frozenset({"/AcroForm", "/Extensions", "/Metadata", "/Version"}),
    "/StructTreeRoot": frozenset({"/ParentTree", "/ParentTreeNextKey"}),
    "/StructElem": frozenset({"/K"}),
}
"""By type of object, what a signature field needs to add itself; of any other, nothing."""
_DATED = frozenset({"/Metadata"})


def signer_of(content: bytes, original: bytes) -> str | None:
    """Return who signed `original`; None: `content` is not it with one intact signature.

    Whether the certificate is to be trusted is for whoever asks to know.
    """
    # Loaded for signed files only; a large library.
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    if not content.startswith(original):
        return None
    try:
        reader = PdfFileReader(io.BytesIO(content))
        (signature,) = reader.embedded_signatures
        # Its own certificate as the root: what is asked is whether it holds, not whom to trust.
        status = validate_pdf_signature(
            signature, ValidationContext(trust_roots=[signature.signer_cert])
        )
        is_whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        if not (status.intact and status.valid and is_whole and _adds_only(reader)):
            return None
        return str(signature.signer_cert.subject.human_friendly)
    except Exception:  # noqa: BLE001 - a file made to break the parser raises anything
        return None


def _adds_only(reader: Any) -> bool:  # noqa: ANN401 - the library is untyped
    """Return whether the second revision replaced nothing that is read or seen."""
    if reader.xrefs.total_revisions != 2:
        return False
    old = reader.get_historical_resolver(0)
    info = old.trailer_view.raw_get("/Info")
    replaced = reader.xrefs.explicit_refs_in_revision(0) & reader.xrefs.explicit_refs_in_revision(1)
    return all(
        reference.idnum == info.idnum or _is_same(old(reference), reader.get_object(reference))
        for reference in replaced
    )


def _is_same(before: Any, after: Any) -> bool:  # noqa: ANN401
    kind = str(before.get("/Type", "")) if hasattr(before, "get") else ""
    if kind in _DATED:
        return True
    permitted = _MAY_CHANGE.get(kind)
    if permitted is None:
        return False
    return all(
        _written(before, key) == _written(after, key)
        for key in {*before, *after}
        if key not in permitted
    )


def _written(dictionary: Any, key: str) -> bytes | None:  # noqa: ANN401
    """Return a member as it stands in the file: references stay references."""
    if key not in dictionary:
        return None
    buffer = io.BytesIO()
    dictionary.raw_get(key).write_to_stream(buffer, None)
    return buffer.getvalue()
