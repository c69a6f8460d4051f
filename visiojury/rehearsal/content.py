"""Sound and pictures that say who sends them, and the reading of both.

A robot's number is the frequency of its tone and the black and white bars of its picture. A
block moves under the bars, so that a frozen picture is told from a living one. Decoded media is
read, never compared byte for byte: codecs lose.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from fractions import Fraction

from av import AudioFrame, VideoFrame

SAMPLE_RATE = 48_000
SAMPLES = 960
"""In one frame of 20 ms."""
FRAME_RATE = 15
WIDTH, HEIGHT = 320, 240

LOWEST_HZ, STEP_HZ = 400, 200
"""Multiples of 50 Hz: each frame holds whole periods, and follows the last without a click."""
NUMBERS = range(8)

_AMPLITUDE = 8_000
_QUIET = 300.0
"""Root mean square below which there is no tone to read."""
_STRIDE = 4
"""12 kHz are plenty for tones under 2 kHz."""
_TONE_SHARE = 0.5
"""Of the energy that the strongest tone must carry."""

_BARS = 8
_BAR_WIDTH = WIDTH // _BARS
_BLACK, _GREY, _WHITE = 30, 100, 220
_THRESHOLD = 125
_BLOCK = 32
_BLOCK_STEP = 8
_BARS_HEIGHT = HEIGHT // 2
_BLOCK_TOP = _BARS_HEIGHT + (_BARS_HEIGHT - _BLOCK) // 2


def frequency_hz(number: int) -> int:
    return LOWEST_HZ + STEP_HZ * number


def tone(number: int) -> bytes:
    """Return one frame of the tone: 960 samples, mono, signed 16 bits."""
    step = 2 * math.pi * frequency_hz(number) / SAMPLE_RATE
    return array("h", (round(_AMPLITUDE * math.sin(step * n)) for n in range(SAMPLES))).tobytes()


def audio_frame(samples: bytes, index: int) -> AudioFrame:
    """Return the frame number `index` of a stream that began at 0."""
    frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
    frame.planes[0].update(samples.ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate = SAMPLE_RATE
    frame.pts, frame.time_base = index * SAMPLES, Fraction(1, SAMPLE_RATE)
    return frame


def read_tone(frame: AudioFrame) -> int | None:
    """Return the number that a decoded frame's tone names; None: silence, or no such tone."""
    samples = array("h", bytes(frame.planes[0])[: 2 * frame.samples * len(frame.layout.channels)])
    channel = samples[:: len(frame.layout.channels) * _STRIDE]
    energy = sum(value * value for value in channel)
    if not channel or math.sqrt(energy / len(channel)) < _QUIET:
        return None
    rate = frame.sample_rate / _STRIDE
    powers = {n: _power(channel, frequency_hz(n) / rate) for n in NUMBERS}
    number = max(powers, key=lambda n: powers[n])
    # A pure tone of N samples has Goertzel power energy * N / 2.
    share = powers[number] / (energy * len(channel) / 2)
    return number if share >= _TONE_SHARE else None


def _power(samples: array[int], cycles_per_sample: float) -> float:
    """Return the power of one frequency (Goertzel's algorithm)."""
    factor = 2 * math.cos(2 * math.pi * cycles_per_sample)
    last, before = 0.0, 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    return last * last + before * before - factor * last * before


class Painter:
    """Draws the pictures of one robot."""

    def __init__(self, number: int) -> None:
        row = b"".join(bytes([_WHITE if bit else _BLACK]) * _BAR_WIDTH for bit in _bits(number))
        self._bars = row * _BARS_HEIGHT
        self._grey = bytes([_GREY]) * WIDTH
        self._chroma = (bytes([64 + 16 * number]), bytes([192 - 16 * number]))

    def frame(self, index: int) -> VideoFrame:
        """Return the frame number `index` of a stream that began at 0."""
        left = (index * _BLOCK_STEP) % (WIDTH - _BLOCK)
        block_row = self._grey[:left] + bytes([_WHITE]) * _BLOCK + self._grey[left + _BLOCK :]
        above = _BLOCK_TOP - _BARS_HEIGHT
        below = _BARS_HEIGHT - above - _BLOCK
        luma = self._bars + self._grey * above + block_row * _BLOCK + self._grey * below
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes[1:], self._chroma, strict=True):
            plane.update(value * plane.buffer_size)
        frame.planes[0].update(_padded(luma, frame.planes[0].line_size))
        frame.pts, frame.time_base = index * 90_000 // FRAME_RATE, Fraction(1, 90_000)
        return frame


def _bits(number: int) -> list[bool]:
    """Return four bits and their complements, so that a grey picture reads as nobody's."""
    bits = [bool(number >> shift & 1) for shift in (3, 2, 1, 0)]
    return bits + [not bit for bit in bits]


def _padded(luma: bytes, line_size: int) -> bytes:
    if line_size == WIDTH:
        return luma
    rows = (luma[start : start + WIDTH] for start in range(0, len(luma), WIDTH))
    return b"".join(row.ljust(line_size, b"\0") for row in rows)


@dataclass(frozen=True, slots=True)
class Picture:
    number: int
    block_left: int
    """Where the moving block begins, in pixels, to about one."""


def read_picture(frame: VideoFrame) -> Picture | None:
    """Return what a decoded picture says; None: it is none of ours."""
    if (frame.width, frame.height) != (WIDTH, HEIGHT):
        return None
    luma, line = memoryview(frame.planes[0]), frame.planes[0].line_size
    at = (_BARS_HEIGHT // 2) * line
    bits = [luma[at + bar * _BAR_WIDTH + _BAR_WIDTH // 2] > _THRESHOLD for bar in range(_BARS)]
    number = sum(bit << shift for bit, shift in zip(bits[:4], (3, 2, 1, 0), strict=True))
    if bits != _bits(number) or number not in NUMBERS:
        return None
    at = (_BLOCK_TOP + _BLOCK // 2) * line
    bright = [x for x in range(WIDTH) if luma[at + x] > (_GREY + _WHITE) // 2]
    return Picture(number, bright[0]) if bright else None
