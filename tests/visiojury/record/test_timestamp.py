"""Stamps of a real `openssl ts`: what it certifies holds, anything else does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from tests.authority import Authority, make_authority, stamped_story
from visiojury.exam import events as ev
from visiojury.record import timestamp
from visiojury.record.lines import to_lines, verify_lines
from visiojury.record.timestamp import TimestampError

DATA = b"what a seal signs"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "authority")


async def test_a_stamp_says_when_and_holds_for_what_was_stamped(authority: Authority) -> None:
    request, nonce = timestamp.request(DATA)
    response = await authority.stamp(request)
    at_ms = timestamp.check(response, DATA, certificates=authority.certificates, nonce=nonce)
    assert abs(at_ms / 1000 - time()) < 60


async def test_a_stamp_holds_for_nothing_else(authority: Authority, tmp_path: Path) -> None:
    request, nonce = timestamp.request(DATA)
    response = await authority.stamp(request)
    trusted = authority.certificates
    other = make_authority(tmp_path / "other").certificates
    for data, roots, expected_nonce in (
        (b"other", trusted, nonce),
        (DATA, other, nonce),
        (DATA, trusted, nonce + 1),
    ):
        with pytest.raises(TimestampError) as refusal:
            timestamp.check(response, data, certificates=roots, nonce=expected_nonce)
        assert refusal.value.reason == "unverified"


@pytest.mark.parametrize("response", [b"", b"no DER", b"\x30\x03\x02\x01\x00"])
def test_what_is_no_stamp_is_refused(response: bytes, authority: Authority) -> None:
    with pytest.raises(TimestampError):
        timestamp.check(response, DATA, certificates=authority.certificates)


def test_a_refusal_of_the_authority_is_told_as_one(authority: Authority) -> None:
    rejected = bytes.fromhex("30053003020102")
    with pytest.raises(TimestampError) as refusal:
        timestamp.check(rejected, DATA, certificates=authority.certificates)
    assert refusal.value.reason == "refused"


@pytest.mark.requirement("A2")
async def test_a_record_with_a_stamp_of_something_else_does_not_hold(authority: Authority) -> None:
    story = await stamped_story(authority)
    assert verify_lines(to_lines(story.entries)).is_intact
    stamp = story.drafts[-1].event
    assert isinstance(stamp, ev.RecordTimestamped)
    for forged in (
        replace(stamp, size=stamp.size - 1),
        replace(stamp, response=stamp.response[:-8]),
        replace(stamp, certificates="none"),
        replace(stamp, response="é"),
    ):
        story.drafts[-1] = replace(story.drafts[-1], event=forged)
        report = verify_lines(to_lines(story.entries))
        found = [(f.seq, f.code) for f in report.findings if f.is_error]
        assert found == [(len(story.drafts), "timestamp_invalid")]
