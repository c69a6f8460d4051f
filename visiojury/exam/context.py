"""What a decision is taken on: the session, who asks, when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
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


Handlers = Mapping[type[cmd.Command], Callable[[Any, Context], list[ev.Event]]]
"""By command: what it does, or `ExamError`. Each takes its own command."""
