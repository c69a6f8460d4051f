"""A participant with a real peer: sends a tone and a picture, decodes and reads the others'.

The peer is aiortc's own, used through its public interface: the relay has to please it as it
pleases a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from auth.fingerprints import from_offer
from visiojury.rehearsal import content
from visiojury.rehearsal.client import DUE_S, Client
from visiojury.rehearsal.errors import OverdueError
from visiojury.rehearsal.tracks import PictureTrack, ToneTrack
from visiojury.rehearsal.wire import Wire

Kind = Literal["audio", "video"]

_HEARD_EVERY = 5
"""Tones read: one frame in five; ten a second tell who speaks."""


@dataclass(slots=True)
class Reception:
    """What came out of one receiving slot."""

    frames: int = 0
    number: int | None = None
    """Whose content was read last."""
    block_left: int | None = None
    moves: int = 0
    """How often the moving block was seen elsewhere than before."""


@dataclass(slots=True)
class Robot:
    """Belongs to one event loop. `numbers`: whose content is whose, by participant."""

    client: Client
    numbers: Mapping[str, int]
    wire: Wire | None = None
    receptions: dict[str, Reception] = field(default_factory=dict)
    first_read_s: dict[tuple[str, Kind], float] = field(default_factory=dict)
    """Loop time at which a sender's content was first decoded and read here."""
    _peer: RTCPeerConnection = field(init=False)
    _connected: asyncio.Event = field(default_factory=asyncio.Event)
    _tracks: list[tuple[str, MediaStreamTrack]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # No ICE server: the relay's addresses are in its answer, and nobody else is asked.
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._peer.on("connectionstatechange", self._note_state)

    @property
    def participant_id(self) -> str:
        return self.client.participant_id

    async def connect(self) -> None:
        """Negotiate the one connection and wait until it stands.

        Raises:
            OverdueError: no connection in time.
            RefusedError: the server refused the offer.
        """
        await self._peer.setLocalDescription(await self._offer())
        offer = self._peer.localDescription.sdp
        token = await self.client.media_token(from_offer(offer))
        answer = await self.client.offer(offer, token)
        if self.wire is not None:
            answer = self.wire.lead_through(answer)
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        self._tracks = [
            (transceiver.mid, transceiver.receiver.track)
            for transceiver in self._peer.getTransceivers()
            if transceiver.direction == "recvonly" and transceiver.mid is not None
        ]
        try:
            await asyncio.wait_for(self._connected.wait(), DUE_S)
        except TimeoutError:
            what = f"{self.participant_id} : connexion média"
            raise OverdueError(what, waited_s=DUE_S) from None

    async def listen(self) -> None:
        """Decode and read every slot until the peer is closed."""
        async with asyncio.TaskGroup() as group:
            for mid, track in self._tracks:
                reception = self.receptions.setdefault(mid, Reception())
                group.create_task(self._read_all(track, reception))

    async def close(self) -> None:
        await self._peer.close()
        if self.wire is not None:
            self.wire.close()

    def forget(self) -> None:
        """Forget what was read, so that only what comes from now on counts."""
        self.first_read_s.clear()
        for reception in self.receptions.values():
            reception.number, reception.block_left, reception.moves = None, None, 0

    def mismatches(self) -> list[str]:
        """Return what is wrong now: a slot that carries another sender than the server says."""
        wrong = []
        for mid, source in self.client.slots.items():
            reception = self.receptions.get(mid, Reception())
            sender = source["participant_id"]
            where = f"{self.participant_id}, {source['kind']} de {sender}"
            if reception.number is None:
                wrong.append(f"{where} : rien de lisible")
            elif reception.number != self.numbers.get(sender):
                wrong.append(f"{where} : contenu d’un autre émetteur")
            elif source["kind"] == "video" and not reception.moves:
                wrong.append(f"{where} : image figée")
        return wrong

    async def _offer(self) -> RTCSessionDescription:
        number = self.numbers[self.participant_id]
        self._peer.addTransceiver(ToneTrack(number), direction="sendonly")
        self._peer.addTransceiver(PictureTrack(number), direction="sendonly")
        for kind in ("audio", "video"):
            for _ in range(len(self.numbers) - 1):
                self._peer.addTransceiver(kind, direction="recvonly")
        return await self._peer.createOffer()

    def _note_state(self) -> None:
        if self._peer.connectionState == "connected":
            self._connected.set()

    async def _read_all(self, track: MediaStreamTrack, reception: Reception) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            reception.frames += 1
            if isinstance(frame, VideoFrame):
                self._see(frame, reception)
            elif isinstance(frame, AudioFrame) and reception.frames % _HEARD_EVERY == 1:
                self._hear(frame, reception)

    def _see(self, frame: VideoFrame, reception: Reception) -> None:
        picture = content.read_picture(frame)
        if picture is None:
            return
        reception.number = picture.number
        reception.moves += reception.block_left not in {None, picture.block_left}
        reception.block_left = picture.block_left
        self._note_read(picture.number, "video")

    def _hear(self, frame: AudioFrame, reception: Reception) -> None:
        number = content.read_tone(frame)
        if number is not None:
            reception.number = number
            self._note_read(number, "audio")

    def _note_read(self, number: int, kind: Kind) -> None:
        sender = next((who for who, n in self.numbers.items() if n == number), "")
        if sender:
            self.first_read_s.setdefault((sender, kind), asyncio.get_running_loop().time())
