"""Fills a record with sittings that are over, and tells a long one.

Each old sitting is a copy of one that the exam's own rules made: another session, other
identifiers, its chain and its seal made anew and holding; written straight into the tables, for
the append path would take an hour. What was said of people is there, but no key to it, as after an
erasure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.builders import SealingKey, Story
from visiojury.record import chain
from visiojury.record.codec import encode
from visiojury.record.entry import Body, Entry
from visiojury.record.personal import no_key
from visiojury.record.seal import make_seal

_KEY = SealingKey()


def running_story(events: int) -> Story:
    """Return a sitting under way, with outages until it has so many events or some more."""
    story = Story()
    story.open_sitting()
    _cut_until(story, events)
    return story


def ended_story(events: int) -> Story:
    """Return a sealed session of so many events, or some more."""
    tail = _ended(0)[1]
    return _ended(events - tail)[0]


def fill(path: Path, story: Story, numbers: range) -> None:
    """Write copies of `story`, one a session, named `over-<number>`."""
    template = story.entries
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in numbers:
            rows = list(_copy(template, f"over-{number}"))
            last = rows[-1]
            head = (last[0], last[1], last[4], True)
            connection.execute(
                "INSERT INTO head (session_id, seq, digest, is_closed) VALUES (?, ?, ?, ?)", head
            )
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)


def _cut_until(story: Story, events: int) -> None:
    while len(story.drafts) < events:
        story.wait(20)
        story.cut("candidate", 3.0)


def _ended(events: int) -> tuple[Story, int]:
    """Return a session with so many events before its sitting ends, and how many follow."""
    story = running_story(events)
    before = len(story.drafts)
    story.decide_all()
    story.close_sitting()
    story.deliberate()
    story.seal(_KEY)
    return story, len(story.drafts) - before


def _copy(template: list[Entry], session_id: str) -> Iterator[tuple[str, int, str, str, str]]:
    previous, copied = chain.genesis(session_id), list[Entry]()
    old = f'"session_id":"{template[0].session_id}"'.encode()
    new = f'"session_id":"{session_id}"'.encode()
    for entry in template:
        entry_id = f"{session_id}-{entry.seq}"
        if entry is template[-1]:
            raw = _sealed(entry, copied, session_id=session_id, entry_id=entry_id)
        else:
            raw = entry.raw.replace(old, new).replace(entry.previous.encode(), previous.encode())
            raw = raw.replace(entry.entry_id.encode(), entry_id.encode())
        previous = chain.digest(previous, raw)
        copied.append(replace(entry, raw=raw, digest=previous))
        yield session_id, entry.seq, entry_id, raw.decode(), previous


def _sealed(entry: Entry, before: list[Entry], *, session_id: str, entry_id: str) -> bytes:
    """Return the bytes of the seal over a copy."""
    body = Body(
        event=make_seal(before, _KEY.sign, _KEY.jwk, at_ms=entry.event.at_ms),
        actor=None,
        received_ms=entry.received_ms,
        monotonic_ms=entry.monotonic_ms,
        boot_id=entry.boot_id,
        seq=entry.seq,
        entry_id=entry_id,
        session_id=session_id,
        previous=before[-1].digest,
    )
    return encode(body, key_of=no_key)
