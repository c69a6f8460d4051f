"""What stands beside the sealed minutes: who signed them, who did not and why, amendments.

The minutes themselves never change; each signature is of their bytes, by the key of a person's
own device. Source: requirement J8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visiojury.documents import words
from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import up_to_last
from visiojury.documents.telling import Data, Tale, Times, rows, tale
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.record.entry import Entry
from visiojury.record.seal import thumbprint

_ACTS = (
    ev.MinutesSigned,
    ev.SignatureMissing,
    ev.AmendmentWritten,
    ev.AmendmentSigned,
    ev.MinutesDelivered,
)


def has_endorsements(session: Session) -> bool:
    after = session.after
    return bool(after.signatures or after.missing or after.amendments or after.deliveries)


def signature_sheet(entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> bytes:
    """Return the signatures and amendments of the minutes so far.

    Raises:
        DocumentError: `nothing_to_report`: there are none; `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    if not any(isinstance(entry.event, _ACTS) for entry in entries):
        raise DocumentError("nothing_to_report")
    told = tale(up_to_last(entries, lambda event: isinstance(event, _ACTS)))
    return publish(Paper("signatures", "signatures.typ", sheet_data(told)), told, edition)


def sheet_data(told: Tale) -> Data:
    after = told.session.after
    times = told.times(told.entries[-1].event.at_ms)
    return {
        "clocks": times.heading,
        "facts": rows(
            [
                ("Diplôme", told.diploma),
                ("Session", told.session.info.session_id),
            ]
        ),
        "minutes": [
            {"sha256": digest}
            for digest in sorted({signed.minutes_sha256 for signed in after.signatures.values()})
        ],
        "signed": list(_signed(told, after.signatures.values(), times)),
        "missing": [
            {"name": told.side(who), "reason": missing.reason}
            for who, missing in after.missing.items()
        ],
        "amendments": [
            {
                "text": amendment.written.text,
                "written": times.sentence(amendment.written.at_ms),
                "sha256": amendment.written.sha256,
                "signed": list(_signed(told, amendment.signatures.values(), times)),
            }
            for amendment in after.amendments.values()
        ],
        "deliveries": [
            f"{delivery.recipient}, {times.sentence(delivery.at_ms)}"
            for delivery in after.deliveries
        ],
    }


def _signed(
    told: Tale, signatures: Iterable[ev.MinutesSigned | ev.AmendmentSigned], times: Times
) -> Iterable[Data]:
    for signed in signatures:
        person = told.session.participants.get(signed.participant_id)
        yield {
            "name": told.name(signed.participant_id),
            "role": "—" if person is None else words.ROLES[person.role],
            "at": times.cell(signed.at_ms),
            "signature": signed.signature,
            "thumbprint": thumbprint(signed.public_key),
        }
