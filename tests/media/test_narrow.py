"""A real relay, and a receiver behind a link that a key frame does not fit into."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiortc.rtcdtlstransport import RTCCertificate

from loadtests import packets
from loadtests.ends import LightEnd
from loadtests.peers import LightPeer
from media import rtcp
from media.messages import PeerConnected
from tests.e2e.netns import Host
from tests.media.robots import Desk, running

pytestmark = pytest.mark.alone

LINK_KBIT_PER_S = 2_000
NAMED_BPS = 1_700_000
"""What a browser names for it: 0.85 of what arrived when it was full (draft-ietf-rmcat-gcc-02)."""
KEY_FRAME_PACKETS = 200
"""230 kB: four times what waits in front of the link."""
SETTLE_S = 0.4
"""What waits in front of the link has come by then."""
_CLONE_NEWNET = 0x4000_0000


@pytest.fixture
async def desk(host: Host) -> AsyncIterator[Desk]:
    async with running(host.gateway, host.gateway) as made:
        yield made


@contextlib.contextmanager
def inside(host: Host) -> Iterator[None]:
    """Open sockets in that host's network, from this thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    ours = os.open("/proc/self/ns/net", os.O_RDONLY)
    theirs = os.open(Path("/run/netns", host.name), os.O_RDONLY)
    try:
        assert libc.setns(theirs, _CLONE_NEWNET) == 0
        yield
    finally:
        assert libc.setns(ours, _CLONE_NEWNET) == 0
        os.close(theirs)
        os.close(ours)


class Ear(LightEnd):
    """Notes the number of each picture packet, and when each sound came."""

    def __init__(self, certificate: RTCCertificate) -> None:
        super().__init__(certificate, lambda _size, _stamp: None)
        self.picture_ssrc = 0
        self.pictures = 0
        self.sounds: dict[int, float] = {}
        """When each came, by its number; the first one is never lost here."""

    def take_rtp(self, view: memoryview) -> None:
        if view[1] & 127 == packets.VIDEO_TYPE:
            self.picture_ssrc = int.from_bytes(view[8:12])
            self.pictures += 1
        else:
            self.sounds[int.from_bytes(view[2:4])] = time.monotonic()

    def name_limit(self) -> None:
        limit = rtcp.bitrate_limit(1, NAMED_BPS, [self.picture_ssrc])
        self.send_rtcp(rtcp.receiver_report(1, []) + limit)


@dataclass(frozen=True)
class Phase:
    """What became of what was sent in some seconds."""

    pictures_lost: int
    sounds_lost: int
    delay_p95_ms: float
    """Of the sound."""


class Speaker:
    """Sends sound and a camera to one receiver."""

    def __init__(self, peer: LightPeer, ear: Ear) -> None:
        self._peer, self._ear = peer, ear
        self._sounds: list[float] = []
        """When each left."""
        self._pictures = 0

    async def play(
        self, seconds: float, *, count: int, key_count: int = 0, is_limited: bool = False
    ) -> Phase:
        """Send pictures of `count` packets, after a key frame of `key_count`."""
        first, pictures_before = len(self._sounds), self._pictures - self._ear.pictures
        if key_count:
            self._picture(key_count, is_key=True)
        began = time.monotonic()
        sounds = frames = 0
        while (elapsed := time.monotonic() - began) < seconds:
            while sounds <= elapsed * 50:
                sounds += 1
                self._sounds.append(time.monotonic())
                self._peer.send_audio()
            while frames <= elapsed * packets.FRAMES_PER_S:
                frames += 1
                self._picture(count, is_key=False)
                if is_limited:
                    self._ear.name_limit()
            await asyncio.sleep(0.005)
        await asyncio.sleep(SETTLE_S)
        base = next(iter(self._ear.sounds))
        came = [self._ear.sounds.get(base + i & 0xFFFF) for i in range(first, len(self._sounds))]
        delays = [at - left for at, left in zip(came, self._sounds[first:], strict=True) if at]
        return Phase(
            self._pictures - self._ear.pictures - pictures_before,
            came.count(None),
            round(sorted(delays)[len(delays) * 95 // 100] * 1000),
        )

    def _picture(self, count: int, *, is_key: bool) -> None:
        self._pictures += count
        for packet in packets.frame(self._peer._video, is_key=is_key, count=count):
            assert self._peer._sending.send(packet)


@pytest.mark.timeout(60)
async def test_a_key_frame_reaches_who_is_behind_a_narrow_link_whole(
    host: Host, desk: Desk
) -> None:
    host.narrow(LINK_KBIT_PER_S)
    certificate = RTCCertificate.generateCertificate()
    sender = LightPeer("room", 1, certificate)
    with inside(host):
        ear = Ear(certificate)
    receiver = LightPeer("room", 2, certificate, sending=ear)
    speaker = Speaker(sender, ear)
    try:
        for peer in (receiver, sender):
            await peer.join(desk.relay, places=1)
        await desk.told(PeerConnected, peer=sender.name)
        quiet = await speaker.play(0.5, count=1, key_count=2)
        burst = await speaker.play(1.5, count=1, key_count=KEY_FRAME_PACKETS)
        await speaker.play(2.2, count=10, is_limited=True)
        await speaker.play(1.0, count=1, key_count=2)  # until nothing of that waits any more
        paced = await speaker.play(1.5, count=1, key_count=KEY_FRAME_PACKETS)
    finally:
        for peer in (receiver, sender):
            await peer.close()
    print(f"quiet {quiet}; at once {burst}; paced {paced}")
    assert quiet.pictures_lost == 0
    assert burst.pictures_lost > KEY_FRAME_PACKETS // 2
    assert paced.pictures_lost == 0
    assert paced.sounds_lost == 0
    assert paced.delay_p95_ms < burst.delay_p95_ms
