"""Who is this: invitations, tokens and proofs, joined with what the record says of them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from aiohttp import web

from auth import invitations, totp
from auth.errors import (
    AuthError,
    InvitationCodeWrongError,
    InvitationUnknownError,
    InvitationUsedError,
    OpenIDSubjectError,
    ProofMismatchError,
    TicketUnknownError,
)
from auth.oidc import SignedIn
from auth.proofs import ProofVerifier, require_key
from auth.sealing import SecretBox
from auth.tickets import Tickets
from auth.tokens import ACCESS_MAX_S, AccessClaims, Tokens
from signaling import contests
from signaling.instants import Instants
from signaling.refusals import RequestError
from signaling.rooms import Room, Rooms
from visiojury.exam import events as ev
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import SECOND_FACTOR
from visiojury.exam.state import Access, Session
from visiojury.record.entry import Actor
from visiojury.record.errors import RecordError

INVITATION_LIFETIME_MS = 7 * 24 * 3600 * 1000
TOTP_ISSUER = "VisioJury"
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


@dataclass(frozen=True, slots=True)
class Issued:
    """An invitation in clear, for the last time."""

    participant_id: str
    role: Role
    link: str
    code: str | None
    totp_uri: str | None = None
    """What the person's authenticator application reads; None: none, or it was told before."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    access_token: str
    session_id: str
    participant_id: str
    role: Role


class Gate:
    """Lets people in, by the book of design/identity: link, code, device key, proof."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        tokens: Tokens,
        proofs: ProofVerifier,
        tickets: Tickets,
        instants: Instants,
        origins: tuple[str, ...],
        secret_box: SecretBox,
        openid_issuer: str | None,
    ) -> None:
        self._rooms = rooms
        self.tokens = tokens
        self._proofs = proofs
        self.tickets = tickets
        self._instants = instants
        self.origins = origins
        self._secret_box = secret_box
        self._openid_issuer = openid_issuer
        self._redeeming = asyncio.Lock()

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
        if access is None or access.is_revoked or access.device_key != claims.jkt:
            raise RequestError("access_revoked")
        participant = room.owner.state.participants[claims.subject]
        actor = Actor(
            participant_id=participant.participant_id,
            role=participant.role,
            authentication=access.authentication,
            device_key=claims.jkt,
        )
        return Person(room=room, participant=participant, claims=claims, actor=actor)

    async def issue(
        self,
        room: Room,
        participant_id: str,
        *,
        actor: Actor | None,
        factor: invitations.Factor = "code",
        spares_redeemed: bool = False,
    ) -> Issued:
        """Make a new invitation; earlier ones of the same person die with it (B3).

        An authenticator application that the person's last invitation asked for is asked again;
        an invitation with a code in between makes the next one set up another.

        Args:
            room: the session.
            participant_id: whom to invite.
            actor: who invites; None: the server.
            factor: what is asked beside the link; a code of those who vote or decide only.
            spares_redeemed: leave the access that the person has, until the new one is redeemed.

        Raises:
            ExamError: `participant_unknown`.
            RequestError: `openid_not_configured`.
        """
        if factor == "openid" and self._openid_issuer is None:
            raise RequestError("openid_not_configured")
        participant = room.owner.state.participant(participant_id)
        now_ms = self._instants.now_ms()
        invitation, secret, code = await asyncio.to_thread(
            invitations.issue,
            invitation_id=secrets.token_hex(8),
            subject=participant_id,
            now_ms=now_ms,
            lifetime_ms=INVITATION_LIFETIME_MS,
            needs_code=factor == "code" and participant.role in SECOND_FACTOR,
        )
        sealed, totp_uri = None, None
        if factor == "totp":
            sealed, totp_uri = self._authenticator(room, participant_id)
        issued = ev.InvitationIssued(
            at_ms=now_ms,
            invitation_id=invitation.invitation_id,
            participant_id=participant_id,
            secret_digest=invitation.secret_digest,
            code_digest=invitation.code_digest,
            not_before_ms=invitation.not_before_ms,
            expires_ms=invitation.expires_ms,
            totp=sealed,
            openid_issuer=self._openid_issuer if factor == "openid" else None,
        )

        def events(state: Session) -> list[ev.Event]:
            standing = state.standing_access(participant_id)
            return [
                *(
                    ev.InvitationRevoked(at_ms=now_ms, invitation_id=access_id)
                    for access_id, access in standing.items()
                    if access.device_key is None or not spares_redeemed
                ),
                issued,
            ]

        await room.owner.record(events, actor=actor)
        link = f"{self.origins[0]}/#invitation={secret}"
        return Issued(participant_id, participant.role, link, code, totp_uri)

    def _authenticator(self, room: Room, participant_id: str) -> tuple[str, str | None]:
        """Return the sealed secret of a person's application, and its URI if it is new."""
        theirs = room.owner.state.invitations_of(participant_id)
        if theirs and (known := theirs[-1].invitation.totp) is not None:
            return known, None
        secret = totp.new_secret()
        uri = totp.provisioning_uri(secret, label=room.session_id, issuer=TOTP_ISSUER)
        return self._secret_box.seal(secret, owner=_owner(room, participant_id)), uri

    async def redeem(self, secret: str, code: str | None, proof: str | None, url: str) -> Redeemed:
        """Exchange a link's secret for access bound to the device key that signed `proof`.

        The same key may come again: an answer can be lost on the way. Another key may not.

        Raises:
            AuthError: refused; a wrong code is recorded first.
            RecordError: the session cannot be read, or the store could not commit.
        """
        jkt = self.device_key(proof, url)
        return await self._redeem(invitations.digest(secret), jkt, code=code)

    def device_key(self, proof: str | None, url: str) -> str:
        """Return the key that signed the proof of a request without a token. Raises: AuthError."""
        return self._proofs.verify(proof, method="POST", url=url, access_token=None)

    async def may_sign_in(self, secret_digest: str, jkt: str) -> None:
        """Pass if a sign-in at the OpenID provider may redeem this link on this device.

        Raises:
            AuthError, RecordError: as `redeem`.
            RequestError: `openid_not_asked`: the link asks for something else.
        """
        room, access = await self._find(secret_digest)
        if access.invitation.openid_issuer is None:
            raise RequestError("openid_not_asked")
        await self._check(room, access, None, jkt, is_signed_in=True)

    async def redeem_signed_in(self, secret_digest: str, jkt: str, signed_in: SignedIn) -> Redeemed:
        """Exchange a link's secret and a sign-in, verified, for access bound to a device key.

        Raises:
            AuthError, RecordError: as `redeem`; OpenIDSubjectError: not who signed in before.
        """
        return await self._redeem(secret_digest, jkt, signed_in=signed_in)

    async def _redeem(
        self,
        secret_digest: str,
        jkt: str,
        *,
        code: str | None = None,
        signed_in: SignedIn | None = None,
    ) -> Redeemed:
        # Codes are tried one at a time, so that none escapes the count.
        async with self._redeeming:
            room, access = await self._find(secret_digest)
            # A sign-in at another provider than the link asks for is none.
            is_signed_in = (
                signed_in is not None and signed_in.issuer == access.invitation.openid_issuer
            )
            step = await self._check(room, access, code, jkt, is_signed_in=is_signed_in)
            await room.owner.record(
                lambda state: self._redemption(state, access, jkt, step, signed_in), actor=None
            )
        participant = room.owner.state.participants[access.invitation.participant_id]
        token = self.tokens.access(
            participant.participant_id,
            session=room.session_id,
            role=participant.role.value,
            invitation=access.invitation.invitation_id,
            jkt=jkt,
        )
        return Redeemed(token, room.session_id, participant.participant_id, participant.role)

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

    async def _find(self, secret_digest: str) -> tuple[Room, Access]:
        room = await self._rooms.find_invited(secret_digest)
        if room is not None:
            for access in room.owner.state.access.values():
                if access.invitation.secret_digest == secret_digest:
                    return room, access
        raise InvitationUnknownError

    def _opened(self, room: Room, access: Access) -> totp.Authenticator | None:
        """Return the application that an invitation asks for, with the last step it gave."""
        issued = access.invitation
        if issued.totp is None:
            return None
        used = (
            other.totp_step
            for other in room.owner.state.invitations_of(issued.participant_id)
            if other.invitation.totp == issued.totp and other.totp_step is not None
        )
        secret = self._secret_box.open(issued.totp, owner=_owner(room, issued.participant_id))
        return totp.Authenticator(secret, max(used, default=totp.NEVER))

    async def _check(
        self, room: Room, access: Access, code: str | None, jkt: str, *, is_signed_in: bool
    ) -> int | None:
        """Return the step of an authenticator's code, if one was asked for."""
        issued, now_ms = access.invitation, self._instants.now_ms()
        invitation = invitations.Invitation(
            invitation_id=issued.invitation_id,
            subject=issued.participant_id,
            secret_digest=issued.secret_digest,
            code_digest=issued.code_digest,
            not_before_ms=issued.not_before_ms,
            expires_ms=issued.expires_ms,
            redeemed=access.device_key not in {None, jkt},
            revoked=access.is_revoked,
            failures=access.failures,
            authenticator=self._opened(room, access),
            needs_openid=issued.openid_issuer is not None,
        )
        try:
            # scrypt takes a tenth of a second: not on the loop that people wait on.
            return await asyncio.to_thread(
                invitations.check, invitation, code=code, now_ms=now_ms, is_signed_in=is_signed_in
            )
        except InvitationCodeWrongError as error:
            refused = ev.InvitationRefused(
                at_ms=now_ms, invitation_id=issued.invitation_id, code=error.code
            )
            await room.owner.record(lambda _: [refused], actor=None)
            raise

    def _redemption(
        self,
        state: Session,
        access: Access,
        jkt: str,
        step: int | None,
        signed_in: SignedIn | None,
    ) -> list[ev.Event]:
        """Return what redeeming means: one person, one device, so other accesses end."""
        if access.device_key == jkt and step is None and signed_in is None:
            return []
        if access.device_key not in {None, jkt} or access.is_revoked:
            raise InvitationUsedError
        now_ms, redeemed_id = self._instants.now_ms(), access.invitation.invitation_id
        redeemed = ev.InvitationRedeemed(
            at_ms=now_ms,
            invitation_id=redeemed_id,
            device_key=jkt,
            totp_step=step,
            sign_in=_sign_in(state, access.invitation.participant_id, signed_in),
        )
        standing = state.standing_access(access.invitation.participant_id)
        return [
            *(
                ev.InvitationRevoked(at_ms=now_ms, invitation_id=access_id)
                for access_id in standing
                if access_id != redeemed_id
            ),
            redeemed,
        ]


def _sign_in(state: Session, participant_id: str, signed_in: SignedIn | None) -> ev.SignIn | None:
    """Return a sign-in as it is recorded. Raises: OpenIDSubjectError."""
    if signed_in is None:
        return None
    for earlier in state.invitations_of(participant_id):
        known = earlier.sign_in
        if (
            known is not None
            and known.issuer == signed_in.issuer
            and known.subject != signed_in.subject
        ):
            raise OpenIDSubjectError("not who signed in before")
    return ev.SignIn(
        participant_id=participant_id,
        issuer=signed_in.issuer,
        subject=signed_in.subject,
        acr=signed_in.acr,
    )


def _owner(room: Room, participant_id: str) -> str:
    """Return whom a sealed secret belongs to."""
    return f"{room.session_id}/{participant_id}"
