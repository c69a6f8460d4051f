"""The deliberation, projected for a member of the jury; nobody else sees any of it (J6)."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam import events as ev
from visiojury.exam.agenda import left_out, to_decide
from visiojury.exam.deliberation import Decision
from visiojury.exam.identity import may_deliberate
from visiojury.exam.people import JURY, Participant
from visiojury.exam.register import out_for, presiding
from visiojury.exam.state import Session


class DecisionView(Part):
    outcome: ev.Outcome
    blocks: list[str]
    voted: list[str]
    """Who has voted; how is known once the decision is adopted, as a count."""
    my_ballot: ev.Ballot | None
    adopted_ms: int | None
    votes_for: int | None
    votes_against: int | None
    abstentions: int | None


class CandidateView(Part):
    """A candidate with a performance that counts."""

    presiding: str | None
    """Who proposes and adopts; None: nobody can now."""
    out: list[str]
    """Members who are out for this candidate."""


class ShownView(Part):
    title: str
    at_ms: int
    path: str


class DeliberationView(Part):
    is_open: bool
    candidates: dict[str, CandidateView]
    left_out: dict[str, str]
    """Candidates on whom nothing is decided, and what became of their sitting."""
    taken_up: str | None
    """The candidate the jury speaks of."""
    decisions: dict[str, DecisionView]
    documents: dict[str, ShownView]
    """Before every member (J3)."""


def deliberation_view(session: Session, me: Participant) -> DeliberationView | None:
    """Nobody outside the jury sees anything of it (J6), nor a member nobody has checked."""
    deliberation = session.deliberation
    is_known = may_deliberate(session, me.participant_id)
    if me.role not in JURY or not is_known or deliberation.opened_ms is None:
        return None
    out = {who: sorted(out_for(session, who)) for who in to_decide(session)}
    base = f"/api/sessions/{session.info.session_id}/files"
    return DeliberationView(
        is_open=deliberation.is_open,
        candidates={
            who: CandidateView(presiding=presiding(session, who), out=out[who]) for who in out
        },
        left_out={who: state.value for who, state in left_out(session).items()},
        taken_up=deliberation.taken_up,
        decisions={
            candidate_id: _decision(decision, me.participant_id)
            for candidate_id, decision in deliberation.decisions.items()
            # Who is out for a candidate learns what was decided, not how it went.
            if decision.adopted is not None or me.participant_id not in out[candidate_id]
        },
        documents={
            shown.document_id: ShownView(
                title=shown.title, at_ms=shown.at_ms, path=f"{base}/{shown.sha256}.pdf"
            )
            for shown in deliberation.documents.values()
        },
    )


def _decision(decision: Decision, me: str) -> DecisionView:
    adopted = decision.adopted
    return DecisionView(
        outcome=decision.proposal.outcome,
        blocks=list(decision.proposal.blocks),
        voted=sorted(decision.ballots),
        my_ballot=decision.ballots.get(me),
        adopted_ms=adopted.at_ms if adopted else None,
        votes_for=adopted.votes_for if adopted else None,
        votes_against=adopted.votes_against if adopted else None,
        abstentions=adopted.abstentions if adopted else None,
    )
