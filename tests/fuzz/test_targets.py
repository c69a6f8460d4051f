"""The fuzz targets on their seeds, on what fuzzing found, and on a few thousand changes of them."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS
from tests.media.offers import usual

FOUND = {
    # Control characters of a rejected m-line came back in the answer.
    # An empty block of extensions at the end of the packet was read beyond it.
    "rtp": [bytes.fromhex("901bbede0002000000" + "00001bbede0000")],
    "sdp": [usual().replace("m=audio 9", "m=a\x07udio 9", 1).encode()],
}
"""Inputs that once did what they may not; each stays here for good."""
CHANGES = 500


def test_the_command_knows_every_target() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_seeds_and_past_findings_are_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    for data in [*target.seeds, *FOUND.get(name, [])]:
        assert len(data) <= target.most_bytes
        target.run(data)


@pytest.mark.parametrize("name", NAMES)
def test_changed_seeds_are_read_or_refused(name: str) -> None:
    dice, target = random.Random(5), TARGETS[name]
    for _ in range(CHANGES):
        data = bytearray(dice.choice(target.seeds))
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        target.run(bytes(data[: dice.randint(len(data) // 2, len(data))]))
