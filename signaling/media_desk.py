"""Where an offer becomes a connection: the token, the certificate and the relay meet here."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from auth.errors import TokenForeignError
from auth.fingerprints import from_offer
from auth.tokens import Tokens
from media import messages as relay
from media.kinds import Stream
from signaling import telemetry
from signaling.instants import Instants
from signaling.messages import Offer, Received, Renegotiate, Shown, Switch
from signaling.observations import Observations
from signaling.quality import QualityDesk
from signaling.refusals import TABLE, RequestError
from signaling.relay_link import RelayError
from signaling.relays import Relays
from signaling.rooms import Room, Rooms, may_echo, sends_media
from visiojury.exam import events as ev
from visiojury.exam.state import Session

log = structlog.get_logger()

STALE_MS = 1000
"""What a page says of what it receives is of no use later than this."""


class MediaDesk:
    """Admits connections to the relay and hands what it says to those concerned."""

    def __init__(
        self, *, rooms: Rooms, tokens: Tokens, instants: Instants, quality: QualityDesk
    ) -> None:
        self._rooms = rooms
        self._quality = quality
        self._tokens = tokens
        self._instants = instants
        self.observations = Observations(instants, rooms.owner)
        self.relays: Relays | None = None

    async def offer(self, room: Room, participant_id: str, jkt: str, offer: Offer) -> str:
        """Return the relay's answer to a participant's offer.

        Raises:
            AuthError: the media token, the key or the fingerprint is not this participant's.
            RequestError: the role has no media, or the relay refuses the offer.
        """
        fingerprint = from_offer(offer.sdp)
        claims = self._tokens.verify_media(
            offer.media_token, offer_fingerprint=fingerprint, jkt=jkt
        )
        if (claims.room, claims.subject) != (room.session_id, participant_id):
            raise TokenForeignError("made for another room or person")
        if not (may_echo if offer.is_echo else sends_media)(room, participant_id):
            raise RequestError("media_not_for_role")
        try:
            if offer.is_echo:
                return await self._relays.echo(
                    room.session_id, participant_id, offer.sdp, fingerprint
                )
            if offer.restart:
                return await self._relays.restart(room.session_id, participant_id, offer.sdp)
            return await self._join(room, participant_id, offer.sdp, fingerprint, jkt)
        except RelayError as error:
            raise _as_request_error(error) from error

    async def switch(self, room: Room, participant_id: str, switch: Switch) -> None:
        """Record and pass on what a participant switched on or off.

        Raises:
            RequestError: `media_not_for_role`: nothing of theirs is on or off.
        """
        if not sends_media(room, participant_id):
            raise RequestError("media_not_for_role")
        wanted: dict[ev.Stream, bool] = {"audio": switch.audio, "video": switch.video}
        now_ms = self._instants.now_ms()

        def events(state: Session) -> list[ev.Event]:
            streams = state.media_of(participant_id).streams
            return [
                ev.MediaSwitched(
                    at_ms=now_ms, participant_id=participant_id, stream=stream, is_on=is_on
                )
                for stream, is_on in wanted.items()
                if streams[stream].is_on != is_on
            ]

        await room.owner.record(events, actor=None)
        await self._tell_switches(room, participant_id)

    async def received(self, room: Room, participant_id: str, told: Received) -> None:
        """Pass on what a participant's page says of what reaches it: testimony, no more.

        What the network kept through a cut tells of another moment, and is passed over.
        """
        if self._instants.now_ms() - told.at_ms > STALE_MS:
            return
        testimonies = [
            relay.Testimony(
                stream=stream,
                packets=one.packets,
                silent_ms=one.silent_ms,
                frozen_ms=one.frozen_ms,
            )
            for stream, one in ((Stream.AUDIO, told.audio), (Stream.VIDEO, told.video))
            if one is not None
        ]
        try:
            await self._relays.testify(room.session_id, participant_id, testimonies)
        except RelayError as error:
            log.debug("testimony.unused", session_id=room.session_id, code=error.code)

    async def shown(self, room: Room, participant_id: str, shown: Shown) -> None:
        """Pass on how large a participant shows the others: it decides what they are sent."""
        try:
            await self._relays.view(room.session_id, participant_id, shown.heights)
        except RelayError as error:
            # Not connected now: the page says it again with its next connection.
            log.debug("shown.dropped", session_id=room.session_id, code=error.code)

    def take(self, event: relay.Event) -> None:
        """Hand an event of the relay to the room and to the record."""
        match event:
            case relay.PeerConnected():
                telemetry.JOIN_DURATION.observe(event.offer_to_connected_s)
            case relay.SlotsAssigned():
                if (room := self._rooms.get(event.room)) is not None:
                    room.assign(event)
            case relay.QualityMeasured():
                self._quality.take(event)
            case relay.SpeakerChanged():
                if (room := self._rooms.get(event.room)) is not None:
                    room.speaks(event)
            case relay.TransportChanged(state="gone"):
                if (room := self._rooms.get(event.room)) is not None:
                    room.left(event.peer)
        self.observations.take(event)

    def lost(self, rooms: Iterable[str], last_sign_s: float) -> None:
        """Their relay died or was drained: record our absence in these rooms and no other."""
        at_ms, now_ms = self._instants.at_ms(last_sign_s), self._instants.now_ms()

        def events(state: Session) -> list[ev.Event]:
            if not any(media.is_connected for media in state.media.values()):
                return []
            return [ev.ServiceInterrupted(at_ms=at_ms, part="relay", resumed_ms=now_ms)]

        for name in rooms:
            if (room := self._rooms.get(name)) is not None:
                room.relay_lost()
                self.observations.put(room.owner, events)

    def invited(self, rooms: Iterable[str] | None) -> None:
        """A relay has a place: who has no media connection makes a new one."""
        wanted = None if rooms is None else set(rooms)
        for room in self._rooms:
            has_none = not self._relays.is_placed(room.session_id)
            if has_none if wanted is None else room.session_id in wanted:
                room.hub.post_all(Renegotiate())

    @property
    def _relays(self) -> Relays:
        if self.relays is None:
            raise RelayError("relay_unavailable")
        return self.relays

    async def _join(
        self, room: Room, participant_id: str, sdp: str, fingerprint: str, jkt: str
    ) -> str:
        group = room.first_group(participant_id)
        answer = await self._relays.join(room.session_id, participant_id, sdp, fingerprint, group)
        # Only now: a refused offer must not put its certificate on the connection that exists.
        self.observations.expect(
            room.session_id, participant_id, fingerprint=fingerprint, device_key=jkt
        )
        room.joined(participant_id, group)
        await self._tell_switches(room, participant_id)
        return answer

    async def _tell_switches(self, room: Room, participant_id: str) -> None:
        streams = room.owner.state.media_of(participant_id).streams
        try:
            await self._relays.switch(
                room.session_id,
                participant_id,
                audio=streams["audio"].is_on,
                video=streams["video"].is_on,
            )
        except RelayError as error:
            # Not connected yet: it is told when the connection is made.
            log.debug("switch.deferred", session_id=room.session_id, code=error.code)


def _as_request_error(error: RelayError) -> RequestError:
    if error.code in TABLE:
        return RequestError(error.code)
    return RequestError("offer_refused", reason=error.code)
