"""A robot's microphone and camera: known content at the pace of the clock."""

from __future__ import annotations

import asyncio

from aiortc import MediaStreamTrack
from av import AudioFrame, VideoFrame

from visiojury.rehearsal import content


class _Paced(MediaStreamTrack):
    """Gives frame n at start + n / rate; late frames are made good at once, so nothing drifts."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._period_s = 1 / rate
        self._started_s: float | None = None
        self._index = -1

    async def next_index(self) -> int:
        loop = asyncio.get_running_loop()
        if self._started_s is None:
            self._started_s = loop.time()
        self._index += 1
        await asyncio.sleep(self._started_s + self._index * self._period_s - loop.time())
        return self._index


class ToneTrack(_Paced):
    kind = "audio"

    def __init__(self, number: int) -> None:
        super().__init__(content.SAMPLE_RATE / content.SAMPLES)
        self._samples = content.tone(number)

    async def recv(self) -> AudioFrame:
        return content.audio_frame(self._samples, await self.next_index())


class PictureTrack(_Paced):
    kind = "video"

    def __init__(self, number: int) -> None:
        super().__init__(content.FRAME_RATE)
        self._painter = content.Painter(number)

    async def recv(self) -> VideoFrame:
        return self._painter.frame(await self.next_index())
