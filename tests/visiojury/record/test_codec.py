"""The record's bytes: what goes in comes out, and only one spelling is read."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import key_of, sealed_story
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.record import codec
from visiojury.record.entry import Actor, Body
from visiojury.record.errors import EntryUnreadableError
from visiojury.record.personal import no_key

EVENT_TYPES: tuple[type[Any], ...] = get_args(ev.Event)

instants = st.integers(0, 2**53 - 1)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def built(event_type: type[Any]) -> st.SearchStrategy[Any]:
    """Return events of one type, with every field drawn by its annotation."""
    return st.builds(event_type, at_ms=instants)


st.register_type_strategy(str, names)
st.register_type_strategy(int, instants)
events = st.one_of([built(event_type) for event_type in EVENT_TYPES])
actors = st.none() | st.builds(
    Actor,
    participant_id=names,
    role=st.sampled_from(Role),
    authentication=names,
    device_key=st.none() | names,
)
bodies = st.builds(
    Body,
    event=events,
    actor=actors,
    received_ms=instants,
    monotonic_ms=instants,
    boot_id=names,
    v=st.just(1),
    seq=st.integers(1, 2**53 - 1),
    entry_id=names,
    session_id=names,
    previous=st.binary(min_size=32, max_size=32).map(bytes.hex),
)


@given(body=bodies)
def test_what_is_written_is_read_back(body: Body) -> None:
    assert codec.decode(codec.encode(body, key_of=key_of), key_of=key_of)[0] == body


@pytest.fixture
def raw() -> bytes:
    return sealed_story().entries[0].raw


def test_the_form_names_its_version_and_its_fields(raw: bytes) -> None:
    fields = json.loads(raw)
    assert fields["v"] == 1
    expected = {field.name for field in dataclasses.fields(Body)} | {"event_v", "personal"}
    assert set(fields) == expected
    assert fields["event"]["type"] == "session.created"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"v":1', b'"v":2'),
        (b'"seq":1,', b'"seq":1.0,'),
        (b'"seq":1,', b'"seq":"1",'),
        (b'"seq":1,', b'"seq": 1,'),
        (b'"seq":1,', b'"seq":1,"seq":1,'),
        (b'"session.created"', b'"session.invented"'),
        (b'"purpose":"exam"', b'"purpose":"other"'),
        (b'"route":"vae"', b'"route":"vae","secret":1'),
        (b"{", b"[" * 10_000),
        (b"deis-2026", b"\xff"),
        (b"deis-2026", b"\\ud800"),
        (b"deis-2026", b"\\u0064eis-2026"),
    ],
)
def test_another_form_or_spelling_is_refused(raw: bytes, before: bytes, after: bytes) -> None:
    assert before in raw
    with pytest.raises(EntryUnreadableError) as refusal:
        codec.decode(raw.replace(before, after, 1), key_of=no_key, seq=12)
    assert refusal.value.seq == 12
    assert refusal.value.code == "entry_unreadable"


def test_a_refusal_shows_no_name(raw: bytes) -> None:
    secret = raw.replace(b'"purpose":"exam"', b'"purpose":"Camille Candidate"')
    with pytest.raises(EntryUnreadableError) as refusal:
        codec.decode(secret, key_of=no_key)
    assert "Camille" not in str(refusal.value)


def test_entries_travel_to_another_process() -> None:
    """Documents are made in a worker: entries and the errors about them must survive the way."""
    entries = sealed_story().entries
    assert pickle.loads(pickle.dumps(entries)) == entries


def turned(value: Any) -> Any:
    return dict(reversed(value.items()))


@pytest.mark.parametrize("place", ["entry", "event", "office"])
def test_names_in_another_order_are_refused(raw: bytes, place: str) -> None:
    fields = json.loads(raw)
    if place == "entry":
        fields = turned(fields)
    if place == "event":
        fields["event"] = turned(fields["event"])
    if place == "office":
        fields["event"]["offices"][1] = turned(fields["event"]["offices"][1])
    other = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    with pytest.raises(EntryUnreadableError, match="not in canonical form"):
        codec.decode(other, key_of=no_key)
