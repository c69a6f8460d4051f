"""The register over HTTP: within a second, by right, recorded, and of the past."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.builders import BRITTANY, GRAND_EST, Story, definition, people, person
from tests.signaling.api.test_documents import readings
from tests.signaling.site import Site, refusal_of
from visiojury.exam import commands as cmd
from visiojury.exam.people import Role

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("J1")]

DUE_S = 1.0
"""Source: the instruction's identification at any time; design of identity."""
TWO_HOURS_MS = 2 * 3600 * 1000


def large_plan() -> cmd.SessionDefinition:
    """Twelve members of the jury and sixty candidates."""
    plain = definition()
    first = plain.sittings[0]
    others = [
        person(f"examiner-{n}", f"Membre{n}", "Alex", Role.EXAMINER, GRAND_EST, "remote")
        for n in range(3, 12)
    ]
    guests = [
        person(f"candidate-{n}", f"Nom{n}", "Sam", Role.CANDIDATE, BRITTANY, "on_site")
        for n in range(2, 61)
    ]
    sittings = [
        replace(
            first,
            sitting_id=f"sitting-{n}",
            candidate_id=f"candidate-{n}",
            planned_ms=first.planned_ms + (n - 1) * TWO_HOURS_MS,
        )
        for n in range(2, 61)
    ]
    return replace(plain, participants=(*people(), *others, *guests), sittings=(first, *sittings))


async def test_who_is_here_is_told_within_a_second_in_a_session_of_full_size(site: Site) -> None:
    story = Story(large_plan())
    for member in story.session.jury():
        story.check(member.participant_id)
        story.connect(member.participant_id)
    session = await site.tell(story)
    chair, candidate = [await site.person(session, who) for who in ("chair", "candidate")]
    invigilator = await site.person(session, "invigilator")
    began_s = time.monotonic()
    told = await chair.get(f"/api/sessions/{session}/register")
    took_s = time.monotonic() - began_s
    print(f"register of {len(told['lines'])} people in {took_s * 1000:.0f} ms")
    assert took_s < DUE_S
    lines = told["lines"]
    assert sum(line["role"] in {"chair", "examiner"} for line in lines.values()) == 12
    assert sum(line["role"] == "candidate" for line in lines.values()) == 60
    member = lines["examiner-11"]
    assert (member["missing"], member["check"]["by"]) == (None, "organiser")
    assert (member["is_connected"], member["connection"]) == (True, "sha-256 AB:CD")
    assert lines["chair"]["authentication"] == "invitation+code"
    assert len(lines["chair"]["device_key"]) == 43  # RFC 7638, SHA-256
    assert lines["candidate"]["missing"] == "identity_unchecked"
    assert readings(site, session) == [("chair", "register")]
    # The host office reads of its own candidates; a candidate reads nothing, and leaves no trace.
    assert "candidate-60" in (await invigilator.get(f"/api/sessions/{session}/register"))["lines"]
    refused = await refusal_of(candidate.get(f"/api/sessions/{session}/register"))
    assert refused.refusal == "document_unknown"
    assert [who for who, _ in readings(site, session)] == ["chair", "invigilator"]


async def test_a_moment_of_the_past_is_told_from_the_record(site: Site) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    before_ms = site.server.instants.now_ms()
    await organiser.act("check_identity", participant_id="chair", document="passport")
    path = f"/api/sessions/{session}/register"
    now = (await organiser.get(path))["lines"]["chair"]
    then = await organiser.get(f"{path}/{before_ms}")
    assert (now["missing"], now["check"]["document"]) == (None, "passport")
    assert then["at_ms"] == before_ms
    assert then["lines"]["chair"]["missing"] == "identity_unchecked"
    assert readings(site, session)[-1] == ("organiser", f"register-{before_ms}")
    for moment in ("0", "soon", str(before_ms * 2)):
        refused = await refusal_of(organiser.get(f"{path}/{moment}"))
        assert refused.refusal == "moment_unknown"


async def test_a_new_check_is_asked_for_and_shown_to_whoever_makes_it(site: Site) -> None:
    session = await site.create()
    organiser, chair = [await site.person(session, who) for who in ("organiser", "chair")]
    await organiser.act("check_identity", participant_id="examiner-1", document="passport")
    await chair.act("ask_identity_check", participant_id="examiner-1", reason="Voix différente.")
    line = (await organiser.get(f"/api/sessions/{session}/register"))["lines"]["examiner-1"]
    assert (line["missing"], line["doubt"]["by"]) == ("identity_asked", "chair")
    await organiser.act("refuse_identity", participant_id="examiner-1")
    line = (await chair.get(f"/api/sessions/{session}/register"))["lines"]["examiner-1"]
    assert line["missing"] == "identity_refused"
