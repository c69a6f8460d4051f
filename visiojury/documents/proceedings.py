"""What the minutes say of the session's own life and of how the jury deliberated.

One sentence an act. Source: requirements D3, D12, J2, J3, J5, S3.
"""

from __future__ import annotations

from collections.abc import Iterator

from visiojury.documents import french
from visiojury.documents.french import NBSP
from visiojury.documents.telling import Data, Tale, Times


def life(told: Tale, times: Times) -> list[str]:
    """Return what was decided on the session itself, in order."""
    return list(_life(told, times))


def _life(told: Tale, times: Times) -> Iterator[str]:
    info, life = told.session.info, told.session.life
    if info.held_by == "establishment":
        author = told.name(info.exception_author_id)
        yield (
            "Session d’un établissement de formation, admise par exception"
            f" (article D. 613-27 du code de l’éducation) par {author},"
            f" motif{NBSP}: {info.exception_reason}"
        )
    if info.follows_session_id is not None:
        yield f"Fait suite à la session {info.follows_session_id}"
    for pause in life.suspensions:
        end = "" if pause.end_ms is None else f", reprise à {times.sentence(pause.end_ms)}"
        yield f"Suspendue à {times.sentence(pause.start_ms)}{end}, motif{NBSP}: {pause.reason}"
    for who, withdrawn in life.withdrawn.items():
        yield f"Retrait de {told.side(who)} à {times.sentence(withdrawn.at_ms)}"
    if life.cancelled is not None:
        at = times.sentence(life.cancelled.at_ms)
        yield f"Annulée à {at}, motif{NBSP}: {life.cancelled.reason}"
    if life.moved is not None:
        at, to = times.sentence(life.moved.at_ms), life.moved.to_session_id
        yield f"Déplacée à {at} vers la session {to}, motif{NBSP}: {life.moved.reason}"


def turns(told: Tale, participant_id: str, times: Times) -> list[Data]:
    """Return a person's turns of duty, and to whom each was handed over."""
    return [
        {
            "start": times.cell(turn.start_ms),
            "end": times.cell(turn.end_ms),
            "to": told.name(turn.handed_to) if turn.handed_to is not None else None,
        }
        for turn in told.session.life.turns
        if turn.participant_id == participant_id
    ]


def deliberation(told: Tale, times: Times) -> list[str]:
    """Return what was tried, shown and set aside while the jury deliberated."""
    return list(_deliberation(told, times))


def _deliberation(told: Tale, times: Times) -> Iterator[str]:
    held = told.session.deliberation
    for who, test in held.hearing.items():
        heard = (
            "entend et est entendu"
            if test.hears and test.is_heard
            else ("n’entend pas" if not test.hears else "n’est pas entendu")
        )
        yield f"Essai de son à {times.sentence(test.at_ms)}{NBSP}: {told.name(who)} {heard}"
    for shown in held.documents.values():
        size = french.counted(shown.size_bytes, "octet")
        yield (
            f"Document montré à tous les membres à {times.sentence(shown.at_ms)}{NBSP}:"
            f" {shown.title} ({size})"
        )
    for candidate_id, members in held.recused.items():
        for who, recused in members.items():
            reason = f", motif{NBSP}: {recused.reason}" if recused.reason else ""
            yield f"{told.name(who)} ne siège pas pour {told.name(candidate_id)}{reason}"
    for examiner_id, candidate_id in told.session.life.relations:
        yield f"{told.name(examiner_id)} a déclaré un lien avec {told.name(candidate_id)}"
    for going_on in held.continued:
        yield (
            f"Poursuivie sans {told.name(going_on.participant_id)} à"
            f" {times.sentence(going_on.at_ms)}, motif{NBSP}: {going_on.reason}"
        )
