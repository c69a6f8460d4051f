"""What follows the seal, projected for one person: signatures, results, extracts, appeals."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam.after import Amendment, Appeal, Extract
from visiojury.exam.follow_up import hosts, minutes_due_ms, signers
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import may_read, organises
from visiojury.exam.state import Session


class SignerView(Part):
    signed_ms: int | None
    missing_reason: str | None


class AmendmentView(Part):
    text: str
    sha256: str
    at_ms: int
    signed_by: list[str]


class FileView(Part):
    title: str
    path: str


class ExtractView(Part):
    sent_ms: int | None
    acknowledged_ms: int | None
    files: dict[str, FileView]


class AppealView(Part):
    candidate_id: str
    at_ms: int
    grounds: str
    closed_ms: int | None
    outcome: str | None


class AfterView(Part):
    results_ms: int | None
    results_place: str | None
    minutes_due_ms: int | None
    """By when the signed minutes go out (A3); for those who see to it."""
    delivered_ms: int | None
    signers: dict[str, SignerView]
    amendments: dict[str, AmendmentView]
    extracts: dict[str, ExtractView]
    """By host office: all for the organiser, their own for an invigilator (A4)."""
    appeals: dict[str, AppealView]


def after_view(session: Session, me: Participant) -> AfterView | None:
    """Return what `me` may see of it; deny by default."""
    if session.seal is None:
        return None
    after, reads = session.after, may_read(session, me, "minutes")
    is_organiser = organises(session, me)
    manages = is_organiser or me.role is Role.SESSION_MANAGER
    return AfterView(
        results_ms=after.results.at_ms if after.results else None,
        results_place=after.results.place if after.results else None,
        minutes_due_ms=minutes_due_ms(session) if manages else None,
        delivered_ms=after.deliveries[0].at_ms if manages and after.deliveries else None,
        signers={who: _signer(session, who) for who in signers(session)} if reads else {},
        amendments={one: _amendment(a) for one, a in after.amendments.items()} if reads else {},
        extracts={
            office_id: _extract(session, after.extracts.get(office_id))
            for office_id in sorted(hosts(session))
            if may_read(session, me, "extract", office_id)
        },
        appeals={one: _appeal(appeal) for one, appeal in after.appeals.items()}
        if is_organiser
        else {},
    )


def _signer(session: Session, who: str) -> SignerView:
    signed, missing = session.after.signatures.get(who), session.after.missing.get(who)
    return SignerView(
        signed_ms=signed.at_ms if signed else None,
        missing_reason=missing.reason if missing else None,
    )


def _amendment(amendment: Amendment) -> AmendmentView:
    return AmendmentView(
        text=amendment.written.text,
        sha256=amendment.written.sha256,
        at_ms=amendment.written.at_ms,
        signed_by=sorted(amendment.signatures),
    )


def _extract(session: Session, extract: Extract | None) -> ExtractView:
    base = f"/api/sessions/{session.info.session_id}/files"
    return ExtractView(
        sent_ms=extract.sent.at_ms if extract else None,
        acknowledged_ms=extract.acknowledged_ms if extract else None,
        files={
            file.sha256: FileView(title=file.name, path=f"{base}/{file.sha256}.pdf")
            for file in (extract.sent.files if extract else ())
        },
    )


def _appeal(appeal: Appeal) -> AppealView:
    return AppealView(
        candidate_id=appeal.entered.candidate_id,
        at_ms=appeal.entered.at_ms,
        grounds=appeal.entered.grounds,
        closed_ms=appeal.closed.at_ms if appeal.closed else None,
        outcome=appeal.closed.outcome if appeal.closed else None,
    )
