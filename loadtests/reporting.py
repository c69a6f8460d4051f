"""A light peer that answers as a browser does: reports, key frames on request, its statistics.

Reports leave as libwebrtc sends them, 1 s apart for pictures and 5 s for sound; what a page would
tell leaves each second, and four times as often while something is silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from dataclasses import dataclass

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests import packets
from loadtests.ends import LightEnd
from loadtests.offers import read_answer
from loadtests.peers import Desk, LightPeer
from loadtests.wire import Wire
from media import rtcp
from media.client import RelayRefusedError
from media.errors import MalformedPacketError
from media.kinds import WATCHED, Direction, Stream
from media.messages import Command, Done, Joined, Testify, Testimony
from media.rtp import SequenceUnwrapper

PICTURE_REPORT_S, SOUND_REPORT_S = 1.0, 5.0
PAGE_S, PAGE_SILENT_S, PAGE_NOTED_S = 1.0, 0.25, 0.4
_NTP_UNIX_S = 2_208_988_800
_MIDDLE_UNITS_PER_S = 65_536
_SEQUENCE = struct.Struct("!xxHxxxxI")


@dataclass(slots=True)
class _Slot:
    """What came of one of the relay's streams."""

    stream: Stream
    numbers: SequenceUnwrapper
    first: int
    highest: int
    packets: int = 0
    last_at: float = 0.0
    last_sr: int = 0
    sr_at: float = 0.0

    def block(self, ssrc: int, now: float) -> rtcp.ReportBlock:
        lost = self.highest - self.first + 1 - self.packets
        delay = int((now - self.sr_at) * _MIDDLE_UNITS_PER_S) if self.last_sr else 0
        return rtcp.ReportBlock(ssrc, 0, lost, self.highest, 0, self.last_sr, delay)


class Through:
    """The relay, reached over a wire."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk = desk
        self._wire = wire

    async def request(self, command: Command) -> Joined | Done:
        reply = await self._desk.request(command)
        if isinstance(reply, Joined):
            port = read_answer(reply.answer).port
            answer = reply.answer.replace(f" {port} ", f" {self._wire.port} ")
            return reply.model_copy(update={"answer": answer})
        return reply


class ReportingEnd(LightEnd):
    """A browser's connection that remembers what came of each stream."""

    def __init__(self, certificate: RTCCertificate) -> None:
        super().__init__(certificate, lambda _size, _stamp: None)
        self.slots: dict[int, _Slot] = {}
        self.is_key_due = True

    def take_rtp(self, view: memoryview) -> None:
        number, ssrc = _SEQUENCE.unpack_from(view)
        slot = self.slots.get(ssrc)
        if slot is None:
            stream = Stream.AUDIO if view[1] & 127 == packets.AUDIO_TYPE else Stream.VIDEO
            numbers = SequenceUnwrapper()
            first = numbers.unwrap(number)
            slot = self.slots[ssrc] = _Slot(stream, numbers, first, first)
        slot.highest = max(slot.highest, slot.numbers.unwrap(number))
        slot.packets += 1
        slot.last_at = time.monotonic()

    def take_rtcp(self, data: bytes) -> None:
        if self._dtls.state != "connected":  # its keys are on their way
            return
        try:
            messages = rtcp.parse(self._dtls._rx_srtp.unprotect_rtcp(data))
        except MalformedPacketError:
            return
        for message in messages:
            match message:
                case rtcp.KeyFrameRequest():
                    self.is_key_due = True
                case rtcp.SenderReport(ssrc, ntp) if ssrc in self.slots:
                    self.slots[ssrc].last_sr = ntp >> 16 & 0xFFFFFFFF
                    self.slots[ssrc].sr_at = time.monotonic()


class ReportingPeer(LightPeer):
    """Sends sound and picture over its wire and reports what it gets."""

    def __init__(self, room: str, number: int, certificate: RTCCertificate, wire: Wire) -> None:
        self._end = ReportingEnd(certificate)
        super().__init__(room, number, certificate, sending=self._end)
        self.wire = wire

    def send_picture(self) -> None:
        """Send the next picture; a key frame where one was asked for."""
        for packet in packets.frame(self._video, is_key=self._end.is_key_due, count=3):
            self._end.send(packet)
        self._end.is_key_due = False

    def report_on(self, stream: Stream) -> None:
        """Send a sender report of a stream, and blocks on the slots of its kind."""
        now = time.monotonic()
        numbers = self._audio if stream is Stream.AUDIO else self._video
        ntp = int((time.time() + _NTP_UNIX_S) * (1 << 32)) & (1 << 64) - 1
        told = rtcp.SenderReport(numbers.ssrc, ntp, numbers.timestamp & 0xFFFFFFFF, 0, 0)
        packet = rtcp.sender_report(told)
        slots = self._end.slots.items()
        blocks = [slot.block(ssrc, now) for ssrc, slot in slots if slot.stream is stream]
        packet += rtcp.receiver_report(numbers.ssrc, blocks[:31])
        packet += rtcp.source_description(numbers.ssrc, "load")
        self._end.send_rtcp(packet)

    def testimonies(self) -> list[Testimony]:
        """Return what a page would read from `getStats` now."""
        now, told = time.monotonic(), list[Testimony]()
        for stream in WATCHED:
            slots = [slot for slot in self._end.slots.values() if slot.stream is stream]
            if slots:
                silent_s = now - max(slot.last_at for slot in slots)
                count = sum(slot.packets for slot in slots)
                told.append(Testimony(stream=stream, packets=count, silent_ms=int(silent_s * 1000)))
        return told

    async def testify(self, desk: Desk) -> None:
        """Tell what the page sees, over a link that goes down with the uplink."""
        while True:
            told = self.testimonies()
            cut = self.wire.cut
            if told and not (cut is not None and cut.stops(Direction.SENT, None)):
                with contextlib.suppress(RelayRefusedError):
                    await desk.request(Testify(room=self.room, peer=self.name, streams=told))
            is_silent = any(one.silent_ms >= PAGE_NOTED_S * 1000 for one in told)
            await asyncio.sleep(PAGE_SILENT_S if is_silent else PAGE_S)
