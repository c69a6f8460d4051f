"""What a robot reads, and that it says when that is not what the server announced."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from visiojury.exam import events as ev
from visiojury.rehearsal import cast, content
from visiojury.rehearsal.robot import Reception, Robot


class FakeClient:
    """What a robot asks of its client when nothing is negotiated."""

    def __init__(self, participant_id: str, slots: dict[str, dict[str, str]]) -> None:
        self.participant_id = participant_id
        self.slots = slots


def robot(slots: dict[str, dict[str, str]], **receptions: Reception) -> Robot:
    client: Any = FakeClient("me", slots)
    robot = Robot(client, {"me": 1, "ada": 2, "bob": 3})
    robot.receptions.update(receptions)
    return robot


ADA_SPEAKS = {"4": {"participant_id": "ada", "kind": "audio"}}
ADA_SHOWS = {"5": {"participant_id": "ada", "kind": "video"}}


@pytest.mark.parametrize(
    ("slots", "reception", "wrong"),
    [
        (ADA_SPEAKS, Reception(frames=9, number=2), []),
        (ADA_SPEAKS, Reception(), ["rien de lisible"]),
        (ADA_SPEAKS, Reception(frames=9, number=3), ["autre émetteur"]),
        (ADA_SHOWS, Reception(frames=9, number=2, moves=3), []),
        (ADA_SHOWS, Reception(frames=9, number=2, moves=0), ["figée"]),
    ],
)
async def test_a_slot_must_carry_whom_the_server_says(
    slots: dict[str, dict[str, str]], reception: Reception, wrong: list[str]
) -> None:
    (mid,) = slots
    mismatches = robot(slots, **{mid: reception}).mismatches()
    assert len(mismatches) == len(wrong)
    assert all(part in found for part, found in zip(wrong, mismatches, strict=True))


async def test_only_what_comes_after_forgetting_counts() -> None:
    me = robot(ADA_SHOWS, **{"5": Reception(frames=9, number=2, block_left=8, moves=3)})
    me.first_read_s["ada", "video"] = 1.0
    me.forget()
    assert me.first_read_s == {}
    assert len(me.mismatches()) == 1


async def test_a_picture_is_alive_once_its_block_has_moved() -> None:
    me, painter, reception = robot(ADA_SHOWS), content.Painter(2), Reception()
    for index, moves in ((0, 0), (0, 0), (1, 1)):
        me._see(painter.frame(index), reception)
        assert (reception.number, reception.moves) == (2, moves)
    assert me.first_read_s["ada", "video"] <= asyncio.get_running_loop().time()


async def test_a_stranger_s_content_is_nobody_s() -> None:
    me, reception = robot({}), Reception()
    me._hear(content.audio_frame(content.tone(7), 0), reception)
    assert (reception.number, me.first_read_s) == (7, {})


def test_the_session_of_a_rehearsal_can_be_held() -> None:
    from visiojury.exam.definition import create

    definition = cast.definition(now_ms=1_781_514_000_000)
    assert definition.purpose == "rehearsal"
    events = create(definition, now_ms=1_781_514_000_000)
    assert [type(event) for event in events] == [
        ev.SessionCreated,
        *[ev.ParticipantEnrolled] * len(cast.PEOPLE),
        ev.SittingScheduled,
        ev.SessionOpened,
    ]
    assert set(cast.NUMBERS) == {cast.CANDIDATE, *cast.JURY_IDS}
    assert set(cast.NUMBERS.values()) <= set(content.NUMBERS)
