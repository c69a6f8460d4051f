"""Who is this: tokens and proofs, joined with what the record says of them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from auth.errors import AuthError, ProofMismatchError, TicketUnknownError
from auth.proofs import ProofVerifier, require_key
from auth.tickets import Tickets
from auth.tokens import ACCESS_MAX_S, AccessClaims, Tokens
from signaling import contests
from signaling.instants import Instants
from signaling.refusals import RequestError
from signaling.rooms import Room, Rooms
from visiojury.exam import events as ev
from visiojury.exam.people import Participant, Role
from visiojury.record.entry import Actor
from visiojury.record.errors import RecordError

ACCESS_LIFETIME_MS = 30 * 24 * 3600 * 1000
"""From a link's redemption: long enough to sign the minutes, then another link is needed."""
SCHEME = "DPoP "
ADMIN_SCHEME = "Bearer "
ADMINISTRATION = Actor(
    participant_id="administration", role=Role.ORGANISER, authentication="administration"
)
"""Who holds the installation's key file acts as the organising office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and in which session."""

    room: Room
    participant: Participant
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Caller):
    """A person whose token, key and standing were verified for this request."""

    claims: AccessClaims


class Gate:
    """Knows people by their token, the proof of its key, and how their access stands."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        tokens: Tokens,
        proofs: ProofVerifier,
        tickets: Tickets,
        instants: Instants,
        origins: tuple[str, ...],
    ) -> None:
        self._rooms = rooms
        self.tokens = tokens
        self._proofs = proofs
        self.tickets = tickets
        self._instants = instants
        self.origins = origins

    def url(self, request: web.Request) -> str:
        """Return the request's address as the browser sees it.

        Raises:
            RequestError: `origin_foreign`: the host it names is none of ours.
        """
        for origin in self.origins:
            if origin.split("//", 1)[1] == request.host:
                return origin + request.path
        raise RequestError("origin_foreign")

    async def authenticate(self, request: web.Request) -> Person:
        """Return who sends this request.

        Raises:
            AuthError, RequestError: no token, a bad one, no proof of its key, or revoked.
            RecordError: the session cannot be read.
        """
        header = request.headers.get("Authorization", "")
        if not header.startswith(SCHEME):
            raise RequestError("token_missing")
        token = header.removeprefix(SCHEME)
        claims = self.tokens.verify_access(token)
        url = self.url(request)
        try:
            proven = self._proofs.verify(
                request.headers.get("DPoP"), method=request.method, url=url, access_token=token
            )
            require_key(claims.jkt, proven)
        except AuthError as refusal:
            await self._contested(claims, contests.ACCESS.get(type(refusal)))
            raise
        return await self.caller(claims)

    async def authenticate_hello(self, ticket: str, proof: str, url: str) -> Person:
        """Return who presents `ticket` on a WebSocket.

        Raises:
            AuthError, RequestError, RecordError: as `authenticate`.
        """
        try:
            claims = self.tickets.redeem(ticket)
            proven = self._proofs.verify(proof, method="GET", url=url, access_token=ticket)
            require_key(claims.jkt, proven)
        except (TicketUnknownError, ProofMismatchError):
            if (issued := self.tickets.spent(ticket)) is not None:
                await self._contested(issued, "ticket")
            raise
        return await self.caller(claims)

    async def _contested(self, claims: AccessClaims, what: ev.Contest | None) -> None:
        """Leave a trace with the person whose access was misused, if it still stands."""
        if what is None:
            return
        try:
            person = await self.caller(claims)
        except (RequestError, RecordError):
            return
        await contests.leave_trace(person.room, claims.subject, what, at_ms=self._instants.now_ms())

    def require_admin(self, request: web.Request) -> None:
        """Pass for who can read the installation's key file. Raises: AuthError, RequestError."""
        header = request.headers.get("Authorization", "")
        if not header.startswith(ADMIN_SCHEME):
            raise RequestError("token_missing")
        self.tokens.verify_admin(header.removeprefix(ADMIN_SCHEME))

    async def administrator(self, session_id: str) -> Caller:
        """Return who holds the installation's key, as an agent of the organising office.

        Raises:
            RequestError: `session_unknown`.
            RecordError: the session cannot be read.
        """
        room = await self._rooms.find(session_id)
        if room is None:
            raise RequestError("session_unknown")
        participant = Participant(
            participant_id=ADMINISTRATION.participant_id,
            family_name="Administration",
            given_name="L’",
            role=ADMINISTRATION.role,
            office_id=room.owner.state.info.organising_office_id,
        )
        return Caller(room=room, participant=participant, actor=ADMINISTRATION)

    async def caller(self, claims: AccessClaims) -> Person:
        """Return the person behind verified claims, if their access still stands."""
        room = await self._rooms.find(claims.session)
        if room is None:
            raise RequestError("session_unknown")
        access = room.owner.state.access.get(claims.invitation)
        if access is not None and access.has_signed_out:
            raise RequestError("access_signed_out")
        if access is None or access.is_revoked or access.device_key != claims.jkt:
            raise RequestError("access_revoked")
        participant = room.owner.state.subject(claims.subject)
        if self._is_over(room, claims.subject):
            raise RequestError("access_revoked")
        actor = Actor(
            participant_id=participant.participant_id,
            role=participant.role,
            authentication=access.authentication,
            device_key=claims.jkt,
        )
        return Person(room=room, participant=participant, claims=claims, actor=actor)

    def _is_over(self, room: Room, subject: str) -> bool:
        """Return whether this is a station whose day is over; after the seal nothing says so."""
        station = room.owner.state.stations.known.get(subject)
        return station is not None and station.enrolled.end_ms <= self._instants.now_ms()

    def device_key(self, request: web.Request) -> str:
        """Return the key that signed the proof of a request without a token.

        Raises:
            AuthError, RequestError: no proof, a bad one, or of another address than ours.
        """
        return self._proofs.verify(
            request.headers.get("DPoP"),
            method=request.method,
            url=self.url(request),
            access_token=None,
        )

    def renew(self, person: Person) -> str:
        """Return a new token for the access that a person has, with the same key.

        Raises:
            RequestError: `access_over`: the link was redeemed too long ago.
        """
        claims = person.claims
        redeemed_ms = person.room.owner.state.access[claims.invitation].redeemed_ms
        assert redeemed_ms is not None, "nobody has a token of a link that was not redeemed"
        left_s = (redeemed_ms + ACCESS_LIFETIME_MS - self._instants.now_ms()) // 1000
        if left_s <= 0:
            raise RequestError("access_over")
        return self.tokens.access(
            claims.subject,
            session=claims.session,
            role=person.participant.role.value,
            invitation=claims.invitation,
            jkt=claims.jkt,
            lifetime_s=min(left_s, ACCESS_MAX_S),
        )
