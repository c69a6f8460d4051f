import struct

import pytest

from media.backlog import MOST_BYTES, PICTURE_BYTES, Backlog, payload_type

SOUND, PICTURE = 111, 96


def packet(kind: int, timestamp: int, ssrc: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, 1, timestamp, ssrc) + bytes(20)


def backlog() -> Backlog:
    return Backlog(lambda number: number == SOUND)


def test_all_is_sent_while_little_waits() -> None:
    waiting = backlog()
    assert waiting.admits(packet(PICTURE, 1), PICTURE_BYTES)
    assert waiting.admits(packet(SOUND, 1), PICTURE_BYTES)


def test_pictures_are_given_up_before_sound_and_to_their_end() -> None:
    waiting = backlog()
    assert not waiting.admits(packet(PICTURE, 1), PICTURE_BYTES + 1)
    assert waiting.admits(packet(SOUND, 5), PICTURE_BYTES + 1)
    assert not waiting.admits(packet(PICTURE, 1), 0)
    assert waiting.admits(packet(PICTURE, 1, ssrc=8), 0), "another stream's picture"
    assert waiting.admits(packet(PICTURE, 2), 0), "the next picture"


def test_each_stream_gives_up_its_own_picture_whatever_the_others_begin() -> None:
    """Packets of two cameras take turns: neither is to bring back the rest of the other's."""
    waiting = backlog()
    assert not waiting.admits(packet(PICTURE, 1, ssrc=7), PICTURE_BYTES + 1)
    assert not waiting.admits(packet(PICTURE, 3, ssrc=8), PICTURE_BYTES + 1)
    assert not waiting.admits(packet(PICTURE, 1, ssrc=7), 0)
    assert not waiting.admits(packet(PICTURE, 3, ssrc=8), 0)
    assert waiting.admits(packet(PICTURE, 4, ssrc=8), 0)
    assert not waiting.admits(packet(PICTURE, 1, ssrc=7), 0), "still the same picture"
    assert waiting.admits(packet(PICTURE, 2, ssrc=7), 0)


@pytest.mark.parametrize("data", [b"\x00\x01" + bytes(40), b"\x16" + bytes(40), b"\x80\xc8" * 20])
def test_checks_dtls_and_reports_are_sent_as_long_as_sound(data: bytes) -> None:
    assert payload_type(data) is None
    assert backlog().admits(data, MOST_BYTES)


def test_nothing_is_sent_beyond_the_bound() -> None:
    for data in (packet(SOUND, 1), packet(PICTURE, 1), b"\x16" + bytes(40)):
        assert not backlog().admits(data, MOST_BYTES + 1)
