"""Every manipulation of a record leaves a trace, and the trace names the entry."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import SealingKey, key_of, sealed_story
from visiojury.exam import events as ev
from visiojury.record import chain
from visiojury.record.entry import Draft, Entry
from visiojury.record.errors import RecordTamperedError
from visiojury.record.lines import from_lines, to_lines, verify_lines
from visiojury.record.link import link
from visiojury.record.seal import check_seal, make_seal, signed_bytes, thumbprint
from visiojury.record.verify import Stored, examine, moved

ENTRIES = sealed_story().entries
LINES = to_lines(ENTRIES)
LAST = len(ENTRIES)
SESSION = ENTRIES[0].session_id
places = st.integers(1, LAST)
few = settings(max_examples=40)  # There are not many more entries than that.


def stored(entry: Entry) -> Stored:
    return Stored(entry.seq, entry.raw, entry.digest)


def named(rows: list[Stored]) -> set[tuple[int | None, str]]:
    report = examine(SESSION, rows).report
    return {(found.seq, found.code) for found in report.findings if found.is_error}


def in_file(change: Callable[[list[bytes]], None]) -> set[tuple[int | None, str]]:
    lines = LINES.splitlines(keepends=True)
    change(lines)
    report = verify_lines(b"".join(lines))
    return {(found.seq, found.code) for found in report.findings if found.is_error}


def test_an_untouched_record_holds_and_is_sealed() -> None:
    report = verify_lines(LINES)
    assert report.is_intact
    assert report.is_sealed
    assert report.entries == LAST
    assert report.head == ENTRIES[-1].digest
    assert report.key_thumbprint == thumbprint(SealingKey().jwk)
    assert from_lines(LINES) == ENTRIES


@few
@given(place=places, data=st.data())
def test_one_changed_byte_names_its_entry(place: int, data: st.DataObject) -> None:
    lines = LINES.splitlines(keepends=True)
    line = bytearray(lines[place - 1])
    position = data.draw(st.integers(0, len(line) - 2))
    line[position] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16]))
    lines[place - 1] = bytes(line)
    report = verify_lines(b"".join(lines))
    assert not report.is_intact
    errors = [found for found in report.findings if found.is_error]
    # A byte turned into a line break splits the line: both halves are then unreadable.
    assert errors[0].seq == place
    assert errors[0].code in {"entry_changed", "entry_unreadable", "entry_foreign"}


@few
@given(place=st.integers(1, LAST - 1))
def test_a_deleted_entry_is_named(place: int) -> None:
    assert in_file(lambda lines: lines.__delitem__(place - 1)) == {(place, "entry_missing")}


def test_several_manipulations_are_named_each_by_its_own_number() -> None:
    """A changed line bears its number, not its place in a file that lost another line."""

    def change(lines: list[bytes]) -> None:
        lines[19] = lines[19].replace(b"boot-1", b"boot-2")
        lines[30], lines[40] = lines[40], lines[30]
        del lines[4]

    assert in_file(change) == {
        (5, "entry_missing"),
        (20, "entry_changed"),
        (31, "entry_moved"),
        (41, "entry_moved"),
    }


def test_a_deleted_seal_is_missed_once_the_deliberation_is_over() -> None:
    assert in_file(lambda lines: lines.__delitem__(LAST - 1)) == {(None, "seal_missing")}


@few
@given(first=places, second=places)
def test_two_swapped_entries_are_both_named(first: int, second: int) -> None:
    def swap(lines: list[bytes]) -> None:
        lines[first - 1], lines[second - 1] = lines[second - 1], lines[first - 1]

    expected = {(first, "entry_moved"), (second, "entry_moved")} if first != second else set()
    assert in_file(swap) == expected


@few
@given(first=places, second=places)
def test_swapped_contents_are_named_where_the_digests_stay(first: int, second: int) -> None:
    """In a database the digest is a column of its own: only the bodies may be exchanged."""
    rows = [stored(entry) for entry in ENTRIES]
    a, b = rows[first - 1], rows[second - 1]
    rows[first - 1], rows[second - 1] = replace(a, raw=b.raw), replace(b, raw=a.raw)
    expected = {(first, "entry_moved"), (second, "entry_moved")} if first != second else set()
    assert named(rows) == expected


@few
@given(place=places, to=places)
def test_a_repeated_entry_is_named(place: int, to: int) -> None:
    found = in_file(lambda lines: lines.insert(to, lines[place - 1]))
    assert (place, "entry_duplicated") in found
    assert {code for _, code in found} == {"entry_duplicated"}


@few
@given(place=st.integers(1, LAST - 1))
def test_an_entry_rewritten_with_its_digest_is_named_by_the_next_one(place: int) -> None:
    rows = [stored(entry) for entry in ENTRIES]
    forged = json.loads(ENTRIES[place - 1].raw) | {"received_ms": 1}
    raw = rfc8785.dumps(forged)
    rows[place - 1] = Stored(place, raw, chain.digest(forged["previous"], raw))
    assert named(rows) == {(place, "entry_changed")}


@few
@given(place=places)
def test_a_rewritten_digest_alone_names_its_entry(place: int) -> None:
    rows = [stored(entry) for entry in ENTRIES]
    rows[place - 1] = replace(rows[place - 1], digest="0" * 64)
    assert named(rows) == {(place, "entry_changed")}


def rechained(entries: list[Entry]) -> list[Entry]:
    """Return what somebody makes who recomputes every digest but cannot sign."""
    drafts = [
        Draft(
            event=entry.event,
            actor=entry.actor,
            received_ms=entry.received_ms,
            monotonic_ms=entry.monotonic_ms,
            boot_id=entry.boot_id,
        )
        for entry in entries
    ]
    numbers = iter(range(10_000))
    return link(SESSION, drafts, new_id=lambda: f"forged-{next(numbers)}", key_of=key_of)


@few
@given(place=st.integers(1, LAST - 1))
def test_a_record_rewritten_as_a_whole_is_betrayed_by_its_seal(place: int) -> None:
    entries = list(ENTRIES)
    entries[place - 1] = replace(entries[place - 1], received_ms=1)
    assert named([stored(entry) for entry in rechained(entries)]) == {(LAST, "seal_invalid")}


def test_an_entry_after_the_seal_is_named() -> None:
    extra = link(
        SESSION,
        [ENTRIES[40]],
        new_id=lambda: "late",
        key_of=key_of,
        last=(LAST, ENTRIES[-1].digest),
    )
    rows = [stored(entry) for entry in [*ENTRIES, *extra]]
    assert named(rows) == {(LAST + 1, "tail_after_seal")}


def resealed(*, key: SealingKey, forge_tree: bool = False) -> list[Entry]:
    """Return a record on which results were published after the seal, sealed once more."""
    story = sealed_story()
    story.observe(ev.ResultsPublished(at_ms=story.now_ms, place="Strasbourg"))
    story.seal(key)
    if forge_tree:
        last = story.drafts.pop()
        assert isinstance(last.event, ev.RecordSealed)
        root = "0" * 64
        signed = signed_bytes(head=last.event.head, size=last.event.size, root=root)
        signature = base64.urlsafe_b64encode(key.sign(signed)).rstrip(b"=").decode()
        story.drafts.append(
            replace(last, event=replace(last.event, root=root, signature=signature))
        )
    return story.entries


@pytest.mark.requirement("A2")
def test_what_follows_the_seal_is_covered_by_the_next() -> None:
    entries = resealed(key=SealingKey())
    report = examine(SESSION, [stored(entry) for entry in entries]).report
    assert report.findings == ()
    before = examine(SESSION, [stored(entry) for entry in entries[:-1]]).report
    assert [(f.seq, f.code, f.is_error) for f in before.findings] == [
        (LAST + 1, "tail_after_seal", False)
    ]


def test_a_second_seal_of_another_key_is_named() -> None:
    rows = [stored(entry) for entry in resealed(key=SealingKey(7))]
    assert named(rows) == {(LAST + 2, "seal_key_unexpected")}


def test_a_seal_over_another_tree_is_named() -> None:
    rows = [stored(entry) for entry in resealed(key=SealingKey(), forge_tree=True)]
    assert named(rows) == {(LAST + 2, "seal_invalid")}


def test_what_may_not_follow_a_seal_is_named_though_another_seal_covers_it() -> None:
    story = sealed_story()
    story.observe(ev.DeliberationClosed(at_ms=story.now_ms))
    story.seal()
    rows = [stored(entry) for entry in story.entries]
    assert named(rows) == {(LAST + 1, "tail_after_seal")}


def test_an_entry_of_another_session_is_named() -> None:
    foreign = link("other", ENTRIES[:1], new_id=lambda: "x", key_of=key_of)[0]
    rows = [stored(entry) for entry in ENTRIES]
    rows[10] = replace(stored(foreign), place=11)
    assert named(rows) == {(11, "entry_foreign"), (11, "entry_missing")}
    assert in_file(lambda lines: lines.insert(3, to_lines([foreign]))) == {(4, "entry_foreign")}


def test_a_first_entry_bound_to_another_session_does_not_begin_this_one() -> None:
    moved_chain = link(
        SESSION, ENTRIES, new_id=lambda: "x", key_of=key_of, last=(0, chain.genesis("other"))
    )
    assert (1, "entry_changed") in named([stored(entry) for entry in moved_chain])


def test_an_entry_that_contradicts_those_before_it_is_named() -> None:
    decided = next(e for e in ENTRIES if e.event.type == "extension.decided")
    entries = rechained([*ENTRIES[:9], decided])
    assert named([stored(entry) for entry in entries]) == {(10, "entry_inconsistent")}


def test_the_count_beside_the_chain_shows_a_cut_end() -> None:
    """Without it, the last entries of a session that still runs could go unnoticed."""
    running = ENTRIES[:30]
    rows = [stored(entry) for entry in running[:28]]
    report = examine(SESSION, rows, counted=(30, running[-1].digest)).report
    found = {(f.seq, f.code) for f in report.findings if f.is_error}
    assert found == {(29, "entry_missing"), (30, "entry_missing")}


def test_the_count_beside_the_chain_shows_a_rewritten_or_added_end() -> None:
    rows = [stored(entry) for entry in ENTRIES[:30]]
    rewritten = examine(SESSION, rows, counted=(30, "0" * 64)).report
    assert [(f.seq, f.code) for f in rewritten.findings if f.is_error] == [(30, "entry_changed")]
    added = examine(SESSION, rows, counted=(29, ENTRIES[28].digest)).report
    assert [(f.seq, f.code) for f in added.findings if f.is_error] == [(30, "tail_added")]


def test_a_running_session_has_no_seal_and_that_is_no_error() -> None:
    report = verify_lines(to_lines(ENTRIES[:30]))
    assert report.is_intact
    assert not report.is_sealed
    assert [(f.code, f.is_error) for f in report.findings] == [("seal_missing", False)]


@pytest.mark.parametrize(
    "fault",
    [
        {"size": 3},
        {"size": 2**64},
        {"root": "0" * 64},
        {"signature": "AAAA"},
        {"signature": "é"},
        {"signature": "A" * 86},
        {"head": "0" * 64},
        {"head": "not hexadecimal"},
        {"public_key": {"kty": "EC"}},
        {"public_key": SealingKey().jwk | {"crv": "P-521"}},
        {"public_key": SealingKey().jwk | {"x": "AAAA"}},
        {"public_key": SealingKey(2).jwk},
    ],
)
def test_a_seal_with_any_fault_is_refused(fault: dict[str, object]) -> None:
    head = ENTRIES[-2].digest
    key = SealingKey()
    seal = make_seal(ENTRIES[:-1], key.sign, key.jwk, at_ms=1)
    assert check_seal(seal, head)
    assert not check_seal(replace(seal, **fault), head)  # type: ignore[arg-type]


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_a_file_that_is_no_record_is_reported_and_never_crashes(data: bytes) -> None:
    report = verify_lines(data)
    assert not report.is_sealed
    if data.strip(b"\r\n"):
        assert not report.is_intact


def test_reading_refuses_what_does_not_hold() -> None:
    lines = LINES.splitlines(keepends=True)
    del lines[6]
    with pytest.raises(RecordTamperedError) as refusal:
        from_lines(b"".join(lines))
    assert (refusal.value.seq, refusal.value.code) == (7, "entry_missing")


def test_a_large_hole_is_named_by_its_bounds() -> None:
    far = link(SESSION, ENTRIES[:1], new_id=lambda: "x", key_of=key_of, last=(10**12, "0" * 64))
    report = examine(SESSION, [stored(far[0])]).report
    holes = [found for found in report.findings if found.code == "entry_missing"]
    assert len(holes) == 1
    assert str(10**12) in holes[0].message


@given(st.permutations(range(1, 9)))
def test_what_is_not_moved_stands_in_order(numbers: list[int]) -> None:
    rest = [number for number in numbers if number not in moved(numbers)]
    assert rest == sorted(rest)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2, 3], []),
        ([2, 1, 3], [1, 2]),
        ([1, 5, 3, 4, 2, 6], [2, 5]),
        ([1, 3, 4, 5, 2], [2]),
        ([5, 1, 2, 3, 4], [5]),
    ],
)
def test_moved_names_both_of_a_pair_and_as_few_as_possible(
    numbers: list[int], expected: list[int]
) -> None:
    assert moved(numbers) == expected
