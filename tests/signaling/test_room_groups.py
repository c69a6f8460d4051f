"""What the relay is told when the state changes: who is muted first, then who is where."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from signaling.instants import Instants
from signaling.owner import SessionOwner
from signaling.relay_link import RelayError
from signaling.relays import Relays
from signaling.rooms import Room
from tests.builders import SITTING, Story
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.record.fold import Loaded

pytestmark = pytest.mark.requirement("T1")


class Told:
    """A relay that keeps what it is told, and may not answer at first."""

    def __init__(self, *, failures: int = 0) -> None:
        self.told: list[tuple[Any, ...]] = []
        self._failures = failures

    async def mute(self, room: str, peer: str, *, audio: bool, video: bool) -> None:
        self._answer()
        self.told.append(("mute", peer, audio, video))

    async def share(self, room: str, peer: str, *, is_on: bool) -> None:
        self._answer()
        self.told.append(("share", peer, is_on))

    async def set_groups(self, room: str, groups: dict[str, str | None]) -> None:
        self._answer()
        self.told.append(("groups", groups))

    def _answer(self) -> None:
        if self._failures:
            self._failures -= 1
            raise RelayError("relay_unavailable")


def room_of(story: Story) -> Room:
    unused: Any = None
    owner = SessionOwner(
        "deis-2026", store=unused, instants=Instants(lambda: 0.0, lambda: 0.0), seal=unused
    )
    owner.restore(Loaded(story.entries, story.session))
    return Room(owner, Instants(lambda: 0.0, lambda: 0.0))


async def keep(room: Room, relay: Told, *, seconds: float = 0.02) -> None:
    keeping = asyncio.get_running_loop().create_task(room.keep_groups(cast("Relays", relay)))
    await asyncio.sleep(seconds)
    keeping.cancel()


def silenced() -> Story:
    story = Story()
    story.open_sitting()
    at_ms = story.now_ms
    story.observe(
        ev.InvitationIssued(
            at_ms=at_ms,
            invitation_id="link",
            participant_id="candidate",
            secret_digest="0",
            code_digest=None,
            not_before_ms=0,
            expires_ms=at_ms + 1,
        ),
        ev.InvitationRedeemed(at_ms=at_ms, invitation_id="link", device_key="key-candidate"),
    )
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    story.act(
        "chair",
        cmd.SetMuted(sitting_id=SITTING, participant_id="candidate", audio=True, video=False),
    )
    return story


async def test_who_comes_in_muted_is_in_no_group_until_the_relay_knows() -> None:
    room, relay = room_of(silenced()), Told()
    assert room.group("candidate") == f"sitting:{SITTING}"
    assert room.first_group("candidate") is None
    room.joined("candidate", room.first_group("candidate"))
    await keep(room, relay)
    assert relay.told == [
        ("mute", "candidate", True, False),
        ("groups", {"candidate": f"sitting:{SITTING}"}),
    ]


async def test_the_relay_is_told_again_until_it_answers_and_after_its_death() -> None:
    room, relay = room_of(silenced()), Told(failures=1)
    room.joined("candidate", None)
    await keep(room, relay, seconds=0.2)
    assert len(relay.told) == 2
    room.relay_lost()
    room.joined("candidate", None)
    await keep(room, relay)
    assert relay.told[2:] == relay.told[:2]


async def test_one_screen_ends_at_the_relay_before_the_next_begins() -> None:
    story = Story()
    story.open_sitting()
    story.act("candidate", cmd.ShareScreen(sitting_id=SITTING))
    room, relay = room_of(story), Told()
    for who in ("candidate", "chair"):
        room.joined(who, None)
    await keep(room, relay)
    story.act("chair", cmd.StopScreen(sitting_id=SITTING))
    story.act("chair", cmd.ShareScreen(sitting_id=SITTING))
    room.joined("chair", None)
    await keep(room, relay)
    room.relay_lost()
    room.joined("chair", None)
    await keep(room, relay)
    assert [told for told in relay.told if told[0] == "share"] == [
        ("share", "candidate", True),
        ("share", "candidate", False),
        ("share", "chair", True),
        ("share", "chair", True),
    ]
