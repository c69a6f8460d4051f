"""What a decision is taken on: the session, who asks, when."""

from __future__ import annotations

from dataclasses import dataclass

from visiojury.exam.people import Participant
from visiojury.exam.state import Session


@dataclass(frozen=True, slots=True)
class Context:
    session: Session
    actor: Participant
    now_ms: int

    @property
    def actor_id(self) -> str:
        return self.actor.participant_id
