"""Events of yesterday are read as of today; what is stored stays as it was written."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785

from tests.builders import key_of, sealed_story
from visiojury.exam import events as ev
from visiojury.record import codec
from visiojury.record.errors import EntryUnreadableError
from visiojury.record.upcasting import Upcasters

PAUSED: dict[str, Any] = {
    "type": "sitting.paused",
    "at_ms": 5,
    "sitting_id": "sitting-1",
    "why": "évacuation",
}
ENTRY: dict[str, Any] = {
    "v": 1,
    "seq": 1,
    "entry_id": "e",
    "session_id": "s",
    "previous": "0" * 64,
    "actor": None,
    "received_ms": 5,
    "monotonic_ms": 5,
    "boot_id": "b",
    "act_id": None,
    "event": PAUSED,
    "event_v": 1,
    "personal": {},
}
RAW = rfc8785.dumps(ENTRY)


def _renamed(event: dict[str, Any]) -> dict[str, Any]:
    event["reason"] = event.pop("why")
    return event


def _shouted(event: dict[str, Any]) -> dict[str, Any]:
    event["reason"] = event["reason"].upper()
    return event


TODAY = Upcasters({("sitting.paused", 1): _renamed, ("sitting.paused", 2): _shouted})


def test_an_event_of_the_first_version_is_read_in_the_third() -> None:
    body, _ = codec.decode(RAW, key_of=key_of, upcasters=TODAY)
    assert body.event == ev.SittingPaused(at_ms=5, sitting_id="sitting-1", reason="ÉVACUATION")
    assert PAUSED["why"] == "évacuation"


def test_an_event_of_the_second_version_takes_one_step() -> None:
    event = {name: value for name, value in PAUSED.items() if name != "why"} | {"reason": "x"}
    raw = rfc8785.dumps(ENTRY | {"event": event, "event_v": 2})
    body, _ = codec.decode(raw, key_of=key_of, upcasters=TODAY)
    assert isinstance(body.event, ev.SittingPaused)
    assert body.event.reason == "X"


def test_what_is_written_today_bears_todays_version() -> None:
    body, _ = codec.decode(RAW, key_of=key_of, upcasters=TODAY)
    raw = codec.encode(body, key_of=key_of, upcasters=TODAY)
    assert b'"event_v":3' in raw
    assert codec.decode(raw, key_of=key_of, upcasters=TODAY) != codec.decode(
        RAW, key_of=key_of, upcasters=TODAY
    )  # its text is sealed now, and opens with a key
    assert codec.decode(raw, key_of=key_of, upcasters=TODAY)[0] == body


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_version_that_nobody_knows_is_refused(version: int) -> None:
    raw = sealed_story().entries[0].raw.replace(b'"event_v":1', b'"event_v":%d' % version)
    with pytest.raises(EntryUnreadableError):
        codec.decode(raw, key_of=key_of)
