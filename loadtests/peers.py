"""A light peer: what a participant sends and counts, on our relay or on Janus.

On our relay it has one connection for both directions, as a browser has; Janus gives a
participant one to publish and one to subscribe.
"""

from __future__ import annotations

import secrets
import time
from typing import Protocol

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests import packets
from loadtests.ends import LightEnd, OnMedia
from loadtests.janus import JanusDesk
from loadtests.offers import offer, read_answer, subscription
from media import rtcp
from media.messages import Command, Done, Join, Joined

CHECK_EVERY_S = 2.5
_SETTLE_S = 0.05
"""Janus drops a handshake that comes before its own ICE has told it of the check."""
_NTP_EPOCH_S = 2_208_988_800


class Desk(Protocol):
    """Whoever takes commands: a relay process, or a relay in this one."""

    async def request(self, command: Command) -> Joined | Done: ...


class LightPeer:
    """One participant of one room."""

    def __init__(
        self,
        room: str,
        number: int,
        certificate: RTCCertificate,
        on_media: OnMedia = lambda _size, _stamp: None,
        *,
        sending: LightEnd | None = None,
        has_arrivals: bool = True,
    ) -> None:
        """Begin with nothing sent.

        Args:
            room: its name on our relay.
            number: in the room.
            certificate: shared by all, as making one takes long.
            on_media: told what is received.
            sending: the end to send through; None: one of its own.
            has_arrivals: whether it learns the path from arrivals, as browsers of now do, or
                is told a limit.
        """
        self.room = room
        self.number = number
        self.name = f"peer-{number}"
        self.sent = 0
        self._certificate = certificate
        self._has_arrivals = has_arrivals
        self._on_media = on_media
        self._audio = packets.Numbers(secrets.randbits(31) * 2)
        self._video = packets.Numbers(self._audio.ssrc + 1)
        self._sending = sending or LightEnd(certificate, on_media)
        self._ends = [self._sending]

    async def join(self, relay: Desk, *, places: int) -> None:
        """Join our relay."""
        fingerprint = self._sending.fingerprint
        joined = await relay.request(
            Join(
                room=self.room,
                peer=self.name,
                offer=self._offer(places),
                fingerprint=fingerprint,
                group="all",
            )
        )
        assert isinstance(joined, Joined)
        await self._sending.connect(read_answer(joined.answer))

    async def publish(self, janus: JanusDesk, room: int, feed: int) -> None:
        """Send to a videoroom of Janus, as `feed`."""
        reply = await janus.message(
            await janus.attach(),
            {"request": "joinandconfigure", "ptype": "publisher", "room": room, "id": feed},
            jsep={"type": "offer", "sdp": self._offer(0)},
        )
        await self._sending.connect(read_answer(reply["jsep"]["sdp"]), settle_s=_SETTLE_S)

    async def subscribe(self, janus: JanusDesk, room: int, feeds: list[int]) -> None:
        """Receive those feeds of the videoroom."""
        handle, end = await janus.attach(), LightEnd(self._certificate, self._on_media)
        streams = [{"feed": feed} for feed in feeds]
        offered = (
            await janus.message(
                handle,
                {"request": "join", "ptype": "subscriber", "room": room, "streams": streams},
            )
        )["jsep"]["sdp"]
        answer = subscription(
            offered, ufrag=end.ufrag, password=end.password, fingerprint=end.fingerprint
        )
        await janus.message(handle, {"request": "start"}, jsep={"type": "answer", "sdp": answer})
        self._ends.append(end)
        await end.connect(read_answer(offered), settle_s=_SETTLE_S)

    def _offer(self, places: int) -> str:
        return offer(
            places=places,
            ufrag=self._sending.ufrag,
            password=self._sending.password,
            fingerprint=self._sending.fingerprint,
            audio_ssrc=self._audio.ssrc,
            video_ssrc=self._video.ssrc,
            has_arrivals=self._has_arrivals,
        )

    def check(self) -> None:
        for end in self._ends:
            end.check()

    def send_audio(self, size: int = packets.AUDIO_BYTES) -> None:
        self.sent += self._sending.send(packets.audio(self._audio, size))

    def send_frame(self, last_size: int = packets.VIDEO_BYTES) -> None:
        for packet in self._frame(last_size):
            self.sent += self._sending.send(packet)

    def _frame(self, last_size: int = packets.VIDEO_BYTES) -> list[bytes]:
        return packets.frame(self._video, last_size=last_size, is_numbered=self._has_arrivals)

    def report(self) -> None:
        """Send a sender report of both streams."""
        now_s = time.time() + _NTP_EPOCH_S
        for numbers in (self._audio, self._video):
            timestamp = numbers.timestamp & 0xFFFFFFFF
            ntp = int(now_s * (1 << 32))
            report = rtcp.SenderReport(numbers.ssrc, ntp, timestamp, numbers.sequence, 0)
            packet = rtcp.sender_report(report) + rtcp.source_description(numbers.ssrc, "load")
            self._sending.send_rtcp(packet)

    @property
    def address(self) -> tuple[str, int]:
        """Where the relay sees this peer."""
        return self._sending.address

    def encrypted(self, *, audio: bool, video: bool) -> list[bytes]:
        """Build the next packets as they would go over the wire, without sending them."""
        plain = [packets.audio(self._audio)] if audio else []
        plain += self._frame() if video else []
        return [self._sending.encrypt(packet) for packet in plain]

    async def close(self) -> None:
        for end in self._ends:
            await end.close()
