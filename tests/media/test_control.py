import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.control import MAX_LINE_BYTES, LineBuffer, decode_command, decode_output, encode
from media.errors import MalformedCommandError
from media.messages import Done, Join, Leave, SetGroups
from tests.media.offers import FINGERPRINT


def test_a_command_reads_back() -> None:
    command = SetGroups(id=3, room="r", groups={"a": "g", "b": None})
    assert decode_command(encode(command).rstrip()) == command


def test_an_output_reads_back() -> None:
    assert decode_output(encode(Done(id=4))) == Done(id=4)


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=8))
def test_lines_are_found_however_they_are_cut(lines: list[bytes]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    whole, bytewise = LineBuffer(), LineBuffer()
    assert list(whole.feed(stream)) == lines
    assert [line for i in range(len(stream)) for line in bytewise.feed(stream[i : i + 1])] == lines


def test_an_endless_line_is_refused() -> None:
    buffer = LineBuffer()
    assert list(buffer.feed(bytes(MAX_LINE_BYTES))) == []
    with pytest.raises(MalformedCommandError):
        list(buffer.feed(b"x"))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": "shutdown", "id": 1}',
        b'{"type": "leave", "id": 1, "room": "r"}',
        b'{"type": "leave", "id": 1, "room": "r", "peer": ""}',
        b'{"type": "leave", "id": 1, "room": "r", "peer": "p", "more": 1}',
        b'{"type": "leave", "id": "x", "room": "r", "peer": "p"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_anything_else_is_a_malformed_command(line: bytes) -> None:
    with pytest.raises(MalformedCommandError):
        decode_command(line)


def test_a_refusal_names_the_fields_and_not_their_values() -> None:
    with pytest.raises(MalformedCommandError) as refusal:
        decode_command(b'{"type": "leave", "id": 1, "room": "r", "peer": {"secret": 1}}')
    assert "peer" in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "fingerprint", ["", "AB:CD", FINGERPRINT + ":AB", "sha-256 " + FINGERPRINT]
)
def test_a_join_needs_a_whole_fingerprint(fingerprint: str) -> None:
    good = encode(Join(id=1, room="r", peer="p", offer="v=0", fingerprint=FINGERPRINT))
    assert decode_command(good) == Join(
        id=1, room="r", peer="p", offer="v=0", fingerprint=FINGERPRINT
    )
    with pytest.raises(MalformedCommandError):
        decode_command(good.replace(FINGERPRINT.encode(), fingerprint.encode()))


def test_an_output_of_another_version_is_malformed() -> None:
    with pytest.raises(MalformedCommandError):
        decode_output(encode(Leave(id=1, room="r", peer="p")))
