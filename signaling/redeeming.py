"""Redeeming links: a secret, and what else it asks for, for access bound to a device key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from auth import invitations
from auth.errors import (
    InvitationCodeWrongError,
    InvitationUnknownError,
    InvitationUsedError,
    OpenIDSubjectError,
)
from auth.oidc import SignedIn
from auth.tokens import Tokens
from signaling.authenticators import Authenticators
from signaling.instants import Instants
from signaling.refusals import RequestError
from signaling.rooms import Room, Rooms
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.state import Access, Session
from visiojury.exam.station_acts import check_may_sign_in, signed_in
from visiojury.record.entry import Actor


@dataclass(frozen=True, slots=True)
class Redeemed:
    access_token: str
    session_id: str
    participant_id: str
    role: Role


class Redeeming:
    """Exchanges links for access.

    The same device key may come again: an answer can be lost on the way. Another key may not.
    """

    def __init__(
        self, *, rooms: Rooms, tokens: Tokens, instants: Instants, authenticators: Authenticators
    ) -> None:
        self._rooms = rooms
        self._tokens = tokens
        self._instants = instants
        self._authenticators = authenticators
        self._turn = asyncio.Lock()

    async def redeem(self, secret: str, code: str | None, jkt: str) -> Redeemed:
        """Exchange a link's secret for access bound to the device key `jkt`.

        Raises:
            AuthError: refused; a wrong code is recorded first.
            RecordError: the session cannot be read, or the store could not commit.
        """
        return await self._redeem(invitations.digest(secret), jkt, code=code)

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

    async def sign_in_at(
        self, room: Room, station_id: str, participant_id: str, code: str, *, device_key: str
    ) -> None:
        """Record a person's sign-in at a station, by the factor of their own link.

        It gives nobody access: the link stays as it is, redeemed or not (docs/adr/0090).

        Raises:
            AuthError: refused; a wrong code is recorded first.
            ExamError: the person cannot be at that station now.
            RequestError: `station_factor_missing`: their link asks for no code.
        """
        async with self._turn:
            # First: a station is no place to try the codes of whom it is not for.
            now_ms = self._instants.now_ms()
            check_may_sign_in(room.owner.state, station_id, participant_id, now_ms)
            access = _last_standing(room.owner.state, participant_id)
            step = await self._check(room, access, code, access.device_key, is_signed_in=False)
            signed = ev.StationSignedIn(
                at_ms=self._instants.now_ms(),
                station_id=station_id,
                participant_id=participant_id,
                invitation_id=access.invitation.invitation_id,
                factor="code" if access.invitation.totp is None else "totp",
                totp_step=step,
            )
            actor = Actor(
                participant_id=participant_id,
                role=room.owner.state.participant(participant_id).role,
                authentication=f"station+{signed.factor}",
                device_key=device_key,
            )
            await room.owner.record(lambda state: signed_in(state, signed), actor=actor)

    async def _redeem(
        self,
        secret_digest: str,
        jkt: str,
        *,
        code: str | None = None,
        signed_in: SignedIn | None = None,
    ) -> Redeemed:
        # Codes are tried one at a time, so that none escapes the count.
        async with self._turn:
            room, access = await self._find(secret_digest)
            # A sign-in at another provider than the link asks for is none.
            is_signed_in = (
                signed_in is not None and signed_in.issuer == access.invitation.openid_issuer
            )
            step = await self._check(room, access, code, jkt, is_signed_in=is_signed_in)
            await room.owner.record(
                lambda state: self._redemption(state, access, jkt, step, signed_in), actor=None
            )
        participant = room.owner.state.subject(access.invitation.participant_id)
        token = self._tokens.access(
            participant.participant_id,
            session=room.session_id,
            role=participant.role.value,
            invitation=access.invitation.invitation_id,
            jkt=jkt,
        )
        return Redeemed(token, room.session_id, participant.participant_id, participant.role)

    async def _find(self, secret_digest: str) -> tuple[Room, Access]:
        room = await self._rooms.find_invited(secret_digest)
        if room is not None:
            for access in room.owner.state.access.values():
                if access.invitation.secret_digest == secret_digest:
                    return room, access
        raise InvitationUnknownError

    async def _check(
        self, room: Room, access: Access, code: str | None, jkt: str | None, *, is_signed_in: bool
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
            authenticator=self._authenticators.opened(room, access),
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


def _last_standing(state: Session, participant_id: str) -> Access:
    """Return the person's last link that asks for a code of some kind. Raises: RequestError."""
    for access in reversed(list(state.standing_access(participant_id).values())):
        if access.invitation.code_digest is not None or access.invitation.totp is not None:
            return access
    raise RequestError("station_factor_missing")


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
