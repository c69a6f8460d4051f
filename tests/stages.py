"""A session and a sitting of it brought into any pair of states, with somebody of every role there.

story = brought("in_progress", "paused")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.builders import BRITTANY, DAY_MS, GRAND_EST, MARTINIQUE, SITTING, Story, people, person
from tests.builders import definition as defined
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.transitions import SittingState

OTHER = "sitting-0"
"""Held before, where the session has to be in progress."""
EARLIER_MS = 3_600_000
REASON = "Malaise"
OUTAGE = f"{SITTING}-1"

WITHIN = {
    "organiser": Role.ORGANISER,
    "host-organiser": Role.ORGANISER,
    "manager": Role.SESSION_MANAGER,
    "invigilator": Role.INVIGILATOR,
    "candidate": Role.CANDIDATE,
    "assistant": Role.ASSISTANT,
    "chair": Role.CHAIR,
    "examiner-1": Role.EXAMINER,
    "technician": Role.TECHNICIAN,
    "ops": Role.OPS,
    "station-1": Role.STATION,
}
"""Somebody of each role, with all the reach that the role can have over the sitting."""
BEYOND = {
    "third-organiser": (Role.ORGANISER, "foreign_office"),
    "third-invigilator": (Role.INVIGILATOR, "foreign_office"),
    "candidate-2": (Role.CANDIDATE, "foreign_office"),
    "examiner-3": (Role.EXAMINER, "not_a_member"),
}
"""Those of another office, another sitting, another commission; how they are refused."""
CAST = {**WITHIN, **{who: role for who, (role, _) in BEYOND.items()}}

ENDED = ("closed", "postponed", "absent", "withdrawn", "expelled", "voided", "cancelled")
NEVER_HELD = ("scheduled", "absent", "cancelled", "withdrawn", "expelled")
REACHABLE = {
    "draft": ("scheduled", "cancelled"),
    "open": NEVER_HELD,
    "in_progress": tuple(SittingState),
    # A sitting that runs is paused before its session is suspended.
    "suspended": tuple(state for state in SittingState if state != "running"),
    # The jury meets, and a session is given up, when nothing is ahead or under way.
    **dict.fromkeys(("deliberating", "closed", "archived", "cancelled", "moved"), ENDED),
}
"""By state of the session: the states that a sitting of it can be in."""
PAIRS = [(whole, one) for whole, states in REACHABLE.items() for one in states]


def definition(*, is_open: bool) -> cmd.SessionDefinition:
    plain = defined()
    guests = (
        person("assistant", "Anne", "Aidante", Role.ASSISTANT, BRITTANY, "on_site"),
        person("candidate-2", "Cléo", "Candidate", Role.CANDIDATE, MARTINIQUE, "on_site"),
        person("examiner-3", "Eve", "Autre", Role.EXAMINER, GRAND_EST, "remote"),
        person("host-organiser", "Hugo", "Hôte", Role.ORGANISER, BRITTANY, "on_site"),
        person("third-organiser", "Théo", "Tiers", Role.ORGANISER, MARTINIQUE, "on_site"),
        person("third-invigilator", "Tina", "Tierce", Role.INVIGILATOR, MARTINIQUE, "on_site"),
        person("technician", "Tom", "Technicien", Role.TECHNICIAN, BRITTANY, "on_site"),
        person("organiser-2", "Oscar", "Organisateur", Role.ORGANISER, GRAND_EST, "on_site"),
        replace(
            person("manager-2", "Max", "Suppléant", Role.SESSION_MANAGER, GRAND_EST, "on_site"),
            is_substitute=True,
        ),
        person("ops", "Olga", "Exploitation", Role.OPS, GRAND_EST, "remote"),
    )
    (plan,) = plain.sittings
    other = replace(
        plan,
        sitting_id=OTHER,
        candidate_id="candidate-2",
        host_office_id=MARTINIQUE.office_id,
        examiner_ids=(*plan.examiner_ids, "examiner-3"),
        planned_ms=DAY_MS - EARLIER_MS,
    )
    return replace(
        plain,
        offices=(GRAND_EST, BRITTANY, MARTINIQUE),
        participants=(*people(), *guests),
        sittings=(other, replace(plan, assistant_id="assistant")),
        is_open=is_open,
    )


def declared(story: Story, *, ago_s: int = 0, for_s: int | None = None) -> cmd.DeclareOutage:
    start_ms = story.now_ms - ago_s * 1000
    return cmd.DeclareOutage(
        sitting_id=SITTING,
        side="both",
        stream="audio",
        description="Sirène",
        start_ms=start_ms,
        end_ms=None if for_s is None else start_ms + for_s * 1000,
    )


# --- how a sitting comes to each state ------------------------------------------------------------


def received(story: Story, sitting_id: str, agent: str) -> None:
    """On duty, everyone's identity checked, connected; not admitted yet."""
    plan = story.session.sitting(sitting_id).plan
    for who in ("organiser", agent):
        story.act(who, cmd.TakeDuty())
    for who in plan.examiner_ids:
        story.act("organiser", cmd.CheckIdentity(participant_id=who, document="passport"))
    for guest in filter(None, (plan.candidate_id, plan.assistant_id)):
        story.act(agent, cmd.CheckIdentity(participant_id=guest, document="passport"))
    story.connect(*plan.examiner_ids, plan.candidate_id)


def admitted(story: Story, sitting_id: str = SITTING, agent: str = "invigilator") -> None:
    received(story, sitting_id, agent)
    story.act(agent, cmd.SignAttestation(sitting_id=sitting_id))
    story.act(agent, cmd.Admit(sitting_id=sitting_id))


def running(story: Story) -> None:
    """For five minutes, with one outage that is decided."""
    admitted(story)
    story.act("chair", cmd.Start(sitting_id=SITTING))
    story.wait(300)
    story.act("chair", declared(story, ago_s=100, for_s=10))
    story.decide_all()


def paused(story: Story) -> None:
    running(story)
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason=REASON))
    story.wait(10)


def ended_by(by: str, command: cmd.Command) -> Callable[[Story], None]:
    def end(story: Story) -> None:
        if story.session.state != "open":
            running(story)
        story.act(by, command)

    return end


def postponed(story: Story) -> None:
    running(story)
    story.act("examiner-1", cmd.RequestPostponement(sitting_id=SITTING, reason=REASON))
    for agent in ("organiser", "invigilator"):
        story.act(agent, cmd.AgreePostponement(sitting_id=SITTING))


def voided(story: Story) -> None:
    running(story)
    for agent in ("organiser", "invigilator"):
        story.act(agent, cmd.VoidSitting(sitting_id=SITTING, reason=REASON))


def absent(story: Story) -> None:
    story.act("invigilator", cmd.MarkAbsent(sitting_id=SITTING))


def cancelled(story: Story) -> None:
    story.act("organiser", cmd.CancelSitting(sitting_id=SITTING, reason=REASON))


def scheduled(story: Story) -> None:
    if story.session.state != "draft":
        received(story, SITTING, "invigilator")


SITTINGS: dict[str, Callable[[Story], None]] = {
    "scheduled": scheduled,
    "admitted": admitted,
    "running": running,
    "paused": paused,
    "closed": ended_by("chair", cmd.Close(sitting_id=SITTING)),
    "postponed": postponed,
    "absent": absent,
    "withdrawn": ended_by("invigilator", cmd.WithdrawCandidate(sitting_id=SITTING, cause="ill")),
    "expelled": ended_by("chair", cmd.ExpelCandidate(sitting_id=SITTING, reason="Fraude")),
    "voided": voided,
    "cancelled": cancelled,
}


def hold_the_other(story: Story) -> None:
    admitted(story, OTHER, "third-invigilator")
    story.act("chair", cmd.Start(sitting_id=OTHER))
    story.wait(60)
    story.act("chair", cmd.Close(sitting_id=OTHER))


def move_session(story: Story, state: str) -> None:
    """Bring the session to `state`, whatever its sitting came to."""
    match state:
        case "suspended":
            story.act("organiser", cmd.SuspendSession(reason=REASON))
        case "deliberating":
            story.act("chair", cmd.OpenDeliberation())
        case "closed" | "archived":
            story.deliberate()
            story.seal()
        case "cancelled":
            story.act("organiser", cmd.CancelSession(reason=REASON))
        case "moved":
            story.act("organiser", cmd.MoveSession(reason=REASON, to_session_id="deis-2027"))
    if state == "archived":
        made = ev.ArchiveMade(at_ms=story.now_ms, sha256="0" * 64, size_bytes=1)
        story.observe(made)


DAY = "2026-06-15"


def enrol_stations(story: Story) -> None:
    """One of each office: Brittany's, Grand Est's, Martinique's, numbered in this order."""
    for agent in ("invigilator", "organiser", "third-invigilator"):
        story.act(agent, cmd.EnrolStation(station="Poste 1", room="Salle 1", day=DAY))


def brought(whole: str, one: str) -> Story:
    """Return a story with the session and the sitting in these states."""
    story = Story(definition(is_open=whole != "draft"))
    enrol_stations(story)
    if whole not in {"draft", "open"}:
        hold_the_other(story)
    SITTINGS[one](story)
    move_session(story, whole)
    assert (story.session.state, story.session.sitting(SITTING).state) == (whole, one)
    return story
