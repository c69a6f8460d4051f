"""What the relay is told and what it tells: one JSON object a line, told apart by `type`.

Every command carries an `id` and is answered by exactly one reply with the same `id`. Events
carry none. Times named `*_s` in events are seconds on the monotonic clock of this machine,
stamped when the datagram was read.

An interruption ends with its `StreamRestored`, or, when the peer was gone in between, with
`StreamStarted` of its next connection. A connection replaced by a second `Join` interrupts
nothing by itself: the gap between the two is measured like any other.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from media.kinds import WATCHED, Cause, Direction, GoneReason, Stream, TransportState, Witness

Identifier: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Offer: TypeAlias = Annotated[str, StringConstraints(max_length=200_000)]
Fingerprint: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$")
]


def _watched(stream: Stream) -> Stream:
    if stream not in WATCHED:
        raise ValueError(f"interruptions of {stream} are not looked for")
    return stream


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- Commands -------------------------------------------------------------------------------


class Join(Message):
    """Open a connection of `peer`, or replace the one it has (its places and group stay).

    `group` None keeps the group the peer has, and means waiting for a new peer.
    """

    type: Literal["join"] = "join"
    id: int = 0
    room: Identifier
    peer: Identifier
    offer: Offer
    fingerprint: Fingerprint
    """SHA-256 of the only certificate that DTLS may present."""
    group: Identifier | None = None
    is_echoed: bool = False
    """It is sent what it sends, and nothing else; nobody else gets anything of it."""


class Restart(Message):
    """New ICE credentials for the connection `peer` has; DTLS and slots are untouched."""

    type: Literal["restart"] = "restart"
    id: int = 0
    room: Identifier
    peer: Identifier
    offer: Offer


class SetGroups(Message):
    """Put peers in groups, all at once; who is not named stays where they are.

    Peers of one group see and hear each other. None: the peer neither sends nor receives.
    """

    type: Literal["set_groups"] = "set_groups"
    id: int = 0
    room: Identifier
    groups: dict[Identifier, Identifier | None]


class Switch(Message):
    """What its owner switched on; a stream that is off is not interrupted."""

    type: Literal["switch"] = "switch"
    id: int = 0
    room: Identifier
    peer: Identifier
    audio: bool
    video: bool


class Mute(Message):
    """What those in charge let through of a peer; the rest reaches nobody from the next packet.

    Unlike `Switch` it says nothing about what its owner sends, which is measured as before.
    """

    type: Literal["mute"] = "mute"
    id: int = 0
    room: Identifier
    peer: Identifier
    audio: bool
    """Whether it is muted."""
    video: bool


class Share(Message):
    """Let a peer's screen through to its group, or no longer; unless told so, none is."""

    type: Literal["share"] = "share"
    id: int = 0
    room: Identifier
    peer: Identifier
    is_on: bool


class Testimony(Message):
    """Of all slots of one kind together."""

    stream: Annotated[Stream, AfterValidator(_watched)]
    packets: Annotated[int, Field(ge=0)]
    """Received since the connection began."""
    silent_ms: Annotated[int, Field(ge=0)]
    """Since the last packet of any slot, at the time of telling."""
    frozen_ms: Annotated[int, Field(ge=0)] = 0
    """How long pictures stood still since the connection began."""


class Testify(Message):
    """What a peer's page measured of what it receives: evidence, labelled as a testimony."""

    type: Literal["testify"] = "testify"
    id: int = 0
    room: Identifier
    peer: Identifier
    streams: Annotated[list[Testimony], Field(max_length=2)]


class View(Message):
    """How high each picture is shown to `peer`, in pixels, by mid; 0: not at all.

    What is not named counts as large.
    """

    type: Literal["view"] = "view"
    id: int = 0
    room: Identifier
    peer: Identifier
    heights: Annotated[
        dict[Identifier, Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=32)
    ]


class Leave(Message):
    type: Literal["leave"] = "leave"
    id: int = 0
    room: Identifier
    peer: Identifier


class CloseRoom(Message):
    type: Literal["close_room"] = "close_room"
    id: int = 0
    room: Identifier


Command: TypeAlias = (
    Join | Restart | SetGroups | Switch | Mute | Share | Testify | View | Leave | CloseRoom
)

# --- Replies --------------------------------------------------------------------------------


class Joined(Message):
    type: Literal["joined"] = "joined"
    id: int
    answer: str
    slots: int
    """How many other peers this one can receive at a time."""


class Done(Message):
    type: Literal["done"] = "done"
    id: int
    ok: Literal[True] = True


class Refused(Message):
    type: Literal["refused"] = "refused"
    id: int
    code: str
    """Stable; the message is English, for a log."""
    message: str


Reply: TypeAlias = Joined | Done | Refused

# --- Events ---------------------------------------------------------------------------------


class Ready(Message):
    """First message of a relay: its UDP port is open."""

    type: Literal["ready"] = "ready"
    port: int
    pid: int


class PeerConnected(Message):
    """DTLS is up, with the certificate that was announced."""

    type: Literal["peer_connected"] = "peer_connected"
    room: str
    peer: str
    at_s: float
    offer_to_connected_s: float


class StreamStarted(Message):
    """First packet (audio) or first complete frame (video) of this connection."""

    type: Literal["stream_started"] = "stream_started"
    room: str
    peer: str
    stream: Stream
    at_s: float


class StreamInterrupted(Message):
    type: Literal["stream_interrupted"] = "stream_interrupted"
    room: str
    peer: str
    stream: Stream
    direction: Direction = Direction.SENT
    """Received: what others send does not reach this peer."""
    witness: Witness = "relay"
    cause: Cause
    """As known now; `StreamRestored` carries the final one."""
    since_s: float
    """The last good packet or complete frame before it."""
    detected_s: float


class StreamRestored(Message):
    type: Literal["stream_restored"] = "stream_restored"
    room: str
    peer: str
    stream: Stream
    direction: Direction = Direction.SENT
    witness: Witness = "relay"
    cause: Cause
    at_s: float
    """The first good packet or complete frame after it, known only later."""


class TransportChanged(Message):
    type: Literal["transport_changed"] = "transport_changed"
    room: str
    peer: str
    state: TransportState
    since_s: float
    detected_s: float
    reason: GoneReason | None = None
    """Why, when the state is `gone`; the peer is then removed from its room."""


class SlotSource(Message):
    source: str
    kind: Stream


class SlotsAssigned(Message):
    """Who is in which slot of `peer`, whole, each time it changes. Keys are mids."""

    type: Literal["slots_assigned"] = "slots_assigned"
    room: str
    peer: str
    slots: dict[str, SlotSource]


class SpeakerChanged(Message):
    """Who speaks in a group, by the level of their sound; None: whoever did has left it."""

    type: Literal["speaker_changed"] = "speaker_changed"
    room: str
    group: str
    peer: str | None
    at_s: float


class Delay(Message):
    """Packet read by the kernel to last copy sent, sampled, in milliseconds."""

    p50: float
    p99: float
    max: float
    count: int


class RelayStats(Message):
    """Of this process; counters since its start unless the name says otherwise."""

    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    repeated: int
    """Packets sent once more to receivers that missed them; not in `packets_out`."""
    cpu_s: float
    loop_lag_max_ms: float
    """Largest in the last second."""
    delay_ms: Delay
    """Of the last second."""
    delay_total_ms: Delay
    dropped: dict[str, int]
    """Datagrams and packets not used, by reason."""


class StreamStats(Message):
    """One stream in one direction over the last second.

    Sent: as it reaches the relay. Received: all slots of that kind, as the peer reports them.
    """

    stream: Stream
    direction: Direction
    bitrate_bps: int
    packets: int
    lost: int
    """After repair; a packet that comes late after all counts in a later second."""
    jitter_ms: float
    frames: int
    """Complete frames; 0 for audio and for what is received."""
    glitches: int
    """Gaps of sound, 0.2 to 1 s."""
    freezes: int
    score: int
    """0 to 100: see `media.score`."""
    mos: float | None
    """Mean opinion score, 1 to 4.5; None for a picture."""


class PeerStats(Message):
    room: str
    peer: str
    rtt_ms: float | None
    score: int | None
    """Overall, 0 to 100, falling fast and rising slowly; None while nothing flows."""
    streams: list[StreamStats]


class QualityChanged(Message):
    """The overall score of a peer was low for 5 s, or is good again for 5 s."""

    type: Literal["quality_changed"] = "quality_changed"
    room: str
    peer: str
    is_degraded: bool
    since_s: float
    detected_s: float


class StreamAggregate(Message):
    """One stream in one direction over the seconds of an aggregate in which it flowed."""

    stream: Stream
    direction: Direction
    seconds: int
    bitrate_bps: int
    packets: int
    lost: int
    jitter_ms: float
    """Mean."""
    frames: int
    glitches: int
    freezes: int
    score: int
    """Mean."""
    score_min: int
    mos: float | None
    """Mean."""


class PeerAggregate(Message):
    room: str
    peer: str
    rtt_ms: float | None
    """Mean."""
    score: int | None
    """The last overall score."""
    streams: list[StreamAggregate]


class QualityMeasured(Message):
    """Every ten seconds: what is kept of a participant's quality."""

    type: Literal["quality_measured"] = "quality_measured"
    from_s: float
    to_s: float
    peers: list[PeerAggregate]


class Stats(Message):
    type: Literal["stats"] = "stats"
    at_s: float
    relay: RelayStats
    peers: list[PeerStats]


Event: TypeAlias = (
    Ready
    | PeerConnected
    | StreamStarted
    | StreamInterrupted
    | StreamRestored
    | TransportChanged
    | SlotsAssigned
    | QualityChanged
    | QualityMeasured
    | SpeakerChanged
    | Stats
)

COMMANDS: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
OUTPUT: TypeAdapter[Reply | Event] = TypeAdapter(
    Annotated[Reply | Event, Field(discriminator="type")]
)
