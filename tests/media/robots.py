"""Peers of another make, for tests against a real relay process: aiortc, with known content."""

from __future__ import annotations

import asyncio
import fractions
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from media.client import RelayProcess
from media.messages import Event, Join, Joined, Stats

ROOM = "room"
RATE_HZ = 48_000
SAMPLES = 960
WIDTH, HEIGHT, FRAMES_PER_S = 320, 240, 15


class Tone(MediaStreamTrack):
    """A sine of one frequency, 50 packets a second."""

    kind = "audio"

    def __init__(self, frequency_hz: int) -> None:
        super().__init__()
        self._frequency_hz = frequency_hz
        self._sent = 0
        self._began = time.monotonic()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(self._began + self._sent / RATE_HZ - time.monotonic())
        at = (np.arange(SAMPLES) + self._sent) / RATE_HZ
        wave = (np.sin(2 * np.pi * self._frequency_hz * at) * 12_000).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, self._sent
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        self._sent += SAMPLES
        return frame


class Grey(MediaStreamTrack):
    """A picture of one brightness, with a little that moves."""

    kind = "video"

    def __init__(self, luma: int) -> None:
        super().__init__()
        self._luma = luma
        self._sent = 0
        self._began = time.monotonic()

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(self._began + self._sent / FRAMES_PER_S - time.monotonic())
        picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        picture[:HEIGHT] = self._luma
        picture[:8, self._sent % WIDTH :] = 255 - self._luma
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = self._sent * 90_000 // FRAMES_PER_S
        frame.time_base = fractions.Fraction(1, 90_000)
        self._sent += 1
        return frame


class Received:
    """What came out of one slot, decoded."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.frames = 0
        self.frequency_hz = 0.0
        self.luma = 0.0
        self._sound: list[np.ndarray[Any, np.dtype[np.float64]]] = []

    def add(self, frame: AudioFrame | VideoFrame) -> None:
        self.frames += 1
        if isinstance(frame, VideoFrame):
            self.luma = float(frame.to_ndarray(format="yuv420p")[HEIGHT // 2].mean())
            return
        samples = frame.to_ndarray().reshape(-1)[:: len(frame.layout.channels)].astype(float)
        self._sound = [*self._sound[-9:], samples]
        wave = np.concatenate(self._sound)
        strongest = int(np.argmax(np.abs(np.fft.rfft(wave))[1:])) + 1
        self.frequency_hz = strongest * RATE_HZ / len(wave)


class Robot:
    """One participant. `slots` holds what each of its slots received, by mid."""

    def __init__(self, name: str, *, tone_hz: int, luma: int, places: int = 2) -> None:
        self.name = name
        self.slots: dict[str, Received] = {}
        self.connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.connection.addTransceiver(Tone(tone_hz), direction="sendonly")
        self.connection.addTransceiver(Grey(luma), direction="sendonly")
        for kind in ("audio", "video"):
            for _ in range(places):
                self.connection.addTransceiver(kind, direction="recvonly")
        self._pumps: list[asyncio.Task[None]] = []

    async def offer(self) -> tuple[str, str]:
        """Return the offer and the SHA-256 fingerprint in it."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sdp = self.connection.localDescription.sdp
        prefix = "a=fingerprint:sha-256 "
        fingerprint = next(line for line in sdp.splitlines() if line.startswith(prefix))
        return sdp, fingerprint.removeprefix(prefix)

    async def join(
        self,
        relay: RelayProcess,
        *,
        room: str = ROOM,
        group: str | None = "all",
        via: Callable[[str], str] = lambda answer: answer,
        claimed: str | None = None,
    ) -> Joined:
        """Join a room.

        Args:
            relay: to ask.
            room: which one.
            group: to be in at once.
            via: may put something between the relay and this robot, by changing the answer.
            claimed: a fingerprint to claim instead of this robot's own.
        """
        sdp, own = await self.offer()
        fingerprint = claimed or own
        joined = await relay.request(
            Join(
                room=room,
                peer=self.name,
                offer=sdp.replace(own, fingerprint),
                fingerprint=fingerprint,
                group=group,
            )
        )
        assert isinstance(joined, Joined)
        await self.accept(via(joined.answer))
        return joined

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        for transceiver in self.connection.getTransceivers():
            if transceiver.direction == "recvonly":
                assert transceiver.mid is not None
                received = self.slots[transceiver.mid] = Received(transceiver.kind)
                pump = self._pump(transceiver.receiver.track, received)
                self._pumps.append(asyncio.get_running_loop().create_task(pump))

    async def _pump(self, track: MediaStreamTrack, received: Received) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame | VideoFrame)
            received.add(frame)

    def frames(self, kind: str) -> int:
        return sum(slot.frames for slot in self.slots.values() if slot.kind == kind)

    def is_closed(self) -> bool:
        """Whether the other end closed the connection."""
        return bool(self.connection.connectionState in {"closed", "failed"})

    async def close(self) -> None:
        await self.connection.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


class Desk:
    """A relay process, and everything it told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.stats: list[Stats] = []
        self.robots: list[Robot] = []
        self._relay: RelayProcess | None = None
        self._told = asyncio.Event()

    @property
    def relay(self) -> RelayProcess:
        assert self._relay is not None
        return self._relay

    async def start(self, listen: str, announce: str) -> None:
        self._relay = await RelayProcess.start(
            listen=f"{listen}:0", announce=[announce], on_event=self._note
        )

    def _note(self, event: Event) -> None:
        if isinstance(event, Stats):
            self.stats.append(event)
        else:
            self.events.append(event)
        self._told.set()

    def robot(self, name: str, *, tone_hz: int = 440, luma: int = 100) -> Robot:
        made = Robot(name, tone_hz=tone_hz, luma=luma)
        self.robots.append(made)
        return made

    async def told(self, kind: type[Event], /, within_s: float = 20.0, **fields: object) -> Any:
        """Wait for an event of that kind whose fields have those values; return the first."""
        async with asyncio.timeout(within_s):
            while True:
                self._told.clear()
                for event in [*self.events, *self.stats]:
                    if isinstance(event, kind) and all(
                        getattr(event, name) == value for name, value in fields.items()
                    ):
                        return event
                await self._told.wait()

    def heard(self, kind: type[Event], **fields: object) -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    async def close(self) -> None:
        await asyncio.gather(*(robot.close() for robot in self.robots))
        if self._relay is not None:
            await self._relay.close()


@asynccontextmanager
async def running(listen: str = "127.0.0.1", announce: str = "127.0.0.1") -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.start(listen, announce)
    try:
        yield desk
    finally:
        await desk.close()


async def until(claim: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Wait until `claim` holds."""
    async with asyncio.timeout(within_s):
        while not claim():  # noqa: ASYNC110  a claim about anything has no event
            await asyncio.sleep(0.02)


class Wire(asyncio.DatagramProtocol):
    """A path between a robot and the relay that can be cut: it drops datagrams, as a dead link.

    It belongs to one robot; each side sees the wire's address as the other's.
    """

    def __init__(self, relay_port: int) -> None:
        self._relay = ("127.0.0.1", relay_port)
        self._robot: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.is_cut = False
        self.is_deaf = False
        """Only what the relay sends is dropped."""
        self.last_media_s = 0.0
        """When a packet of sound or picture last went on to the robot."""
        self.first_media_s: float | None = None
        """When the first one did."""
        self.last_passed_s = 0.0
        """When the robot's last datagram went on to the relay."""
        self.first_passed_s: float | None = None
        """When the first one did after a cut."""

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if self.is_cut or self._transport is None:
            return
        if address == self._relay:
            if self._robot is not None and not self.is_deaf:
                self._transport.sendto(data, self._robot)
                if 128 <= data[0] < 192 and not 192 <= data[1] < 224:
                    self.last_media_s = time.monotonic()
                    self.first_media_s = self.first_media_s or self.last_media_s
            return
        self._robot = address
        self.last_passed_s = time.monotonic()
        if self.first_passed_s is None:
            self.first_passed_s = self.last_passed_s
        self._transport.sendto(data, self._relay)

    async def cut(self, seconds: float) -> tuple[float, float]:
        """Drop everything for that long; return when it really began and really ended.

        The truth is what went through: a robot that the machine kept waiting sent nothing either.
        """
        self.is_cut, began = True, self.last_passed_s
        await asyncio.sleep(seconds)
        self.is_cut, self.first_passed_s = False, None
        await until(lambda: self.first_passed_s is not None)
        assert self.first_passed_s is not None
        return began, self.first_passed_s

    def inject(self, data: bytes) -> None:
        """Send a datagram to the relay from the address it takes for the robot's."""
        assert self._transport is not None
        self._transport.sendto(data, self._relay)

    def between(self, answer: str) -> str:
        """Name this wire in an answer instead of the relay's port."""
        return answer.replace(f" {self._relay[1]} ", f" {self.port} ")

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()
