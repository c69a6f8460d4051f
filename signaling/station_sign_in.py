"""Signing in at a station, by the factor of one's own link; it gives nobody access.

An account at the OpenID provider is none: it would be typed on a shared machine, and its session
left there for the next person. Source: docs/adr/0090, 0079.
"""

from __future__ import annotations

from typing import Any

from auth import passkeys
from auth.passkeys import Answer
from signaling.access import Person
from signaling.authenticators import owner_of
from signaling.challenges import Challenges
from signaling.evidence import Evidence, passkey_of
from signaling.instants import Instants
from signaling.redeeming import Redeeming
from signaling.refusals import RequestError
from visiojury.exam import events as ev
from visiojury.exam.state import Access, Session
from visiojury.exam.station_acts import check_may_sign_in, signed_in
from visiojury.record.entry import Actor

OTHER_DEVICES = ("hybrid", "security-key")
"""Where a passkey is looked for first: the machine in front of the person is nobody's."""


class StationSignIns:
    """Sign-ins at the stations of all sessions; what is wrong counts as at a redemption."""

    def __init__(
        self, redeeming: Redeeming, instants: Instants, challenges: Challenges | None
    ) -> None:
        """`challenges`: None where the installation has no host name for passkeys."""
        self._redeeming = redeeming
        self._instants = instants
        self._challenges = challenges

    async def by_code(self, station: Person, participant_id: str, code: str) -> None:
        """Record a sign-in by the office's code or an authenticator's.

        Raises:
            AuthError: refused; a wrong code is recorded first.
            ExamError: the person cannot be at that station now.
            RequestError: `station_factor_missing`, `station_factor_elsewhere`: their link asks for
                nothing, or for an account.
        """
        await self._sign_in(station, participant_id, Evidence(code=code))

    def begin_passkey(self, station: Person, participant_id: str) -> dict[str, Any]:
        """Return what the person's passkey is to be asked, wherever it is; none is made here.

        Raises:
            ExamError: the person cannot be at that station now.
            RequestError: `passkey_not_asked`, `station_passkey_unknown`, or as `by_code`.
        """
        state = station.room.owner.state
        self._check_may_come(station, participant_id)
        if not _last_asking(state, participant_id).invitation.needs_passkey:
            raise RequestError("passkey_not_asked")
        challenges, known = self._configured(), state.passkeys.get(participant_id)
        if known is None:
            raise RequestError("station_passkey_unknown")
        challenge = challenges.give(
            _purpose(station, participant_id), station.claims.jkt, "authentication"
        )
        options = passkeys.authentication_options(
            challenges.party, known.credential_id, challenge=challenge
        )
        return {**options, "hints": list(OTHER_DEVICES)}

    async def by_passkey(self, station: Person, participant_id: str, answer: Answer) -> None:
        """Record a sign-in by what the person's passkey answered.

        Raises:
            AuthError: it does not hold.
            ExamError: the person cannot be at that station now.
            RequestError: `passkey_not_expected`: no challenge waits for it;
                `passkey_not_configured`.
        """
        purpose = _purpose(station, participant_id)
        presented = self._configured().answered(purpose, station.claims.jkt, answer)
        await self._sign_in(station, participant_id, Evidence(passkey=presented))

    def _configured(self) -> Challenges:
        if self._challenges is None:
            raise RequestError("passkey_not_configured")
        return self._challenges

    def _check_may_come(self, station: Person, participant_id: str) -> None:
        check_may_sign_in(
            station.room.owner.state,
            station.participant.participant_id,
            participant_id,
            self._instants.now_ms(),
        )

    async def _sign_in(self, station: Person, participant_id: str, evidence: Evidence) -> None:
        room, station_id = station.room, station.participant.participant_id
        async with self._redeeming.turn:
            # First: a station is no place to try the codes of whom it is not for.
            self._check_may_come(station, participant_id)
            access = _last_asking(room.owner.state, participant_id)
            step = await self._redeeming.check(
                room,
                access,
                access.device_key,
                code=evidence.code,
                shown=None if evidence.passkey is None else "passkey",
                is_introduced=True,
            )
            factor = _factor(access)
            actor = Actor(
                participant_id=participant_id,
                role=room.owner.state.participant(participant_id).role,
                authentication=f"station+{factor}",
                device_key=station.claims.jkt,
            )
            at_ms, owner = self._instants.now_ms(), owner_of(room, participant_id)
            await room.owner.record(
                lambda state: signed_in(
                    state,
                    ev.StationSignedIn(
                        at_ms=at_ms,
                        station_id=station_id,
                        participant_id=participant_id,
                        invitation_id=access.invitation.invitation_id,
                        factor=factor,
                        totp_step=step,
                        passkey=passkey_of(state, participant_id, owner, evidence.passkey),
                    ),
                ),
                actor=actor,
            )


def _purpose(station: Person, participant_id: str) -> str:
    return f"{owner_of(station.room, station.participant.participant_id)}/{participant_id}"


def _factor(access: Access) -> ev.Factor:
    if access.invitation.needs_passkey:
        return "passkey"
    return "code" if access.invitation.totp is None else "totp"


def _last_asking(state: Session, participant_id: str) -> Access:
    """Return the person's last link, if it asks for what a station takes. Raises: RequestError."""
    for access in reversed(list(state.standing_access(participant_id).values())):
        issued = access.invitation
        if issued.openid_issuer is not None:
            raise RequestError("station_factor_elsewhere")
        if issued.needs_passkey or issued.totp is not None or issued.code_digest is not None:
            return access
    raise RequestError("station_factor_missing")
