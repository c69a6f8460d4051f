"""The archive of a session: one file that an outside party can check without our software.

A ZIP whose bytes depend on the record only: entries stored, not compressed (compressors
differ), all of one date. Source: requirement A2.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from urllib.parse import quote

from visiojury.documents import french
from visiojury.documents.incidents import has_incident, incident_sheet
from visiojury.documents.minutes import minutes
from visiojury.documents.selection import up_to_seal
from visiojury.exam.events import RecordSealed
from visiojury.record.entry import Entry
from visiojury.record.fold import fold
from visiojury.record.lines import to_lines
from visiojury.record.seal import thumbprint

RECORD, MINUTES, SEAL, NOTICE = "record.jsonl", "minutes.pdf", "seal.json", "LISEZMOI.txt"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first one that ZIP knows: an archive's date is its record's, not its files'."""
_READ_ONLY = 0o100444 << 16


def archive(entries: Sequence[Entry]) -> bytes:
    """Return the archive of a sealed session; the same entries give the same bytes.

    Raises:
        DocumentError: `record_unsealed`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, content in members(entries).items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, _READ_ONLY
            file.writestr(info, content)
    return buffer.getvalue()


def members(entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return what an archive holds, by file name, in its order."""
    sealed = up_to_seal(entries)
    sheets = {
        incident_name(sitting_id): incident_sheet(sealed, sitting_id)
        for sitting_id, sitting in fold(sealed).sittings.items()
        if has_incident(sitting)
    }
    return {
        NOTICE: _notice(sealed, list(sheets)).encode(),
        RECORD: to_lines(sealed),
        SEAL: _seal(sealed),
        MINUTES: minutes(sealed),
        **sheets,
    }


def incident_name(sitting_id: str) -> str:
    """Return the file name of a sitting's sheet, whatever characters its identifier has."""
    return f"incident-{quote(sitting_id, safe='')}.pdf"


def _seal(sealed: Sequence[Entry]) -> bytes:
    seal = sealed[-1].event
    assert isinstance(seal, RecordSealed)
    fields = {
        "algorithm": "ES256",
        "entries": len(sealed),
        "head": seal.head,
        "public_key": dict(sorted(seal.public_key.items())),
        "sealed_ms": seal.at_ms,
        "session_id": sealed[-1].session_id,
        "signature": seal.signature,
        "thumbprint": thumbprint(seal.public_key),
    }
    return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode()


def _notice(sealed: Sequence[Entry], sheets: Sequence[str]) -> str:
    seal = sealed[-1].event
    assert isinstance(seal, RecordSealed)
    listed = "".join(f"  {name}\n      Fiche d’incident d’une épreuve.\n" for name in sheets)
    return _NOTICE.format(
        session_id=sealed[-1].session_id,
        entries=french.counted(len(sealed), "écriture"),
        sheets=listed,
        thumbprint=thumbprint(seal.public_key),
    )


_NOTICE = """\
ARCHIVE DE LA SESSION {session_id}

Ce que contient ce fichier

  record.jsonl
      Le registre : {entries}, une par ligne, dans l’ordre. Tout le reste en est tiré.
  minutes.pdf
      Le procès-verbal.
{sheets}  seal.json
      Le scellé : dernière empreinte du registre, signature et clé publique.

Vérifier avec VisioJury

  visiojury verify archive.zip

  La commande contrôle chaque écriture, leur enchaînement et la signature, puis refait chaque
  document à partir du registre et le compare octet par octet à celui de l’archive. Elle dit ce
  qui a été modifié, et où.

Vérifier sans VisioJury

  1. Chaque ligne de record.jsonl s’écrit {{"digest":"…","entry":{{…}}}}. L’écriture (entry) est
     sous forme canonique (RFC 8785) ; ses octets se lisent tels quels dans la ligne.
  2. Empreinte d’une écriture : SHA-256 de la suite des octets
       « visiojury-record-entry-v1 », un octet nul,
       les 32 octets de l’empreinte de l’écriture précédente,
       les octets de l’écriture.
     Avant la première : SHA-256 de « visiojury-record-genesis-v1 », un octet nul, puis
     l’identifiant de la session.
  3. Le champ previous de chaque écriture est l’empreinte de la précédente, et seq augmente de
     un en un à partir de 1.
  4. La dernière écriture (record.sealed) porte la signature ES256 (RFC 7518, r puis s, en
     base64url) de la suite « visiojury-seal-v1 », un octet nul, les 32 octets de
     l’empreinte de l’avant-dernière ; et la clé publique.

À qui est la clé

  Empreinte de la clé (RFC 7638) : {thumbprint}
  Comparez-la à celle que publie le service organisateur : la signature prouve que rien n’a
  changé depuis le scellé, la clé prouve qui l’a apposé.
"""
