"""Bodies of the HTTP API, in and out. The OpenAPI description is made from these types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from auth.invitations import Factor
from auth.passkeys import Ceremony
from media.messages import RelayStats
from signaling.advice import WarningView
from signaling.register_view import LineView
from signaling.settings import MAIL_ADDRESS
from signaling.views import DocumentView, Overview
from visiojury.exam.commands import Command
from visiojury.exam.events import Purpose
from visiojury.exam.people import Role
from visiojury.exam.transitions import SittingState


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Empty(Body):
    """No field."""


class Redeem(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    """From the link's fragment."""
    code: Annotated[str, Field(max_length=40)] | None = None
    """Given apart by the office, to those who vote or decide."""


class StationSignIn(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(min_length=1, max_length=40)]
    """Of the person's own link: the office's, or what their application shows."""


class BeginStationPasskey(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]


class CompleteStationPasskey(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]
    credential: dict[str, Any]
    """What `navigator.credentials` gave, as Web Authentication says (section 5.1)."""


class SignedInBody(Body):
    participant_id: str
    """Who is at the station now."""


class BeginOpenID(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    """From the link's fragment."""


class BegunOpenID(Body):
    authorization_url: str
    """Where the browser goes to sign in."""


class OpenIDCallback(Body):
    """What the provider put into the address it sent the browser back to."""

    state: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(max_length=4_096)] | None = None
    """None: the provider refused."""
    iss: Annotated[str, Field(max_length=1_000)] | None = None
    """RFC 9207; compared where the provider gives it."""


class BeginPasskey(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    """From the link's fragment."""
    code: Annotated[str, Field(max_length=40)] | None = None
    """Given apart by the office, to a person who has no passkey yet."""


class BegunPasskey(Body):
    ceremony: Ceremony
    options: dict[str, Any]
    """For `navigator.credentials`, in JSON as Web Authentication says (section 5.1)."""


class CompletePasskey(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    credential: dict[str, Any]
    """What `navigator.credentials` gave, in the same manner."""


class RedeemedBody(Body):
    access_token: str
    session_id: str
    participant_id: str
    role: Role
    id_token: str | None = None
    """Of the sign-in at the OpenID provider, for the page to give back when it signs out."""


class SignOut(Body):
    id_token: Annotated[str, Field(max_length=16_384)] | None = None
    """As the redemption gave it; None: the person signed in nowhere else."""


class SignedOutBody(Body):
    end_session_url: str | None
    """Where the browser goes to sign out at the OpenID provider too; None: nowhere."""


class RenewedBody(Body):
    access_token: str


class JWKBody(Body):
    """A public key. Source: RFC 7517."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: str


class JWKSBody(Body):
    """The keys that verify the installation's tokens, the next one included."""

    keys: list[JWKBody]


class TicketBody(Body):
    ticket: str


class MediaTokenRequest(Body):
    fingerprint: Annotated[str, Field(min_length=1, max_length=200)]
    """SHA-256 of the DTLS certificate that the offer will announce."""
    is_echo: bool = False
    """For a call with oneself, which roles without a part in the exam may make too."""


class ICEServer(Body):
    """As `RTCIceServer` of the browser's API."""

    urls: tuple[str, ...]
    username: str
    """Ends by itself: it begins with the second (UTC) until which it is good."""
    credential: str


class MediaTokenBody(Body):
    media_token: str
    ice_servers: list[ICEServer]
    """TURN servers, where the installation has any."""
    is_turn_forced: bool
    """Media is to go through them, whatever else could be reached."""


class Act(Body):
    """One act. A repeated `id` is carried out once and answered the same."""

    id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    act: Annotated[Command, Field(discriminator="command")]


class Erase(Body):
    carry_out: bool
    """False: only say what would be erased."""


class ErasedSession(Body):
    session_id: str
    people: int


class ErasedBody(Body):
    """Sessions whose time is over and that no appeal holds, and how many people are in each."""

    sessions: list[ErasedSession]


class ProofBody(Body):
    """That an entry is under the last seal. Source: RFC 6962, section 2.1.1."""

    seq: int
    size: int
    """Entries under the seal."""
    root: str
    """Head of the tree that the seal signs, hexadecimal."""
    path: list[str]
    """From the leaf up, hexadecimal."""


class ActBody(Body):
    seq: int
    """The record's sequence number at which the act stands."""


class FileBody(Body):
    """A file as it was kept: what an act says of it."""

    sha256: str
    size_bytes: int


class Invite(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]
    factor: Factor = "code"
    """What is asked beside the link: the office's code, of those who vote or decide; or the code
    of an authenticator application, a sign-in at the OpenID provider or a passkey, of anyone."""


class MailInvitation(Body):
    participant_id: Annotated[str, Field(min_length=1, max_length=64)]
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    """From the link's fragment; of a link of theirs that was not used yet."""
    address: Annotated[str, Field(max_length=254, pattern=MAIL_ADDRESS)]
    """Where to; used once, kept nowhere."""


class FactorsBody(Body):
    factors: tuple[Factor, ...]
    """What an invitation of this installation can ask for beside the link."""


class QRBody(Body):
    """A QR code, to be drawn as one path of an SVG."""

    side: int
    """Of the square `viewBox`, the empty margin included."""
    path: str


class InvitationBody(Body):
    """Shown once: only digests are kept."""

    participant_id: str
    role: Role
    link: str
    code: str | None
    totp_uri: str | None = None
    """To be read by the person's authenticator application, when it is set up with this link."""
    totp_qr: QRBody | None = None
    """The same, to be photographed by the application."""
    link_qr: QRBody | None = None
    """The link, to be photographed by the person's device; of an invitation made anew."""
    can_mail: bool = False
    """Whether this installation can send the link by mail."""


class SessionBody(Body):
    session_id: str
    invitations: list[InvitationBody]
    warnings: list[WarningView]
    """Advice that blocks nothing."""


class ShownSession(Overview):
    warnings: list[WarningView]
    """For those who plan it; empty for others."""


class SessionLine(Body):
    """One session in a list."""

    session_id: str
    title: str
    purpose: Purpose
    diploma: str
    organising_office_id: str
    sittings: int
    first_ms: int | None
    last_ms: int | None
    """Instants of the first and last sitting planned."""
    is_sealed: bool
    version: int
    """Sequence number of the record's last entry."""


class SessionsBody(Body):
    sessions: list[SessionLine]


class CalendarLine(Body):
    sitting_id: str
    state: SittingState
    candidate_id: str
    examiner_ids: list[str]
    host_office_id: str
    planned_ms: int
    starts: str
    """Of the organising office's clock, with its offset (RFC 3339)."""
    host_starts: str
    host_time_zone: str
    duration_s: int
    """With the adjustment."""


class Day(Body):
    date: str
    sittings: list[CalendarLine]


class CalendarBody(Body):
    time_zone: str
    """Of the organising office, whose days these are."""
    days: list[Day]


class DocumentsBody(Body):
    documents: list[DocumentView]


class RegisterBody(Body):
    at_ms: int
    """The moment that the lines tell of."""
    lines: dict[str, LineView]
    """By participant: those whom the caller sees."""


class LiveBody(Body):
    status: Literal["ok"]


class ReadyBody(Body):
    checks: dict[str, bool]


class Problem(Body):
    """A refusal, as `application/problem+json` (RFC 9457)."""

    type: str
    """`/api/problems#<code>`: where all kinds are described."""
    title: str
    """French: what kind of refusal it is."""
    status: int
    detail: str
    """French, for the person: what is wrong, what to do, the rule it rests on."""
    code: str
    """Stable; match on this and never on a text."""
    details: dict[str, str | int]
    """The facts that `detail` says."""


class ProblemKind(Body):
    status: int
    title: str
    detail: str
    """Names in braces stand for the `details` of one occurrence."""


class Drain(Body):
    is_drained: bool
    """Whether the relay gets no rooms, and those it has move elsewhere."""


class RelayBody(Body):
    number: int
    is_up: bool
    is_drained: bool
    rooms: int
    figures: RelayStats | None
    """None for a second after its start, and while it is down."""


class RelaysBody(Body):
    relays: list[RelayBody]


class ProblemsBody(Body):
    problems: dict[str, ProblemKind]
    """By code."""
