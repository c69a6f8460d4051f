"""Making links: one for a person and a session, with what it asks for besides."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auth import invitations
from signaling.authenticators import Authenticators
from signaling.instants import Instants
from signaling.refusals import RequestError
from signaling.rooms import Room
from visiojury.exam import events as ev
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import SECOND_FACTOR
from visiojury.exam.state import Session
from visiojury.record.entry import Actor

LIFETIME_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Issued:
    """An invitation in clear, for the last time."""

    participant_id: str
    role: Role
    link: str
    code: str | None
    totp_uri: str | None = None
    """What the person's authenticator application reads; None: none, or it was told before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What an invitation asks for beside the link."""

    needs_code: bool = False
    totp: str | None = None
    totp_uri: str | None = None
    openid_issuer: str | None = None
    needs_passkey: bool = False


class Inviting:
    """Issues invitations for links to `origin`."""

    def __init__(
        self,
        *,
        instants: Instants,
        origin: str,
        authenticators: Authenticators,
        openid_issuer: str | None,
        has_passkeys: bool,
    ) -> None:
        self._instants = instants
        self._origin = origin
        self._authenticators = authenticators
        self._openid_issuer = openid_issuer
        self._has_passkeys = has_passkeys
        self._factors: Mapping[invitations.Factor, Callable[[Room, Participant], _Asked]] = {
            "code": self._code,
            "totp": self._totp,
            "openid": self._openid,
            "passkey": self._passkey,
        }

    @property
    def factors(self) -> tuple[invitations.Factor, ...]:
        """What a link can ask for besides, in this installation."""
        is_lacking = {"openid": self._openid_issuer is None, "passkey": not self._has_passkeys}
        return tuple(factor for factor in self._factors if not is_lacking.get(factor))

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

        Args:
            room: the session.
            participant_id: whom to invite; a station is, for its day.
            actor: who invites; None: the server.
            factor: what is asked beside the link; a code of those who vote or decide only.
            spares_redeemed: leave the access that the person has, until the new one is redeemed.

        Raises:
            ExamError: `participant_unknown`.
            RequestError: `openid_not_configured`, `passkey_not_configured`.
        """
        participant = room.owner.state.subject(participant_id)
        now_ms = self._instants.now_ms()
        start_ms, end_ms = _window(room.owner.state, participant_id, now_ms)
        asked = self._factors[factor](room, participant)
        invitation, secret, code = await asyncio.to_thread(
            invitations.issue,
            invitation_id=secrets.token_hex(8),
            subject=participant_id,
            now_ms=start_ms,
            lifetime_ms=end_ms - start_ms,
            needs_code=asked.needs_code,
        )
        issued = ev.InvitationIssued(
            at_ms=now_ms,
            invitation_id=invitation.invitation_id,
            participant_id=participant_id,
            secret_digest=invitation.secret_digest,
            code_digest=invitation.code_digest,
            not_before_ms=invitation.not_before_ms,
            expires_ms=invitation.expires_ms,
            totp=asked.totp,
            openid_issuer=asked.openid_issuer,
            needs_passkey=asked.needs_passkey,
        )
        await room.owner.record(
            lambda state: [*_superseded(state, issued, spares_redeemed=spares_redeemed), issued],
            actor=actor,
        )
        return Issued(participant_id, participant.role, self.link(secret), code, asked.totp_uri)

    def link(self, secret: str) -> str:
        """Return the address that the person opens."""
        return f"{self._origin}/#invitation={secret}"

    def _code(self, _room: Room, participant: Participant) -> _Asked:
        return _Asked(needs_code=participant.role in SECOND_FACTOR)

    def _totp(self, room: Room, participant: Participant) -> _Asked:
        sealed, uri = self._authenticators.asked(room, participant.participant_id)
        return _Asked(totp=sealed, totp_uri=uri)

    def _openid(self, _room: Room, _participant: Participant) -> _Asked:
        if self._openid_issuer is None:
            raise RequestError("openid_not_configured")
        return _Asked(openid_issuer=self._openid_issuer)

    def _passkey(self, room: Room, participant: Participant) -> _Asked:
        """Ask for the person's passkey; for the code too, if there is one to be registered."""
        if not self._has_passkeys:
            raise RequestError("passkey_not_configured")
        is_known = participant.participant_id in room.owner.state.passkeys
        return _Asked(needs_passkey=True, needs_code=not is_known)


def _window(state: Session, subject_id: str, now_ms: int) -> tuple[int, int]:
    """Return when a link is good."""
    station = state.stations.known.get(subject_id)
    if station is None:
        return now_ms, now_ms + LIFETIME_MS
    return station.enrolled.start_ms, station.enrolled.end_ms


def _superseded(
    state: Session, issued: ev.InvitationIssued, *, spares_redeemed: bool
) -> list[ev.Event]:
    """Return the end of a person's earlier invitations."""
    return [
        ev.InvitationRevoked(at_ms=issued.at_ms, invitation_id=access_id)
        for access_id, access in state.standing_access(issued.participant_id).items()
        if access.device_key is None or not spares_redeemed
    ]
