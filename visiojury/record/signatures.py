"""Whether the signatures on the minutes and their amendments hold, from the record alone. Pure.

A signature counts for a person where the key is the one that the record bound to them when it
was made, and where it is over the label and the digest that it claims. Whether that digest is
the one of the minutes, who makes these can tell (documents/endorsed.py).
Source: requirement J8; RFC 7518, section 3.4 (ES256), RFC 7638 (thumbprint).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from visiojury.exam import events as ev
from visiojury.exam.after import AMENDMENT_LABEL, MINUTES_LABEL
from visiojury.record import seal
from visiojury.record.entry import Entry
from visiojury.record.findings import Finding, finding
from visiojury.record.personal import ERASED

Signed = ev.MinutesSigned | ev.AmendmentSigned

KEY_FOREIGN = "la clé n’est pas celle que le registre lie à cette personne"
NOT_OVER_THIS = "elle n’est pas celle de cette clé sur cette empreinte"
TEXT_DIFFERS = "l’empreinte n’est pas celle du texte de l’avenant"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as the record has it, and what is wrong with it."""

    seq: int
    event: Signed
    name: str
    """Of the person, as the record gives it."""
    fault: str | None


def signatures_of(entries: Iterable[Entry]) -> Iterator[Signature]:
    """Yield each signature in its order, checked against what stands before it."""
    names: dict[str, str] = {}
    holders: dict[str, str] = {}
    keys: dict[str, str] = {}
    texts: dict[str, ev.AmendmentWritten] = {}
    for entry in entries:
        match entry.event:
            case ev.ParticipantEnrolled(participant=person):
                names[person.participant_id] = f"{person.given_name} {person.family_name}"
            case ev.InvitationIssued(invitation_id=access_id, participant_id=who):
                holders[access_id] = who
            case ev.InvitationRedeemed(invitation_id=access_id, device_key=key):
                keys[access_id] = key
            case (
                ev.InvitationRevoked(invitation_id=access_id)
                | ev.AccessSignedOut(invitation_id=access_id)
            ):
                keys.pop(access_id, None)
            case ev.AmendmentWritten(amendment_id=amendment_id):
                texts[amendment_id] = entry.event
            case ev.MinutesSigned() | ev.AmendmentSigned() as event:
                who = event.participant_id
                bound = {key for access_id, key in keys.items() if holders.get(access_id) == who}
                fault = _fault(event, bound, texts)
                yield Signature(entry.seq, event, names.get(who, who), fault)


def signature_faults(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Name the signatures that do not hold, and whose they are."""
    for one in signatures_of(entries):
        if one.fault is not None:
            of = "du procès-verbal" if isinstance(one.event, ev.MinutesSigned) else "d’un avenant"
            detail = f" : celle {of} par {one.name} ({one.event.participant_id}), {one.fault}"
            yield finding("signature_invalid", one.seq, detail)


def signed_bytes(event: Signed) -> bytes:
    """Return what `event` says was signed: the label, then the 32 bytes of the digest."""
    match event:
        case ev.MinutesSigned():
            return MINUTES_LABEL + bytes.fromhex(event.minutes_sha256)
        case ev.AmendmentSigned():
            return AMENDMENT_LABEL + bytes.fromhex(event.sha256)


def sound_signatures(entries: Iterable[Entry]) -> list[Signature]:
    return [one for one in signatures_of(entries) if one.fault is None]


def signature_files(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return each signature that holds as the files that `openssl dgst` reads, by name."""
    files: dict[str, bytes] = {}
    for number, one in enumerate(sound_signatures(entries), 1):
        key = seal.public_key(one.event.public_key)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        files[f"signature-{number}.bin"] = signed_bytes(one.event)
        files[f"signature-{number}.sig"] = seal.der_signature(one.event.signature)
        files[f"signature-{number}.pem"] = pem
    return files


def _fault(event: Signed, bound: set[str], texts: dict[str, ev.AmendmentWritten]) -> str | None:
    if seal.thumbprint(event.public_key) not in bound:
        return KEY_FOREIGN
    if isinstance(event, ev.AmendmentSigned) and not _is_over_text(event, texts):
        return TEXT_DIFFERS
    try:
        key, der = seal.public_key(event.public_key), seal.der_signature(event.signature)
        key.verify(der, signed_bytes(event), ec.ECDSA(hashes.SHA256()))
    except (ValueError, KeyError, OverflowError, InvalidSignature):
        return NOT_OVER_THIS
    return None


def _is_over_text(event: ev.AmendmentSigned, texts: dict[str, ev.AmendmentWritten]) -> bool:
    written = texts.get(event.amendment_id)
    if written is None or written.sha256 != event.sha256:
        return False
    # The text may be erased; that its digest was right was seen while it could be read.
    return written.text == ERASED or _digest(written.text) == event.sha256


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
