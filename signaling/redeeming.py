"""Redeeming links: a secret, and what else it asks for, for access bound to a device key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from auth import invitations
from auth.errors import (
    InvitationCodeWrongError,
    InvitationUnknownError,
    InvitationUsedError,
)
from auth.oidc import SignedIn
from auth.tokens import Tokens
from signaling.authenticators import Authenticators, owner_of
from signaling.evidence import Evidence, Presented, kind_of, passkey_of, sign_in_of
from signaling.instants import Instants
from signaling.refusals import RequestError
from signaling.rooms import Room, Rooms
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.state import Access, Session


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
        self.turn = asyncio.Lock()
        """Factors are tried one at a time, so that no wrong one escapes the count."""

    async def redeem(self, secret: str, code: str | None, jkt: str) -> Redeemed:
        """Exchange a link's secret for access bound to the device key `jkt`.

        Raises:
            AuthError: refused; a wrong code is recorded first.
            RecordError: the session cannot be read, or the store could not commit.
        """
        return await self._redeem(invitations.digest(secret), jkt, Evidence(code=code))

    async def may_sign_in(self, secret_digest: str, jkt: str) -> None:
        """Pass if a sign-in at the OpenID provider may redeem this link on this device.

        Raises:
            AuthError, RecordError: as `redeem`.
            RequestError: `openid_not_asked`: the link asks for something else.
        """
        room, access = await self._find(secret_digest)
        if access.invitation.openid_issuer is None:
            raise RequestError("openid_not_asked")
        await self.check(room, access, jkt, shown="openid")

    async def redeem_signed_in(self, secret_digest: str, jkt: str, signed_in: SignedIn) -> Redeemed:
        """Exchange a link's secret and a sign-in, verified, for access bound to a device key.

        Raises:
            AuthError, RecordError: as `redeem`; OpenIDSubjectError: not who signed in before.
        """
        return await self._redeem(secret_digest, jkt, Evidence(signed_in=signed_in))

    async def may_show_passkey(
        self, secret_digest: str, code: str | None, jkt: str
    ) -> tuple[Room, str]:
        """Return the session and person of a link that a passkey may redeem on this device.

        A person who has none yet gives the office's code first.

        Raises:
            AuthError, RecordError: as `redeem`.
            RequestError: `passkey_not_asked`: the link asks for something else.
        """
        async with self.turn:
            room, access = await self._find(secret_digest)
            participant_id = access.invitation.participant_id
            if not access.invitation.needs_passkey:
                raise RequestError("passkey_not_asked")
            is_introduced = participant_id in room.owner.state.passkeys
            await self.check(
                room, access, jkt, code=code, shown="passkey", is_introduced=is_introduced
            )
        return room, participant_id

    async def redeem_with_passkey(
        self, secret_digest: str, jkt: str, presented: Presented
    ) -> Redeemed:
        """Exchange a link's secret and a passkey's answer for access bound to a device key.

        Raises:
            AuthError, RecordError: as `redeem`; what the passkey answers does not hold.
            RequestError: `passkey_not_expected`: another was registered or revoked meanwhile.
        """
        return await self._redeem(secret_digest, jkt, Evidence(passkey=presented))

    async def _redeem(self, secret_digest: str, jkt: str, evidence: Evidence) -> Redeemed:
        async with self.turn:
            room, access = await self._find(secret_digest)
            what = kind_of(evidence, access)
            step = await self.check(
                room, access, jkt, code=evidence.code, shown=what, is_introduced=what == "passkey"
            )
            found = replace(evidence, totp_step=step)
            owner = owner_of(room, access.invitation.participant_id)
            await room.owner.record(
                lambda state: self._redemption(state, access, jkt, found, owner), actor=None
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

    async def check(
        self,
        room: Room,
        access: Access,
        jkt: str | None,
        *,
        code: str | None = None,
        shown: invitations.Shown | None = None,
        is_introduced: bool = False,
    ) -> int | None:
        """Count and refuse what does not open a link; within `turn`.

        Args:
            room: the session.
            access: what the link's secret found.
            jkt: the device key it comes from.
            code: as typed.
            shown: what came instead of a code.
            is_introduced: whether a person's passkey needs no code any more.

        Returns:
            The step of an authenticator's code, if one was asked for.

        Raises:
            AuthError: refused; a wrong code is recorded first.
        """
        issued, now_ms = access.invitation, self._instants.now_ms()
        invitation = invitations.Invitation(
            invitation_id=issued.invitation_id,
            subject=issued.participant_id,
            secret_digest=issued.secret_digest,
            code_digest=None if issued.needs_passkey and is_introduced else issued.code_digest,
            not_before_ms=issued.not_before_ms,
            expires_ms=issued.expires_ms,
            redeemed=access.has_signed_out or access.device_key not in {None, jkt},
            revoked=access.is_revoked and not access.has_signed_out,
            failures=access.failures,
            authenticator=self._authenticators.opened(room, access),
            needs_openid=issued.openid_issuer is not None,
            needs_passkey=issued.needs_passkey,
        )
        try:
            # scrypt takes a tenth of a second: not on the loop that people wait on.
            return await asyncio.to_thread(
                invitations.check, invitation, code=code, now_ms=now_ms, shown=shown
            )
        except InvitationCodeWrongError as error:
            refused = ev.InvitationRefused(
                at_ms=now_ms, invitation_id=issued.invitation_id, code=error.code
            )
            await room.owner.record(lambda _: [refused], actor=None)
            raise

    def _redemption(
        self, state: Session, access: Access, jkt: str, evidence: Evidence, owner: str
    ) -> list[ev.Event]:
        """Return what redeeming means: one person, one device, so other accesses end."""
        is_new = (evidence.totp_step, evidence.signed_in, evidence.passkey) != (None, None, None)
        if access.device_key == jkt and not is_new:
            return []
        if access.device_key not in {None, jkt} or access.is_revoked:
            raise InvitationUsedError
        now_ms, redeemed_id = self._instants.now_ms(), access.invitation.invitation_id
        participant_id = access.invitation.participant_id
        redeemed = ev.InvitationRedeemed(
            at_ms=now_ms,
            invitation_id=redeemed_id,
            device_key=jkt,
            totp_step=evidence.totp_step,
            sign_in=sign_in_of(state, participant_id, evidence.signed_in),
            passkey=passkey_of(state, participant_id, owner, evidence.passkey),
        )
        standing = state.standing_access(participant_id)
        return [
            *(
                ev.InvitationRevoked(at_ms=now_ms, invitation_id=access_id)
                for access_id in standing
                if access_id != redeemed_id
            ),
            redeemed,
        ]
