"""The WebSocket protocol, version 1: every message as a type.

docs/protocol.md tells the story; the JSON Schema of these types is at /api/protocol.json.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from signaling.views import View

VERSION = 1
MAX_MESSAGE_BYTES = 65_536


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- from the participant -------------------------------------------------------------------


class Resume(Message):
    """Where the participant's copy of the state stands."""

    epoch: str
    seq: int


class Hello(Message):
    """First message of every connection; anything else before it closes the connection."""

    type: Literal["hello"] = "hello"
    v: Literal[1] = 1
    ticket: Annotated[str, Field(max_length=128)]
    proof: Annotated[str, Field(max_length=2048)]
    """A proof (RFC 9449) with method GET, this URL and `ath` of the ticket."""
    resume: Resume | None = None


class Offer(Message):
    """An SDP offer for this participant's one media connection."""

    type: Literal["offer"] = "offer"
    id: int
    sdp: Annotated[str, Field(max_length=60_000)]
    media_token: Annotated[str, Field(max_length=2048)]
    restart: bool = False
    """True: new ICE credentials for the connection that exists; its DTLS goes on."""
    is_echo: bool = False
    """True: a call with oneself, to try devices and network; nobody else is in it."""


class Switch(Message):
    """The owner switched microphone or camera on or off."""

    type: Literal["switch"] = "switch"
    audio: bool
    video: bool


class ReceivedStream(Message):
    """Of all slots of one kind together, from the page's own statistics."""

    packets: Annotated[int, Field(ge=0, le=2**53)]
    """Received since the connection began."""
    silent_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    """Since the last packet of any slot."""
    frozen_ms: Annotated[int, Field(ge=0, le=86_400_000)] = 0
    """How long pictures stood still since the connection began."""


class Received(Message):
    """What reaches this page of the others: testimony. Five a second are listened to."""

    type: Literal["received"] = "received"
    at_ms: Annotated[int, Field(ge=0, le=2**53)]
    """When it was so, as the page counts the server's instants."""
    audio: ReceivedStream | None = None
    video: ReceivedStream | None = None


class Shown(Message):
    """How high each picture is on this page, in device pixels, by mid; 0: not visible."""

    type: Literal["shown"] = "shown"
    heights: Annotated[
        dict[Annotated[str, Field(max_length=16)], Annotated[int, Field(ge=0, le=10_000)]],
        Field(max_length=32),
    ]


class Ping(Message):
    type: Literal["ping"] = "ping"
    id: int


InRoom = Offer | Switch | Received | Shown | Ping
"""What may follow the hello."""
FromParticipant = Annotated[Hello | InRoom, Field(discriminator="type")]
FROM_PARTICIPANT: TypeAdapter[Hello | InRoom] = TypeAdapter(FromParticipant)


# --- to the participant ---------------------------------------------------------------------


class Snapshot(Message):
    """The whole state. Deltas count on from `seq`, within `epoch`."""

    type: Literal["snapshot"] = "snapshot"
    v: Literal[1] = 1
    epoch: str
    seq: int
    server_ms: int
    state: View


class Resumed(Message):
    """The copy that `hello` named is good; the deltas it lacks follow."""

    type: Literal["resumed"] = "resumed"
    epoch: str
    seq: int
    server_ms: int


class Delta(Message):
    """What has changed: an RFC 7396 merge patch of the state before it."""

    type: Literal["delta"] = "delta"
    seq: int
    server_ms: int
    patch: dict[str, Any]


class Tick(Message):
    """Each second: the server is there, and this is its clock."""

    type: Literal["tick"] = "tick"
    server_ms: int


class Pong(Message):
    type: Literal["pong"] = "pong"
    id: int
    server_ms: int


class Answer(Message):
    type: Literal["answer"] = "answer"
    id: int
    sdp: str


class SlotSource(Message):
    participant_id: str
    kind: Literal["audio", "video", "screen"]


class Slots(Message):
    """Whose media each receiving m-line carries now, by mid; absent: nobody's."""

    type: Literal["slots"] = "slots"
    slots: dict[str, SlotSource]


class Speaker(Message):
    """Who speaks now, of those whom this participant hears; null: nobody known."""

    type: Literal["speaker"] = "speaker"
    participant_id: str | None


class Renegotiate(Message):
    """The relay was replaced: make a new media connection, with the same certificate."""

    type: Literal["renegotiate"] = "renegotiate"


class Draining(Message):
    """The server will stop, and takes nothing on: no sitting starts, those that run go on."""

    type: Literal["draining"] = "draining"
    until_ms: int
    """When it stops at the latest, whatever still runs."""


class Refusal(Message):
    """A message was refused; the connection goes on unless a close frame follows."""

    type: Literal["error"] = "error"
    id: int | None = None
    code: str
    message: str
    """French, for the person."""


ToParticipant = Annotated[
    Snapshot
    | Resumed
    | Delta
    | Tick
    | Pong
    | Answer
    | Slots
    | Speaker
    | Renegotiate
    | Draining
    | Refusal,
    Field(discriminator="type"),
]

CLOSE_CODES: dict[str, int] = {
    "message_malformed": 4400,
    "message_unexpected": 4400,
    "unauthenticated": 4401,
    "access_revoked": 4403,
    "hello_late": 4408,
    "superseded": 4409,
    "access_signed_out": 4410,
    "message_too_big": 1009,
    "too_many_messages": 4429,
    "too_slow": 4430,
    "server_stopping": 1001,
    "session_moved": 1012,
}
"""Why we close, and whether to come back: see docs/protocol.md."""
