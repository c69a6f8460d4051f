"""The complete file of one candidate, for an appeal: what the record says, and its proof.

The entries that concern the candidate, as they stand in the record, each with the proof that the
seal covers it; the documents of their own sittings. Of the other candidates it says nothing: the
minutes, which name them all, are in the archive. Source: requirements A4, A5.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from visiojury.documents.archiving import file_name, zipped
from visiojury.documents.catalogue import KINDS, kind_of, make, names
from visiojury.documents.errors import DocumentError
from visiojury.documents.house import VERSION
from visiojury.documents.paper import PLAIN_EDITION, Edition
from visiojury.exam.follow_up import concerning
from visiojury.exam.people import Role
from visiojury.exam.state import Session
from visiojury.record.entry import Entry
from visiojury.record.fold import fold
from visiojury.record.lines import to_lines
from visiojury.record.proofs import proof_files, proofs

EXTRACT, NOTICE = "extract.jsonl", "LISEZMOI.txt"
ABOUT_A_SITTING = ("convocation", "attestation", "incident")


def appeal_file(
    entries: Sequence[Entry], candidate_id: str, edition: Edition = PLAIN_EDITION
) -> bytes:
    """Return the file as a ZIP; the same entries give the same bytes.

    Raises:
        DocumentError: `document_unknown`: nobody of that name is a candidate;
            `record_unsealed`: before the seal there is nothing to appeal against.
        FoldError: the entries are not a session's.
    """
    session = fold(entries)
    person = session.participants.get(candidate_id)
    if person is None or person.role is not Role.CANDIDATE:
        raise DocumentError("document_unknown", candidate_id)
    if session.seal is None:
        raise DocumentError("record_unsealed")
    belongs = concerning(session, candidate_id)
    extract = [entry for entry in entries if belongs(entry.event)]
    documents = {
        file_name(name): make(name, entries, edition) for name in _names(session, candidate_id)
    }
    files = proof_files(entries)
    files["proofs.json"] = _proofs_of(entries, {entry.seq for entry in extract})
    told = notice(session.info.session_id, candidate_id, list(documents))
    return zipped({NOTICE: told, EXTRACT: to_lines(extract), **files, **documents})


def notice(session_id: str, candidate_id: str, documents: Sequence[str]) -> bytes:
    """Return the page that explains the file; `documents`: the names of the PDFs in it."""
    titles = "\n".join(f"  {name}\n      {_title(name)}" for name in documents)
    return _NOTICE.format(
        session_id=session_id, candidate_id=candidate_id, version=VERSION, documents=titles
    ).encode()


def _names(session: Session, candidate_id: str) -> list[str]:
    own = {s.sitting_id for s in session.sittings.values() if s.plan.candidate_id == candidate_id}
    kinds = ((name, *kind_of(name)) for name in names(session))
    return [name for name, kind, subject in kinds if kind in ABOUT_A_SITTING and subject in own]


def _title(file: str) -> str:
    kind = KINDS.get(file.partition("-")[0])
    return "" if kind is None else kind.title


def _proofs_of(entries: Sequence[Entry], wanted: set[int]) -> bytes:
    every = proofs(entries)
    every["inclusion"] = [proof for proof in every["inclusion"] if proof["seq"] in wanted]
    return json.dumps(every, indent=1, sort_keys=True).encode() + b"\n"


def name_of(candidate_id: str) -> str:
    """Return the file name of a candidate's file, whatever characters the identifier has."""
    return f"dossier-{quote(candidate_id, safe='')}.zip"


_NOTICE = """\
DOSSIER COMPLET D’UN CANDIDAT
Session {session_id}, candidat {candidate_id}
Fait par {version}

Ce que contient ce fichier

  extract.jsonl
      Les écritures du registre qui concernent ce candidat, telles qu’elles y figurent, une par
      ligne : {{"digest":"…","keys":{{…}},"entry":{{…}}}}.
  proofs.json
      Pour chacune, la preuve qu’elle est sous le dernier scellé (RFC 6962, section 2.1.1) :
      feuille = SHA-256 de l’octet 00 et des octets de l’écriture (entry) ; nœud = SHA-256 de
      l’octet 01, du nœud de gauche, du nœud de droite ; l’indice est seq - 1.
  seal-*.bin, seal-*.sig, key.pem
      Chaque scellé : ce qui a été signé, la signature, la clé publique. La racine de l’arbre est
      faite des 32 derniers octets de seal-*.bin. La signature se vérifie ainsi :

  $ openssl dgst -sha256 -verify key.pem -signature seal-1.sig seal-1.bin

{documents}

Vérifier avec VisioJury

  visiojury verify dossier.zip
  visiojury verify dossier.zip --record registre.jsonl

  La commande contrôle chaque écriture, sa preuve, les scellés, les signatures, et compare les pages
  à leurs données. Avec le registre de la session, elle refait le dossier entier et le compare octet
  par octet : elle dit alors aussi s’il est complet.

Ce dossier ne dit rien des autres candidats. Le procès-verbal, qui les nomme tous, est dans
l’archive de la session.
"""
