"""Stations: enrolled for a day and a room, shared, renewed by the roll call, away or silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import DAY_MS, SITTING, Story
from tests.stages import DAY, brought
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import DecisionError, DefinitionError, ExamError, NotAllowedError
from visiojury.exam.media import STREAMS
from visiojury.exam.outages import hindrances
from visiojury.exam.people import Role
from visiojury.exam.react import deadline
from visiojury.exam.register import is_cut_off, register
from visiojury.exam.stations import carrier, state_of

ORGANISERS = "station-2"
"""Grand Est's, as tests/stages.py enrols them."""
HOUR_MS = 3_600_000


def attest(story: Story, who: str, station_id: str = ORGANISERS, by: str = "organiser") -> None:
    story.act(by, cmd.AttestPresence(station_id=station_id, participant_id=who))


def sign_in(story: Story, who: str, station_id: str = ORGANISERS, step: int | None = None) -> None:
    """As the edge records it, once the code was found right."""
    story.redeem(who, f"key-{who}")
    story._record(
        [
            ev.StationSignedIn(
                at_ms=story.now_ms,
                station_id=station_id,
                participant_id=who,
                invitation_id=f"access-{who}",
                factor="code" if step is None else "totp",
                totp_step=step,
            )
        ],
        by=who,
    )


def call(story: Story, who: str) -> None:
    story.act("chair", cmd.AnswerRollCall(participant_id=who, attendance="on_site"))


def refusal(story: Story, by: str, command: cmd.Command) -> str:
    with pytest.raises(ExamError) as refused:
        story.act(by, command)
    return refused.value.code


@pytest.fixture
def met() -> Story:
    """The jury's meeting is open; a station of the organising office sends."""
    story = brought("deliberating", "closed")
    story.observe(ev.StationPlaced(at_ms=story.now_ms, station_id=ORGANISERS, network="n1"))
    story.connect(ORGANISERS)
    return story


# --- enrolment ------------------------------------------------------------------------------------


def test_a_station_is_enrolled_for_a_calendar_day_of_its_office() -> None:
    story = brought("open", "scheduled")
    paris = story.session.stations.known[ORGANISERS].enrolled
    overseas = story.session.stations.known["station-3"].enrolled
    assert (paris.start_ms, paris.end_ms) == (DAY_MS - 11 * HOUR_MS, DAY_MS + 13 * HOUR_MS)
    assert overseas.start_ms - paris.start_ms == 6 * HOUR_MS
    assert (paris.office_id, overseas.office_id) == ("grand-est", "martinique")
    assert story.session.stations.known[ORGANISERS].enrolled_by == "organiser"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-06-14", "station_day_over"),
        ("2026-06-31", "station_day_malformed"),
        ("9999-12-31", "station_day_malformed"),
        ("1969-12-31", "station_day_malformed"),
        (DAY, "station_enrolled"),
    ],
)
def test_a_day_that_cannot_be_is_refused(day: str, code: str) -> None:
    story = brought("open", "scheduled")
    with pytest.raises(DefinitionError, match=code):
        story.act("organiser", cmd.EnrolStation(station="Poste 1", room="Salle 1", day=day))


def test_a_station_and_a_person_never_share_an_identifier() -> None:
    story = brought("open", "scheduled")
    (late,) = [p for p in story.session.enrolled() if p.participant_id == "examiner-3"]
    again = cmd.EnrolParticipant(participant=replace(late, participant_id=ORGANISERS))
    assert refusal(story, "organiser", again) == "identifier_reused"
    is_one = cmd.EnrolParticipant(
        participant=replace(late, participant_id="poste", role=Role.STATION)
    )
    assert refusal(story, "organiser", is_one) == "role_unfit"


def test_at_the_end_of_its_day_a_station_is_withdrawn_by_itself() -> None:
    story = brought("open", "scheduled")
    story.redeem(ORGANISERS, "key")
    end_ms = story.session.stations.known[ORGANISERS].enrolled.end_ms
    assert deadline(story.session, story.now_ms) == end_ms
    story.now_ms = end_ms - 1
    story.observe()
    assert not story.session.stations.known[ORGANISERS].is_withdrawn
    story.now_ms = end_ms
    story.observe()
    assert story.session.stations.known[ORGANISERS].is_withdrawn
    assert story.session.standing_access(ORGANISERS) == {}
    assert not story.session.stations.known["station-3"].is_withdrawn  # Its day is not over.


# --- who is at it ---------------------------------------------------------------------------------


def test_only_whose_identity_was_checked_is_attested_and_only_whom_a_station_is_for() -> None:
    story = brought("draft", "scheduled")
    story.act("organiser", cmd.OpenSession())
    unchecked = cmd.AttestPresence(station_id=ORGANISERS, participant_id="chair")
    assert refusal(story, "organiser", unchecked) == "identity_unchecked"
    agent = cmd.AttestPresence(station_id=ORGANISERS, participant_id="invigilator")
    assert refusal(story, "organiser", agent) == "role_not_at_station"
    for station_id in ("station-1", "station-3"):
        elsewhere = cmd.AttestPresence(station_id=station_id, participant_id="chair")
        assert refusal(story, "organiser", elsewhere) == "foreign_station"


def test_an_agent_attests_no_candidate_whom_another_office_hosts() -> None:
    story = brought("open", "scheduled")
    other = cmd.AttestPresence(station_id="station-3", participant_id="candidate")
    assert refusal(story, "third-invigilator", other) == "foreign_office"


def test_a_station_is_for_its_own_day() -> None:
    story = brought("open", "scheduled")
    story.act("organiser", cmd.EnrolStation(station="Poste 9", room="Salle 9", day="2026-06-16"))
    tomorrow = cmd.AttestPresence(station_id="station-4", participant_id="chair")
    assert refusal(story, "organiser", tomorrow) == "station_not_today"


def test_a_person_is_at_one_station_and_the_record_says_that_they_left_the_other() -> None:
    story = brought("open", "scheduled")
    story.act("organiser", cmd.EnrolStation(station="Poste 9", room="Salle 9", day=DAY))
    attest(story, "chair")
    attest(story, "chair", "station-4")
    last = [draft.event.type for draft in story.drafts[-2:]]
    assert last == ["station.signed_out", "presence.attested"]
    assert story.session.stations.people_at(ORGANISERS) == []
    assert carrier(story.session, "chair") == "station-4"


def test_whoever_gives_an_authenticators_code_at_a_station_cannot_give_it_again() -> None:
    story = brought("open", "scheduled")
    sign_in(story, "chair", step=77)
    assert story.session.access["access-chair"].totp_step == 77


# --- what carries them ----------------------------------------------------------------------------


@pytest.mark.requirement("D7")
def test_a_candidates_clock_stops_with_the_station_that_they_sit_at() -> None:
    story = brought("in_progress", "running")
    attest(story, "candidate", "station-1", by="invigilator")
    story.connect("station-1")
    assert hindrances(story.session, story.session.sitting(SITTING)) == ()
    story.wait(30)
    story.cut("station-1", 6)
    outage = story.session.sitting(SITTING).outages[-1]
    assert outage.end_ms is not None
    assert outage.end_ms - outage.start_ms == 6_000
    assert {h.participant_id for h in outage.hindrances} == {"candidate"}


# --- the roll call --------------------------------------------------------------------------------


@pytest.mark.requirement("J1", "J4")
def test_an_attestation_from_before_the_roll_call_does_not_count() -> None:
    story = brought("in_progress", "closed")
    story.observe(ev.StationPlaced(at_ms=story.now_ms, station_id=ORGANISERS, network="n1"))
    story.connect(ORGANISERS)
    attest(story, "chair")
    story.act("chair", cmd.OpenDeliberation())
    late = cmd.AnswerRollCall(participant_id="chair", attendance="on_site")
    assert refusal(story, "chair", late) == "presence_stale"
    attest(story, "chair")
    call(story, "chair")
    (line,) = [line for line in register(story.session) if line.participant_id == "chair"]
    assert (line.attendance, line.place) == ("on_site", "Salle 1, Poste 1")
    assert (line.station_id, line.authentication) == (ORGANISERS, "attested")


@pytest.mark.requirement("J4")
def test_each_roll_call_asks_anew(met: Story) -> None:
    attest(met, "chair")
    sign_in(met, "examiner-1")
    story = met
    story.act("organiser", cmd.CheckIdentity(participant_id="examiner-1", document="passport"))
    for who in ("chair", "examiner-1"):
        call(story, who)
    assert story.session.deliberation.present() == ["chair", "examiner-1"]
    story.wait(60)
    story.act("chair", cmd.BeginRollCall())
    assert story.session.deliberation.present() == []
    assert {line.attendance for line in register(story.session)} == {None}
    for who in ("chair", "examiner-1"):
        again = cmd.AnswerRollCall(participant_id=who, attendance="on_site")
        assert refusal(story, "chair", again) == "presence_stale"
    attest(story, "chair")
    sign_in(story, "examiner-1")
    for who in ("chair", "examiner-1"):
        call(story, who)
    assert story.session.deliberation.present() == ["chair", "examiner-1"]


def test_whoever_steps_away_is_no_longer_counted(met: Story) -> None:
    for who in ("chair", "examiner-1"):
        attest(met, who)
        call(met, who)
    met.act("organiser", cmd.LeaveStation(station_id=ORGANISERS, participant_id="examiner-1"))
    assert met.session.deliberation.present() == ["chair"]
    met.act("organiser", cmd.WithdrawStation(station_id=ORGANISERS))
    assert met.session.deliberation.present() == []


def test_a_station_lets_go_of_its_own_people_and_does_nothing_else(met: Story) -> None:
    attest(met, "chair")
    call(met, "chair")
    vote = cmd.CastVote(candidate_id="candidate-2", ballot="for")
    with pytest.raises(NotAllowedError, match="not_allowed"):
        met.act(ORGANISERS, vote)
    other = cmd.LeaveStation(station_id="station-1", participant_id="chair")
    assert refusal(met, ORGANISERS, other) == "foreign_station"
    met.act("organiser", cmd.EnrolStation(station="Poste 9", room="Salle 9", day=DAY))
    of_the_same_office = cmd.LeaveStation(station_id=ORGANISERS, participant_id="chair")
    assert refusal(met, "station-4", of_the_same_office) == "foreign_station"
    met.act(ORGANISERS, cmd.LeaveStation(station_id=ORGANISERS, participant_id="chair"))
    assert met.session.stations.at == {}


# --- away, silent ---------------------------------------------------------------------------------


@pytest.mark.requirement("J2", "J5")
def test_at_a_silent_station_a_member_is_cut_off_and_nothing_is_decided(met: Story) -> None:
    for who in ("chair", "examiner-1"):
        attest(met, who)
        call(met, who)
    station = met.session.stations.known[ORGANISERS]
    assert state_of(met.session, station) == "here"
    met.act("chair", cmd.TakeUpCandidate(candidate_id="candidate-2"))
    met.act("chair", cmd.ProposeDecision(candidate_id="candidate-2", outcome="full"))
    for who in ("chair", "examiner-1"):
        met.act(who, cmd.CastVote(candidate_id="candidate-2", ballot="for"))
    for stream in STREAMS:
        met.observe(
            ev.MediaInterrupted(
                at_ms=met.now_ms,
                participant_id=ORGANISERS,
                stream=stream,
                cause="uplink",
                detected_ms=met.now_ms,
            )
        )
    assert state_of(met.session, station) == "silent"
    assert is_cut_off(met.session, "examiner-1")
    with pytest.raises(DecisionError, match="member_cut_off"):
        met.act("chair", cmd.AdoptDecision(candidate_id="candidate-2"))
    attest(met, "examiner-2")
    silent = cmd.AnswerRollCall(participant_id="examiner-2", attendance="on_site")
    assert refusal(met, "chair", silent) == "station_silent"


def test_a_station_that_left_its_network_or_came_back_is_attested_anew(met: Story) -> None:
    station = met.session.stations.known[ORGANISERS]
    late = cmd.AnswerRollCall(participant_id="chair", attendance="on_site")
    for event in (ev.StationNetworkLeft, ev.StationNetworkReturned):
        attest(met, "chair")
        met.observe(event(at_ms=met.now_ms, station_id=ORGANISERS))
        assert refusal(met, "chair", late) == "presence_stale"
        assert (state_of(met.session, station) == "away") == (event is ev.StationNetworkLeft)
    attest(met, "chair")
    call(met, "chair")


def test_a_link_opened_anew_places_the_station_anew(met: Story) -> None:
    met.redeem(ORGANISERS, "another-key")
    assert state_of(met.session, met.session.stations.known[ORGANISERS]) == "awaited"
