"""The report's arithmetic: recorded minus true, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from visiojury.rehearsal.report import (
    Report,
    Spread,
    Truth,
    clock_seen,
    outages_seen,
    relay_seen,
)

TRUTH = Truth(start_ms=1_000_000.0, length_s=6.0)
SHOWN = {"audio": 1.2, "video": 2.2}


def event(kind: str, stream: str, at_ms: int, who: str = "c") -> dict[str, Any]:
    return {"type": f"media.{kind}", "stream": stream, "at_ms": at_ms, "participant_id": who}


def cut(*, start_ms: int = 999_985, end_ms: int = 1_006_020) -> list[dict[str, Any]]:
    return [
        {"type": "session.created", "at_ms": 1},
        event("interrupted", "audio", start_ms),
        event("interrupted", "audio", start_ms, who="someone else"),
        event("interrupted", "video", start_ms),
        event("restored", "audio", end_ms),
        event("restored", "video", end_ms),
    ]


def test_errors_are_recorded_minus_true() -> None:
    seen, wrong = outages_seen(cut(), participant_id="c", truth=TRUTH, shown_after_s=SHOWN)  # type: ignore[arg-type]
    assert wrong == []
    assert [(o.stream, o.start_error_s, o.length_error_s) for o in seen] == [
        ("audio", -0.015, 0.035),
        ("video", -0.015, 0.035),
    ]
    assert [o.shown_after_s for o in seen] == [1.2, 2.2]


@pytest.mark.parametrize(
    ("bounds", "what"),
    [
        ({"start_ms": 999_849, "end_ms": 1_005_849}, "début"),
        ({"start_ms": 1_000_151, "end_ms": 1_006_151}, "début"),
        ({"end_ms": 1_006_286}, "durée"),
        ({"end_ms": 1_005_684}, "durée"),
    ],
)
def test_a_record_that_is_off_is_found(bounds: dict[str, int], what: str) -> None:
    _, wrong = outages_seen(
        cut(**bounds),
        participant_id="c",
        truth=TRUTH,
        shown_after_s=SHOWN,  # type: ignore[arg-type]
    )
    assert [what in line for line in wrong] == [True, True]


def test_a_late_screen_is_found() -> None:
    late = {"audio": 1.6, "video": 2.4}
    _, wrong = outages_seen(cut(), participant_id="c", truth=TRUTH, shown_after_s=late)  # type: ignore[arg-type]
    assert ["audio" in line and "affichage" in line for line in wrong] == [True]


def test_a_missing_or_second_interruption_is_found() -> None:
    events = [*cut(), event("interrupted", "audio", 2), event("restored", "audio", 3)]
    missing = [e for e in events if e.get("stream") != "video"]
    seen, wrong = outages_seen(missing, participant_id="c", truth=TRUTH, shown_after_s=SHOWN)  # type: ignore[arg-type]
    assert (seen, len(wrong)) == ([], 2)


@pytest.mark.parametrize(
    ("given_s", "holds"), [(6.0, True), (7.0, True), (5.999, False), (7.001, False)]
)
def test_the_clock_never_gives_less_and_at_most_a_second_more(given_s: float, holds: bool) -> None:
    seen, wrong = clock_seen(due_s=6.0, given_s=given_s)
    assert (not wrong) is holds
    assert seen.error_s == pytest.approx(given_s - 6.0)


def test_a_report_is_ok_until_something_failed() -> None:
    report = Report()
    assert report.as_json()["ok"] is True
    report.failures.append("x")
    assert report.as_json()["ok"] is False


def test_every_promised_key_is_there_even_when_nothing_was_reached() -> None:
    keys = {"ok", "join_s", "first_frame_s", "outages", "clock", "record", "documents", "relay"}
    assert keys <= Report().as_json().keys()


def test_figures_of_the_relay_are_per_packet_out() -> None:
    delay = {"p50": 0.2, "p99": 1.5}
    before = {"packets_out": 1_000, "cpu_s": 0.5, "delay_total_ms": delay}
    after = {"packets_out": 3_000, "cpu_s": 0.55, "delay_total_ms": delay}
    seen = relay_seen(before, after)
    assert (seen["packets_out"], seen["cpu_us_per_packet_out"]) == (2_000, 25.0)
    assert seen["delay_ms"] == delay
    assert relay_seen(before, before)["cpu_us_per_packet_out"] is None


def test_a_spread_of_nothing_is_nothing() -> None:
    assert Spread.of([]) is None
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(p50=2.0, max=3.0)
