"""Bodies of the HTTP API, in and out. The OpenAPI description is made from these types."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from visiojury.exam.commands import Command
from visiojury.exam.people import Role


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Empty(Body):
    """No field."""


class Redeem(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    """From the link's fragment."""
    code: Annotated[str, Field(max_length=40)] | None = None
    """Given apart by the office, to those who vote or decide."""


class RedeemedBody(Body):
    access_token: str
    session_id: str
    participant_id: str
    role: Role


class TicketBody(Body):
    ticket: str


class MediaTokenRequest(Body):
    fingerprint: Annotated[str, Field(min_length=1, max_length=200)]
    """SHA-256 of the DTLS certificate that the offer will announce."""


class MediaTokenBody(Body):
    media_token: str


class Act(Body):
    """One act. A repeated `id` is carried out once and answered the same."""

    id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    act: Annotated[Command, Field(discriminator="command")]


class ActBody(Body):
    seq: int
    """The record's sequence number at which the act stands."""


class Invite(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]


class InvitationBody(Body):
    """Shown once: only digests are kept."""

    participant_id: str
    role: Role
    link: str
    code: str | None


class SessionBody(Body):
    session_id: str
    invitations: list[InvitationBody]


class RefusalBody(Body):
    code: str
    """Stable: see docs/protocol.md."""
    message: str
    """French, for the person."""
