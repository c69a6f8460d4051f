"""What each person may see, and that nothing changes with time alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from signaling.views import view_for
from tests.builders import (
    BRITTANY,
    DAY_MS,
    GRAND_EST,
    MARTINIQUE,
    SITTING,
    Story,
    definition,
    people,
    person,
)
from tests.stages import CAST, brought
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Relation, Role

OTHERS = (
    person("invigilator-2", "Max", "Référent", Role.INVIGILATOR, MARTINIQUE, "on_site"),
    person("candidate-2", "Zoé", "Secrète", Role.CANDIDATE, MARTINIQUE, "on_site"),
    person("technician", "Tom", "Technicien", Role.TECHNICIAN, GRAND_EST, "on_site"),
)
EVERYONE = [p.participant_id for p in (*people(), *OTHERS)]
JURY = {"chair", "examiner-1", "examiner-2"}


def two_offices() -> Story:
    """Each candidate in their own office; the first one's sitting runs."""
    plain = definition()
    plan = plain.sittings[0]
    later = replace(
        plan,
        sitting_id="sitting-2",
        candidate_id="candidate-2",
        host_office_id="martinique",
        planned_ms=DAY_MS + 3_600_000,
    )
    story = Story(
        replace(
            plain,
            offices=(GRAND_EST, BRITTANY, MARTINIQUE),
            participants=(*people(), *OTHERS),
            sittings=(plan, later),
        )
    )
    story.open_sitting()
    story.wait(60)
    return story


def deliberating(*, adopted: bool = False) -> Story:
    story = two_offices()
    story.cut("candidate", 5)
    story.decide_all()
    story.close_sitting()
    story.act("invigilator-2", cmd.MarkAbsent(sitting_id="sitting-2"))
    story.act("chair", cmd.OpenDeliberation())
    for who in sorted(JURY):
        story.act("chair", cmd.AnswerRollCall(participant_id=who, attendance="on_site"))
    story.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="full"))
    for who, ballot in (("chair", "for"), ("examiner-1", "for"), ("examiner-2", "against")):
        how: ev.Ballot = "for" if ballot == "for" else "against"
        story.act(who, cmd.CastVote(candidate_id="candidate", ballot=how))
    if adopted:
        story.act("chair", cmd.AdoptDecision(candidate_id="candidate"))
    return story


def seen(story: Story, who: str, *, later_ms: int = 0) -> dict[str, Any]:
    view = view_for(story.session, who, story.now_ms + later_ms)
    return view.model_dump(mode="json", exclude_none=True)


# --- who sees whom --------------------------------------------------------------------------


def test_a_candidate_sees_no_other_candidate() -> None:
    view = seen(two_offices(), "candidate")
    assert "candidate-2" not in json.dumps(view)
    assert "Secrète" not in json.dumps(view)
    assert set(view["sittings"]) == {SITTING}
    assert set(view["people"]) == set(EVERYONE) - {"candidate-2", "technician"}


@pytest.mark.requirement("A4")
def test_an_invigilator_sees_the_candidates_of_their_own_office() -> None:
    story = two_offices()
    first, second = seen(story, "invigilator"), seen(story, "invigilator-2")
    assert (set(first["sittings"]), set(second["sittings"])) == ({SITTING}, {"sitting-2"})
    assert "candidate-2" not in first["people"]
    assert "Camille" not in json.dumps(second)


@pytest.mark.parametrize("who", ["organiser", "manager"])
def test_who_holds_the_session_sees_everyone(who: str) -> None:
    view = seen(two_offices(), who)
    assert set(view["people"]) == set(EVERYONE)
    assert set(view["sittings"]) == {SITTING, "sitting-2"}


def test_a_technician_sees_no_sitting() -> None:
    view = seen(two_offices(), "technician")
    assert view["sittings"] == {}
    assert not {"candidate", "candidate-2"} & set(view["people"])


def test_an_examiner_of_another_commission_sees_no_candidate() -> None:
    plain = definition()
    plan = replace(plain.sittings[0], examiner_ids=("chair", "examiner-1"))
    view = seen(Story(replace(plain, sittings=(plan,))), "examiner-2")
    assert view["sittings"] == {}
    assert "candidate" not in view["people"]


@pytest.mark.parametrize("who", EVERYONE)
def test_a_view_names_nobody_whom_it_does_not_show(who: str) -> None:
    """A client looks people up by the ids it is given."""
    story = two_offices()
    for caller in ("candidate", "chair", "invigilator-2"):
        story.act(caller, cmd.CallHelp())
    view = seen(story, who)
    named = {call["participant_id"] for call in view["helps"].values()}
    for sitting in view["sittings"].values():
        named |= {sitting["candidate_id"], *sitting["examiner_ids"]}
        named |= {outage["participant_id"] for outage in sitting["outages"].values()}
    assert named - set(view["people"]) == set()


# --- help -----------------------------------------------------------------------------------


@pytest.mark.requirement("D11")
def test_a_call_for_help_is_seen_by_both_offices_and_the_caller() -> None:
    story = two_offices()
    story.act("candidate", cmd.CallHelp())
    informed = {who for who in EVERYONE if seen(story, who)["helps"]}
    assert informed == {"candidate", "organiser", "invigilator"}


# --- the deliberation -----------------------------------------------------------------------


@pytest.mark.requirement("J6")
def test_nobody_outside_the_jury_sees_the_deliberation() -> None:
    story = deliberating(adopted=True)
    informed = {who for who in EVERYONE if "deliberation" in seen(story, who)}
    assert informed == JURY


def test_a_member_whose_device_changed_sees_nothing_of_it_until_checked() -> None:
    story = deliberating()
    story.session.checks.pop("examiner-1")
    assert "deliberation" not in seen(story, "examiner-1")


def test_how_each_voted_stays_theirs() -> None:
    story = deliberating()
    decision = seen(story, "chair")["deliberation"]["decisions"]["candidate"]
    assert decision["voted"] == sorted(JURY)
    assert decision["my_ballot"] == "for"
    assert not {"votes_for", "votes_against", "abstentions"} & set(decision)
    assert "against" not in json.dumps(decision)
    adopted = deliberating(adopted=True)
    decision = seen(adopted, "examiner-2")["deliberation"]["decisions"]["candidate"]
    assert (decision["votes_for"], decision["votes_against"]) == (2, 1)
    assert decision["my_ballot"] == "against"


# --- documents ------------------------------------------------------------------------------


@pytest.mark.requirement("A4")
def test_documents_are_for_those_concerned_and_when_they_exist() -> None:
    story = deliberating(adopted=True)
    incident = f"incident-{SITTING}"
    readers = {who: set(seen(story, who)["documents"]) for who in EVERYONE}
    with_incident = {who for who, names in readers.items() if incident in names}
    assert with_incident == {"organiser", "invigilator", *JURY}
    assert not any("minutes" in names for names in readers.values())
    story.act("chair", cmd.CloseDeliberation())
    story.seal()
    readers = {who: set(seen(story, who)["documents"]) for who in EVERYONE}
    assert {who for who, names in readers.items() if "minutes" in names} == {
        "organiser",
        "manager",
        *JURY,
    }
    assert {who for who, names in readers.items() if "archive" in names} == {"organiser"}
    assert readers["candidate"] == readers["technician"] == set()
    assert not any("bretagne" in name or SITTING in name for name in readers["invigilator-2"])


def test_a_sitting_without_an_outage_has_no_incident_sheet() -> None:
    story = two_offices()
    story.act("chair", cmd.Close(sitting_id=SITTING))
    assert not any(name.startswith("incident") for name in seen(story, "organiser")["documents"])


# --- the clock ------------------------------------------------------------------------------


def moments() -> dict[str, Story]:
    """A sitting in every way its clock can stand."""
    stories = {"running": two_offices()}
    paused = two_offices()
    paused.act("chair", cmd.Pause(sitting_id=SITTING, reason="Alarme"))
    lost = two_offices()
    lost.cut("candidate", 12.4)
    lost.observe(ev.MediaDisconnected(at_ms=lost.now_ms, participant_id="candidate"))
    both = two_offices()
    both.observe(ev.MediaDisconnected(at_ms=both.now_ms, participant_id="candidate"))
    both.act("chair", cmd.Pause(sitting_id=SITTING, reason="Alarme"))
    capped = two_offices()
    capped.cut("candidate", 700)
    capped.observe(ev.MediaDisconnected(at_ms=capped.now_ms, participant_id="candidate"))
    closed = two_offices()
    closed.close_sitting()
    return stories | {
        "paused": paused,
        "lost": lost,
        "lost and paused": both,
        "at the cap": capped,
        "closed": closed,
    }


@pytest.mark.parametrize("name", moments())
def test_a_view_does_not_change_with_time_alone(name: str) -> None:
    """Otherwise two people would be told different clocks, and deltas would never end."""
    story = moments()[name]
    for who in ("candidate", "chair", "organiser"):
        assert seen(story, who) == seen(story, who, later_ms=123_457)


@pytest.mark.parametrize("name", moments())
def test_the_clock_gives_one_of_two_and_agrees_with_the_rules(name: str) -> None:
    story = moments()[name]
    clock = seen(story, "candidate")["sittings"][SITTING]["clock"]
    assert ("end_due_ms" in clock) is clock["runs"] is ("remaining_ms" not in clock)
    reading = story.session.sitting(SITTING).read_clock(story.now_ms)
    assert reading is not None
    shown = clock["end_due_ms"] - story.now_ms if clock["runs"] else clock["remaining_ms"]
    assert shown == reading.remaining_ms


def test_an_open_outage_tells_since_when_and_a_closed_one_what_it_gives() -> None:
    story = two_offices()
    story.cut("candidate", 6.2)
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    closed, still = seen(story, "chair")["sittings"][SITTING]["outages"].values()
    assert (closed["provisional_s"], closed["most_s"]) == (7, 7)
    assert not {"end_ms", "provisional_s", "most_s", "granted_s"} & set(still)


# --- streams --------------------------------------------------------------------------------


def test_a_stream_is_none_on_off_or_interrupted() -> None:
    story = two_offices()

    def audio() -> str:
        return str(seen(story, "chair")["people"]["candidate"]["audio"])

    def switch(*, is_on: bool) -> None:
        story.observe(
            ev.MediaSwitched(
                at_ms=story.now_ms, participant_id="candidate", stream="audio", is_on=is_on
            )
        )

    assert seen(story, "chair")["people"]["organiser"]["audio"] == "none"
    assert audio() == "on"
    switch(is_on=False)
    assert audio() == "off"
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    assert audio() == "interrupted"


@pytest.mark.requirement("D3")
def test_who_is_on_duty_is_told_to_staff_and_jury_and_what_is_missing() -> None:
    story = Story()
    story.act("invigilator", cmd.TakeDuty())
    told = seen(story, "organiser")["duty"]
    assert told["on_duty"] == {
        "invigilator": {"office_id": "bretagne", "since_ms": story.now_ms, "has_left": False}
    }
    assert told["missing"] == {SITTING: [{"office_id": "grand-est", "role": "organiser"}]}
    informed = {p.participant_id for p in people() if "duty" in seen(story, p.participant_id)}
    assert informed == {"organiser", "invigilator", "manager", *JURY}


@pytest.mark.requirement("D3")
def test_only_who_is_on_duty_is_told_to_whom_they_may_hand_over() -> None:
    relief = person("invigilator-2", "Max", "Relève", Role.INVIGILATOR, BRITTANY, "on_site")
    story = Story(definition(participants=(*people(), relief)))
    assert seen(story, "invigilator")["duty"]["successors"] == []
    story.act("invigilator", cmd.TakeDuty())
    assert seen(story, "invigilator")["duty"]["successors"] == ["invigilator-2"]
    story.act("organiser", cmd.WithdrawParticipant(participant_id="invigilator", reason="Parti"))
    assert seen(story, "organiser")["duty"]["on_duty"]["invigilator"]["has_left"]


@pytest.mark.requirement("B8")
def test_relations_are_the_organisers_business() -> None:
    relation = Relation(examiner_id="examiner-2", candidate_id="candidate", kind="kin")
    plan = replace(definition().sittings[0], examiner_ids=("chair", "examiner-1"))
    story = Story(definition(relations=(relation,), sittings=(plan,)))
    told = {who for who in EVERYONE[:7] if seen(story, who)["relations"]}
    assert told == {"organiser"}


@pytest.mark.requirement("B5")
def test_a_failed_test_of_a_station_is_told_to_both_offices() -> None:
    story = Story()
    story.act(
        "invigilator",
        cmd.RecordStationTest(
            station="Poste 2",
            office_id="bretagne",
            partner_id="organiser",
            browser="Firefox 145",
            path="tcp",
            quality=31,
            is_good=False,
            remarks="Son haché",
        ),
    )
    told = {who: seen(story, who)["station_tests"] for who in EVERYONE[:7]}
    assert {who for who, stations in told.items() if stations} == {"organiser", "invigilator"}
    assert told["organiser"]["Poste 2"] == {
        "office_id": "bretagne",
        "tested_ms": story.now_ms,
        "tested_by": "invigilator",
        "browser": "Firefox 145",
        "path": "tcp",
        "quality": 31,
        "is_good": False,
        "remarks": "Son haché",
    }


@pytest.mark.requirement("B6")
@pytest.mark.parametrize("who", EVERYONE[:7])
def test_the_contacts_of_every_office_are_in_every_view(who: str) -> None:
    story = Story()
    contacts = {office["contact"] for office in seen(story, who)["offices"].values()}
    assert contacts == {office.contact for office in story.session.info.offices}


@pytest.mark.requirement("D6")
def test_the_quality_of_a_connection_is_shown_to_who_can_act_on_it() -> None:
    story = two_offices()
    assert seen(story, "chair")["people"]["candidate"]["quality"] == "good"
    story.observe(ev.QualityDegraded(at_ms=story.now_ms, participant_id="candidate"))
    for who in ("chair", "examiner-1", "organiser", "invigilator"):
        assert seen(story, who)["people"]["candidate"]["quality"] == "poor"
    assert "quality" not in seen(story, "candidate")["people"]["chair"]
    story.observe(
        ev.DownlinkInterrupted(
            at_ms=story.now_ms,
            participant_id="candidate",
            stream="video",
            cause="downlink",
            witness="reports",
            detected_ms=story.now_ms,
        )
    )
    assert seen(story, "organiser")["people"]["candidate"]["quality"] == "cut"
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    assert "quality" not in seen(story, "organiser")["people"]["candidate"]


@pytest.mark.requirement("B5")
def test_a_check_of_a_device_is_told_to_the_agents_and_to_whom_it_is_of() -> None:
    story = Story()
    checked = cmd.RecordDeviceCheck(
        browser="Firefox 145", open_paths=("tcp",), path="tcp", verdict="poor", lost_permille=80
    )
    story.act("candidate", checked)
    told = {who: seen(story, who)["people"]["candidate"] for who in ("organiser", "candidate")}
    assert told["organiser"]["device_check"] == {
        "at_ms": story.now_ms,
        "verdict": "poor",
        "path": "tcp",
        "browser": "Firefox 145",
        "lost_permille": 80,
    }
    knows = {who for who in EVERYONE[:7] if "candidate" in seen(story, who)["people"]}
    assert {w for w in knows if seen(story, w)["people"]["candidate"].get("device_check")} == {
        *("organiser", "manager", "invigilator", "candidate")
    }


@pytest.mark.requirement("B5")
def test_a_technical_test_is_told_to_the_staff_and_to_stations_alone() -> None:
    story = brought("open", "scheduled")
    story.act("invigilator", cmd.OpenTechnicalTest())
    told = {who: seen(story, who).get("technical_test") for who in CAST}
    assert {CAST[who].value for who, test in told.items() if test} == {
        *("organiser", "invigilator", "session_manager", "technician", "station")
    }
    test = seen(story, "technician")["technical_test"]
    assert (test["opened_ms"], test["opened_by"]) == (story.now_ms, "Rémi Référent")
    for who in ("technician", "station-1", "third-invigilator"):
        view = seen(story, who)
        named = {*view["people"], *view["stations"]}
        assert set(test["people"]) <= named, "whoever is let in has a name there"
        assert view["place"] == "test"
