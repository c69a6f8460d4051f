"""Acts of the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.people import Identifier, Strict, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(SittingCommand):
    command: Literal["start"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(SittingCommand):
    reason: Text
    command: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(SittingCommand):
    command: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideExtension(SittingCommand):
    outage_id: Identifier
    granted_s: Annotated[int, Ge(0), Le(24 * 3600)]
    reason: Text = ""
    command: Literal["decide_extension"] = "decide_extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPostponement(SittingCommand):
    reason: Text
    command: Literal["request_postponement"] = "request_postponement"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreePostponement(SittingCommand):
    command: Literal["agree_postponement"] = "agree_postponement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(SittingCommand):
    command: Literal["close"] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHelp(Strict):
    command: Literal["call_help"] = "call_help"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHelp(Strict):
    help_id: Identifier
    command: Literal["answer_help"] = "answer_help"
