"""Known content survives the real codecs, and nothing else is taken for it."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest
from aiortc.codecs.opus import OpusDecoder, OpusEncoder
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder
from aiortc.jitterbuffer import JitterFrame
from av import AudioFrame, VideoFrame

from visiojury.rehearsal import content


def through_opus(frames: list[AudioFrame]) -> list[AudioFrame]:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    decoded = []
    for frame in frames:
        payloads, timestamp = encoder.encode(frame)
        for payload in payloads:
            decoded += decoder.decode(JitterFrame(payload, timestamp))
    return [frame for frame in decoded if isinstance(frame, AudioFrame)]


def through_vp8(frames: list[VideoFrame]) -> list[VideoFrame]:
    encoder, decoder = Vp8Encoder(), Vp8Decoder()
    decoded = []
    for frame in frames:
        payloads, timestamp = encoder.encode(frame)
        # The payload descriptor of aiortc's encoder: the decoder wants what comes after it.
        data = b"".join(payload[_descriptor_bytes(payload) :] for payload in payloads)
        decoded += decoder.decode(JitterFrame(data, timestamp))
    return [frame for frame in decoded if isinstance(frame, VideoFrame)]


def _descriptor_bytes(payload: bytes) -> int:
    """Return the length of a VP8 payload descriptor (RFC 7741 section 4.2)."""
    size = 1
    if payload[0] & 0x80:
        extension = payload[1]
        size += 1
        if extension & 0x80:
            size += 2 if payload[2] & 0x80 else 1
        size += bool(extension & 0x40) + bool(extension & 0x30)
    return size


@pytest.mark.parametrize("number", content.NUMBERS)
def test_a_tone_names_its_sender_after_opus(number: int) -> None:
    samples = content.tone(number)
    decoded = through_opus([content.audio_frame(samples, i) for i in range(10)])
    assert [content.read_tone(frame) for frame in decoded[3:]] == [number] * len(decoded[3:])
    assert len(decoded) >= 8


@pytest.mark.parametrize("number", content.NUMBERS)
def test_a_picture_names_its_sender_after_vp8(number: int) -> None:
    painter = content.Painter(number)
    read = [content.read_picture(f) for f in through_vp8([painter.frame(i) for i in range(6)])]
    assert [picture and picture.number for picture in read] == [number] * 6
    lefts = [picture.block_left for picture in read if picture]
    assert all(abs(after - before - 8) <= 2 for before, after in pairwise(lefts))


def test_silence_and_a_mixture_are_nobodys_tone() -> None:
    silence = content.audio_frame(bytes(2 * content.SAMPLES), 0)
    assert content.read_tone(silence) is None
    noise = bytes((i * 7919 + 13 * (i >> 3)) % 256 for i in range(2 * content.SAMPLES))
    assert content.read_tone(content.audio_frame(noise, 0)) is None


def test_a_tone_of_another_frequency_is_nobodys() -> None:
    between = content.frequency_hz(2) + content.STEP_HZ // 2
    step = 2 * 3.141592653589793 * between / content.SAMPLE_RATE
    samples = array("h", (round(8000 * math.sin(step * n)) for n in range(content.SAMPLES)))
    assert content.read_tone(content.audio_frame(samples.tobytes(), 0)) is None


def test_a_grey_picture_is_nobodys() -> None:
    frame = VideoFrame(content.WIDTH, content.HEIGHT, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    assert content.read_picture(frame) is None
    assert content.read_picture(VideoFrame(64, 48, "yuv420p")) is None


def test_bars_that_contradict_themselves_are_nobodys() -> None:
    frame = content.Painter(5).frame(0)
    plane = frame.planes[0]
    line = bytes(plane)[: plane.line_size]
    twice = line[: content.WIDTH // 2] * 2 + line[content.WIDTH :]
    half = content.HEIGHT // 2
    plane.update(twice * half + bytes(plane)[plane.line_size * half :])
    assert content.read_picture(frame) is None
