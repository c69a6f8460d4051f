"""Links between an examiner and a candidate, which keep the one from judging the other (B8).

Source: circular 2012-446, 3.3; requirement B8.
"""

from __future__ import annotations

from collections.abc import Iterable

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import JURY, Relation, Role
from visiojury.exam.state import Session


def excluded_examiners(session: Session, candidate_id: str) -> frozenset[str]:
    """Return who may neither examine this candidate nor vote on them."""
    return frozenset(
        examiner for examiner, candidate in session.life.relations if candidate == candidate_id
    )


def check_unrelated(session: Session, candidate_id: str, examiner_ids: Iterable[str]) -> None:
    """Raises: DefinitionError, for the first examiner who has a link with the candidate."""
    excluded = excluded_examiners(session, candidate_id)
    for examiner_id in examiner_ids:
        if examiner_id in excluded:
            raise DefinitionError(
                "examiner_related", name=session.participant(examiner_id).full_name
            )


def declared(session: Session, relation: Relation, now_ms: int) -> list[ev.Event]:
    """Return what declaring `relation` comes to. A commission that holds it cannot start.

    Raises:
        ExamError: `participant_unknown`, `role_unfit`.
    """
    for participant_id, is_fit in (
        (relation.examiner_id, session.participant(relation.examiner_id).role in JURY),
        (relation.candidate_id, session.participant(relation.candidate_id).role is Role.CANDIDATE),
    ):
        if not is_fit:
            raise DefinitionError("role_unfit", participant_id=participant_id)
    known = session.life.relations.get((relation.examiner_id, relation.candidate_id))
    if known is not None and known.kind == relation.kind:
        return []  # Said already.
    return [
        ev.RelationDeclared(
            at_ms=now_ms,
            examiner_id=relation.examiner_id,
            candidate_id=relation.candidate_id,
            kind=relation.kind,
        )
    ]


def declare(command: cmd.DeclareRelation, context: Context) -> list[ev.Event]:
    return declared(context.session, command.relation, context.now_ms)


def withdraw(command: cmd.WithdrawRelation, context: Context) -> list[ev.Event]:
    if (command.examiner_id, command.candidate_id) not in context.session.life.relations:
        return []
    return [
        ev.RelationWithdrawn(
            at_ms=context.now_ms,
            examiner_id=command.examiner_id,
            candidate_id=command.candidate_id,
        )
    ]


HANDLERS: Handlers = {
    cmd.DeclareRelation: declare,
    cmd.WithdrawRelation: withdraw,
}
"""What each command of this area does."""
