"""The archive of a session: one file that an outside party can check without our software.

A ZIP whose bytes depend on the record only: entries stored, not compressed (compressors
differ), all of one date. It ends with the last seal, or the last time stamp on a seal.
Source: requirement A2.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from visiojury.documents import french
from visiojury.documents.catalogue import make, names, title_of
from visiojury.documents.house import VERSION
from visiojury.documents.paper import PLAIN_EDITION, Edition
from visiojury.documents.selection import up_to_last, up_to_seal
from visiojury.exam.events import MinutesSigned, RecordSealed, RecordTimestamped
from visiojury.record import proofs
from visiojury.record.entry import Entry
from visiojury.record.fold import fold
from visiojury.record.lines import to_lines
from visiojury.record.seal import thumbprint
from visiojury.record.signatures import signature_files, sound_signatures

RECORD, MINUTES, NOTICE, VERIFIER = "record.jsonl", "minutes.pdf", "LISEZMOI.txt", "verifier.py"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first one that ZIP knows: an archive's date is its record's, not its files'."""
_READ_ONLY = 0o100444 << 16


def archive(entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> bytes:
    """Return the archive of a sealed session; the same entries give the same bytes.

    Raises:
        DocumentError: `record_unsealed`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    return zipped(members(entries, edition))


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of `files`, in their order; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, _READ_ONLY
            file.writestr(info, content)
    return buffer.getvalue()


def members(entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> dict[str, bytes]:
    """Return what an archive holds, by file name, in its order."""
    up_to_seal(entries)
    told = up_to_last(entries, lambda event: isinstance(event, RecordSealed | RecordTimestamped))
    documents = {file_name(name): make(name, told, edition) for name in names(fold(told))}
    proving = {**proofs.proof_files(told), **signature_files(told)}
    return {
        NOTICE: _notice(told, list(documents), proving).encode(),
        RECORD: to_lines(told),
        VERIFIER: Path(__file__).with_name(VERIFIER).read_bytes(),
        **proving,
        **documents,
    }


def file_name(document: str) -> str:
    """Return the file name of a document, whatever characters its subject has."""
    return f"{quote(document, safe='')}.pdf"


def _notice(told: Sequence[Entry], documents: Sequence[str], proving: dict[str, bytes]) -> str:
    seals = proofs.seals_of(told)
    stamps = [name for name in proving if name.endswith(".tsr")]
    numbers = range(1, len(seals) + 1)
    return _NOTICE.format(
        session_id=told[-1].session_id,
        version=VERSION,
        entries=french.counted(len(told), "écriture"),
        documents="\n".join(f"  {name}\n      {_title(name)}" for name in documents),
        signatures="\n".join(_SIGNATURE.format(n=n) for n in numbers),
        heads="\n".join(_HEAD.format(n=n, size=seals[n - 1].size) for n in numbers),
        stamps="\n".join(_STAMP.format(n=name[10:-4]) for name in stamps) or _NO_STAMP,
        thumbprint=thumbprint(seals[0].public_key),
        people=_people(told),
    )


def _people(told: Sequence[Entry]) -> str:
    """Return how to check each signature of a person, as lines to type."""
    lines = [_OF_THE_MINUTES]
    for number, one in enumerate(sound_signatures(told), 1):
        of = "le procès-verbal" if isinstance(one.event, MinutesSigned) else "un avenant"
        lines.append(
            _PERSON.format(
                n=number,
                who=f"{one.name} ({one.event.participant_id}), sur {of}",
                key=thumbprint(one.event.public_key),
            )
        )
    return "\n".join(lines) if lines[1:] else _NO_PERSON


def _title(file: str) -> str:
    return title_of(file.removesuffix(".pdf"))


_SIGNATURE = "  $ openssl dgst -sha256 -verify key.pem -signature seal-{n}.sig seal-{n}.bin"
_HEAD = """\
  $ tail -c +19 seal-{n}.bin | head -c 32 | od -An -v -tx1 | tr -d ' \\n'
  $ sed -n {size}p record.jsonl | cut -c12-75"""
_STAMP = "  $ openssl ts -verify -data seal-{n}.bin -in timestamp-{n}.tsr -CAfile timestamp-{n}.pem"
_PERSON = """\
  {who}, clé {key} :

  $ openssl dgst -sha256 -verify signature-{n}.pem -signature signature-{n}.sig signature-{n}.bin
  $ tail -c 32 signature-{n}.bin | od -An -v -tx1 | tr -d ' \\n'
"""
_OF_THE_MINUTES = """\
  $ openssl dgst -sha256 -r minutes.pdf | cut -c1-64
"""
_NO_PERSON = "  Personne n’a encore signé."
_NO_STAMP = "  Aucun service d’horodatage n’a daté ce scellé."
_NOTICE = """\
ARCHIVE DE LA SESSION {session_id}
Faite par {version}

Ce que contient ce fichier

  record.jsonl
      Le registre : {entries}, une par ligne, dans l’ordre. Tout le reste en est tiré.
      Chaque ligne s’écrit {{"digest":"…","keys":{{…}},"entry":{{…}}}} : l’empreinte de l’écriture,
      les clés qui ouvrent ses données personnelles, l’écriture elle-même, où elles sont chiffrées.
  seal-*.bin, seal-*.sig, key.pem
      Chaque scellé : ce qui a été signé, la signature, la clé publique.
  signature-*.bin, signature-*.sig, signature-*.pem
      Les signatures du procès-verbal et de ses avenants : ce qu’une personne a signé, sa signature,
      la clé publique de son appareil.
  timestamp-*.tsr, timestamp-*.pem
      L’horodatage d’un scellé, et le certificat de l’autorité qui l’a délivré.
  proofs.json
      Les preuves d’inclusion de chaque écriture et de continuité d’un scellé au suivant (RFC 6962).
  verifier.py
      Un contrôle du registre en cent lignes, sans autre logiciel que Python.
{documents}

Vérifier avec VisioJury

  visiojury verify archive.zip

  La commande contrôle chaque écriture, leur enchaînement, les scellés et les horodatages, puis
  refait chaque document à partir du registre et le compare octet par octet à celui de l’archive.

Vérifier sans VisioJury

  Dans un dossier vide où cette archive s’appelle archive.zip, tapez les lignes qui commencent
  par $ :

  1. Ouvrir l’archive.

  $ python3 -m zipfile -e archive.zip .

  2. Contrôler chaque écriture, leur enchaînement, l’arbre de Merkle, les scellés et les signatures
     des personnes. La réponse est « Vérifié. », ou le numéro de l’écriture modifiée.

  $ python3 -I -S verifier.py archive.zip

  3. Contrôler la signature de chaque scellé avec openssl. La réponse est « Verified OK ».

{signatures}

  4. Voir que le scellé porte sur ce registre : les deux lignes qui suivent, pour chaque scellé,
     donnent la même empreinte, celle de la dernière écriture scellée.

{heads}

  5. Contrôler la date du scellé. La réponse est « Verification: OK ».

{stamps}

  6. Contrôler les signatures des personnes. La première ligne donne l’empreinte du procès-verbal ;
     ensuite, pour chaque signature, la réponse est « Verified OK », puis vient l’empreinte signée :
     celle du procès-verbal, ou celle d’un avenant, dont le texte est dans signatures.pdf.

{people}
  Ce qui est signé en ES256 : « visiojury-minutes-v1 » ou « visiojury-amendment-v1 », un octet nul,
  l’empreinte SHA-256 du procès-verbal ou du texte de l’avenant. La clé est celle d’une personne si
  son empreinte (RFC 7638) est le device_key d’une écriture invitation.redeemed dont l’invitation
  lui a été adressée (invitation.issued) : l’étape 2 le contrôle aussi.

Comment le registre est fait

  Empreinte d’une écriture : SHA-256 de « visiojury-record-entry-v1 », un octet nul, les 32 octets
  de l’empreinte précédente, les octets de l’écriture (entry), pris tels quels dans la ligne.
  Avant la première : SHA-256 de « visiojury-record-genesis-v1 », un octet nul, l’identifiant de
  la session. Un scellé (record.sealed) signe en ES256 (RFC 7518) « visiojury-seal-v1 », un octet
  nul, l’empreinte de l’écriture qui le précède, leur nombre sur 8 octets, et la racine de l’arbre
  de Merkle (RFC 6962) dont les feuilles sont les octets des écritures.

À qui est la clé

  Empreinte de la clé (RFC 7638) : {thumbprint}
  Comparez-la à celle que publie le service organisateur : la signature prouve que rien n’a
  changé depuis le scellé, la clé prouve qui l’a apposé. De même, comparez le certificat de
  l’autorité d’horodatage à celui qu’elle publie.
"""
