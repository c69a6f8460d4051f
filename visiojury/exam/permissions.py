"""Who may ask for what: one table, deny by default."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam.people import JURY, Role

_CHAIR = frozenset({Role.CHAIR})
_INVIGILATOR = frozenset({Role.INVIGILATOR})
_OFFICES = frozenset({Role.ORGANISER, Role.INVIGILATOR})
_ORGANISER = frozenset({Role.ORGANISER})
_SIGNERS = JURY | {Role.SESSION_MANAGER}
_IN_A_ROOM = JURY | {Role.CANDIDATE, Role.ASSISTANT, Role.INVIGILATOR}

PERMISSIONS: dict[type[cmd.Command], frozenset[Role]] = {
    cmd.CheckIdentity: _OFFICES,
    cmd.SignAttestation: _INVIGILATOR,
    cmd.Admit: _INVIGILATOR,
    cmd.MarkAbsent: _INVIGILATOR,
    cmd.Start: _CHAIR,
    cmd.Pause: _CHAIR | _INVIGILATOR,
    cmd.Resume: _CHAIR,
    cmd.DecideExtension: _CHAIR,
    cmd.RequestPostponement: JURY,
    cmd.AgreePostponement: _OFFICES,
    cmd.Close: _CHAIR,
    cmd.CallHelp: _IN_A_ROOM,
    cmd.AnswerHelp: _OFFICES,
    cmd.OpenDeliberation: _CHAIR,
    cmd.TryHearing: _CHAIR,
    cmd.AnswerRollCall: _CHAIR,
    cmd.ContinueWithout: _CHAIR,
    cmd.RecuseMember: JURY,
    cmd.ShowDocument: JURY,
    # Where the chair is out for a candidate, another member presides: the rules say who.
    cmd.TakeUpCandidate: JURY,
    cmd.ProposeDecision: JURY,
    cmd.CastVote: JURY,
    cmd.AdoptDecision: JURY,
    cmd.CloseDeliberation: _CHAIR,
    cmd.SignMinutes: _SIGNERS,
    cmd.ExplainMissingSignature: _CHAIR | _ORGANISER,
    cmd.WriteAmendment: _CHAIR | _ORGANISER,
    cmd.SignAmendment: _SIGNERS,
    cmd.DeliverMinutes: _ORGANISER,
    cmd.PublishResults: _ORGANISER,
    cmd.SendExtract: _ORGANISER,
    cmd.AcknowledgeExtract: _INVIGILATOR,
    cmd.EnterAppeal: _ORGANISER,
    cmd.CloseAppeal: _ORGANISER,
    cmd.RevokeInvitation: _ORGANISER,
}

IDENTITY_CHECKED_BY: dict[Role, Role] = {
    Role.CANDIDATE: Role.INVIGILATOR,
    Role.ASSISTANT: Role.INVIGILATOR,
    Role.EXAMINER: Role.ORGANISER,
    Role.CHAIR: Role.ORGANISER,
}
"""Who compares whom with a document. Source: instruction, annex 1 (the days of the session)."""

SECOND_FACTOR = JURY | _OFFICES | {Role.SESSION_MANAGER}
"""Roles that vote or decide: their invitation needs a code besides the link."""


def is_allowed(role: Role, command: type[cmd.Command]) -> bool:
    return role in PERMISSIONS.get(command, frozenset())
