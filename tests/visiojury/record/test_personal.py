"""Personal fields are sealed in what is stored; a destroyed key erases, and the chain holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.builders import SITTING, WRAPPING_KEY, entry_ids, eventful_story, key_of
from visiojury.exam import events as ev
from visiojury.record import personal
from visiojury.record.database import verify_database
from visiojury.record.entry import Draft
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.fold import fold
from visiojury.record.lines import check_lines, from_lines, to_lines
from visiojury.record.link import link
from visiojury.record.store import RecordStore

STORY = eventful_story()
ENTRIES = STORY.entries
SESSION = STORY.definition.session_id
NAMES = ("Camille", "Présidente", "Évacuation", "Liaison perdue", "03 00 00 00 01")


def by_server(event: ev.Event) -> Draft:
    return replace(STORY.drafts[-1], event=event, actor=None)


@pytest.mark.requirement("A2")
def test_nothing_stored_shows_a_name_or_what_somebody_wrote() -> None:
    stored = b"".join(entry.raw for entry in ENTRIES)
    assert [name for name in NAMES if name.encode() in stored] == []
    assert b"DREETS Grand Est" in stored


def test_a_text_belongs_to_the_candidate_of_its_sitting_and_a_name_to_its_person() -> None:
    paused = next(e for e in ENTRIES if isinstance(e.event, ev.SittingPaused))
    assert set(paused.keys) == {personal.subject_of_sitting(SITTING)}
    enrolled = [e for e in ENTRIES if isinstance(e.event, ev.ParticipantEnrolled)]
    people = {p.participant_id for p in STORY.definition.participants}
    assert {s for e in enrolled for s in e.keys} == {personal.subject_of_person(p) for p in people}
    assert set(ENTRIES[0].keys) == {personal.SESSION}


def test_every_free_text_of_every_event_is_personal() -> None:
    for kind in get_args(ev.Event):
        hints: dict[str, Any] = kind.__dataclass_fields__
        texts = {name for name, field in hints.items() if str(field.type).startswith("Text")}
        assert texts <= personal._marked(kind)
    assert personal._marked(ev.SittingPaused) == {"reason"}


@pytest.mark.requirement("A2")
def test_an_erased_subject_reads_erased_and_the_chain_holds() -> None:
    lines = [json.loads(line) for line in to_lines(ENTRIES).splitlines()]
    gone = personal.subject_of_person("candidate")
    kept = b"".join(
        to_lines([replace(entry, keys={s: k for s, k in entry.keys.items() if s != gone})])
        for entry in ENTRIES
    )
    report, entries = check_lines(kept)
    assert report.is_intact
    assert report.is_sealed
    assert len(lines) == len(entries)
    people = fold(entries).participants
    assert people["candidate"].full_name == "effacé effacé"
    assert people["chair"].full_name == "Paule Présidente"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"keys":{"person:candidate":"', b'"keys":{"person:candidate":"0'),
        (b'"keys":{"person:candidate"', b'"keys":{"person:chair"'),
        (b'"keys":{"person:candidate"', b'"keys": {"person:candidate"'),
    ],
)
def test_keys_spelled_otherwise_are_refused(before: bytes, after: bytes) -> None:
    data = to_lines(ENTRIES)
    assert before in data
    with pytest.raises(RecordTamperedError):
        from_lines(data.replace(before, after, 1))


def test_a_key_opens_its_entry_and_no_other() -> None:
    first, second = [e for e in ENTRIES if isinstance(e.event, ev.PostponementRequested)] + [
        e for e in ENTRIES if isinstance(e.event, ev.SittingPaused)
    ]
    assert set(first.keys.values()).isdisjoint(second.keys.values())
    keys = dict(zip(second.keys, first.keys.values(), strict=True))
    with pytest.raises(RecordTamperedError) as refusal:
        from_lines(to_lines([replace(e, keys=keys) if e is second else e for e in ENTRIES]))
    assert refusal.value.seq == second.seq


def test_what_is_said_of_an_erased_person_is_not_kept() -> None:
    event = ev.SittingPaused(at_ms=1, sitting_id=SITTING, reason="secret")
    (entry,) = link(SESSION, [by_server(event)], new_id=entry_ids(), key_of=lambda _: None)
    assert json.loads(entry.raw)["personal"] == {}
    assert b"secret" not in entry.raw


@pytest.mark.requirement("A2")
async def test_an_erasure_destroys_keys_in_its_own_transaction(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    subjects = (personal.subject_of_person("candidate"), personal.subject_of_sitting(SITTING))
    erased = ev.PersonErased(at_ms=1, participant_id="candidate", subjects=subjects)
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    await store.append(SESSION, STORY.drafts)
    await store.append(SESSION, [by_server(erased)])
    again = await store.load(SESSION)
    await store.close()
    state = fold(again)
    assert state.participants["candidate"].given_name == personal.ERASED
    assert state.participants["candidate-2"].given_name == "Dominique"
    assert state.after.erased == {"candidate"}
    (report,) = verify_database(path)
    assert report.is_intact
    assert b"Camille" not in path.read_bytes()


async def test_another_installations_key_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    await store.append(SESSION, STORY.drafts[:3])
    await store.close()
    other = await RecordStore.open(path, wrapping_key=bytes(32))
    with pytest.raises(StoreError) as refusal:
        await other.load(SESSION)
    await other.close()
    assert refusal.value.code == "keys_unreadable"


def test_keys_are_the_same_for_the_same_entries() -> None:
    assert STORY.entries == ENTRIES
    assert key_of("a") != key_of("b")
