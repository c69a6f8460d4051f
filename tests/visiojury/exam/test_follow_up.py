"""After the seal: who signs, what waits for whom, what is due, what an appeal holds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import get_args

import pytest

from tests.builders import BRITTANY, DAY_MS, SITTING, Story, eventful_story, sealed_story
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.follow_up import (
    HANDLERS,
    concerning,
    deadlines,
    hosts,
    signers,
    unsigned,
)
from visiojury.exam.people import Role
from visiojury.record.fold import fold

DAYS_MS = 24 * 3600 * 1000
SIGN = cmd.SignMinutes(minutes_sha256="ab" * 32, signature="s", public_key={"kty": "EC"})
AMEND = cmd.WriteAmendment(text="Page 2, lire « bloc 2 ».")
DELIVER = cmd.DeliverMinutes(recipient="DDETS du Bas-Rhin")
EXTRACT = cmd.SendExtract(
    office_id=BRITTANY.office_id,
    files=(ev.AttachedFile(name="Lauréats", sha256="cd" * 32, size_bytes=10),),
)
APPEAL = cmd.EnterAppeal(candidate_id="candidate", grounds="Coupures pendant l’épreuve.")


def signed_by_all() -> Story:
    story = sealed_story()
    for who in signers(story.session):
        story.act(who, SIGN)
    return story


# --- the order ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", HANDLERS, ids=lambda command: command.__name__)
def test_nothing_follows_a_seal_that_is_not_there(command: type[cmd.Command]) -> None:
    samples: dict[type[cmd.Command], cmd.Command] = {
        type(one): one
        for one in (
            SIGN,
            AMEND,
            DELIVER,
            EXTRACT,
            APPEAL,
            cmd.AcknowledgeExtract(),
            cmd.PublishResults(place="Site"),
            cmd.CloseAppeal(appeal_id="x", outcome="Rejeté"),
            cmd.ExplainMissingSignature(participant_id="chair", reason="Souffrante"),
            cmd.SignAmendment(
                amendment_id="x", sha256="0" * 64, signature="s", public_key={"kty": "EC"}
            ),
        )
    }
    story = Story()
    by = {Role.SESSION_MANAGER: "manager"}
    for role in Role:
        actor = story.session.participants.get(by.get(role, role.value))
        if actor is None:
            continue
        with pytest.raises(ExamError) as refusal:
            decide(story.session, samples[command], actor=actor, now_ms=story.now_ms)
        assert refusal.value.code in {"record_unsealed", "not_allowed"}


@pytest.mark.requirement("J8")
def test_all_of_it_may_follow_the_seal_and_touches_nothing_before() -> None:
    story = signed_by_all()
    sealed_at = next(e.seq for e in story.entries if isinstance(e.event, ev.RecordSealed))
    before = [e.digest for e in story.entries if e.seq <= sealed_at]
    story.act("chair", AMEND)
    story.act("organiser", DELIVER)
    story.act("organiser", cmd.PublishResults(place="Site de la DREETS"))
    story.act("organiser", EXTRACT)
    story.act("invigilator", cmd.AcknowledgeExtract())
    story.act("organiser", APPEAL)
    story.act("organiser", cmd.CloseAppeal(appeal_id="appeal-1", outcome="Rejeté"))
    assert [e.digest for e in story.entries if e.seq <= sealed_at] == before
    assert all(isinstance(e.event, ev.AFTER_THE_SEAL) for e in story.entries if e.seq > sealed_at)
    assert fold(story.entries).after == story.session.after


# --- signatures -----------------------------------------------------------------------------


@pytest.mark.requirement("J8")
def test_members_who_attended_and_the_session_manager_sign() -> None:
    story = sealed_story()
    assert signers(story.session) == ["manager", "chair", "examiner-1", "examiner-2"]
    for stranger in ("organiser", "invigilator", "candidate"):
        refused(story, stranger, SIGN, "not_allowed")
    story.session.deliberation.intervals = [
        one for one in story.session.deliberation.intervals if one.participant_id != "examiner-2"
    ]
    refused(story, "examiner-2", SIGN, "not_a_signer")


@pytest.mark.requirement("J8")
def test_signatures_come_in_time_and_once_each() -> None:
    story = sealed_story()
    story.act("chair", SIGN)
    first = story.session.after.signatures["chair"]
    story.wait(3600)
    story.act("chair", replace(SIGN, signature="t"))
    assert story.session.after.signatures == {"chair": first}
    assert unsigned(story.session) == ["manager", "examiner-1", "examiner-2"]
    refused(story, "organiser", DELIVER, "minutes_unsigned")


@pytest.mark.requirement("J8")
def test_a_missing_signature_is_explained_and_may_come_after_all() -> None:
    story = sealed_story()
    for who in ("manager", "chair", "examiner-1"):
        story.act(who, SIGN)
    explain = cmd.ExplainMissingSignature(participant_id="examiner-2", reason="Hospitalisée.")
    refused(story, "examiner-1", explain, "not_allowed")
    refused(story, "chair", replace(explain, participant_id="manager"), "signed_already")
    refused(story, "chair", replace(explain, participant_id="organiser"), "not_a_signer")
    story.act("organiser", explain)
    assert unsigned(story.session) == []
    story.act("organiser", DELIVER)
    story.act("examiner-2", SIGN)
    assert story.session.after.missing == {}


@pytest.mark.requirement("J8")
def test_an_amendment_is_signed_for_its_own_text() -> None:
    story = sealed_story()
    story.act("organiser", AMEND)
    amendment = story.session.after.amendments["amendment-1"]
    assert amendment.written.sha256 == hashlib.sha256(AMEND.text.encode()).hexdigest()
    command = cmd.SignAmendment(
        amendment_id="amendment-1",
        sha256=amendment.written.sha256,
        signature="s",
        public_key={"kty": "EC"},
    )
    story.act("chair", command)
    story.act("chair", command)
    story.act("manager", command)
    assert list(amendment.signatures) == ["chair", "manager"]
    refused(story, "examiner-1", replace(command, sha256="0" * 64), "digest_mismatch")
    refused(story, "examiner-1", replace(command, amendment_id="x"), "amendment_unknown")


# --- deadlines ------------------------------------------------------------------------------


@pytest.mark.requirement("A3")
@pytest.mark.parametrize("days", [15, 5])
def test_the_minutes_are_due_in_the_days_of_the_diploma(days: int) -> None:
    story = signed_by_all()
    info = story.session.info
    story.session.created = replace(info, diploma=replace(info.diploma, minutes_days=days))
    closed_ms = story.session.deliberation.closed_ms
    assert closed_ms is not None
    due_ms = closed_ms + days * DAYS_MS
    assert [d.is_late for d in deadlines(story.session, due_ms)] == [False]
    (late,) = deadlines(story.session, due_ms + 1)
    assert (late.code, late.due_ms, late.done_ms, late.is_late) == ("minutes", due_ms, None, True)
    story.act("organiser", DELIVER)
    (done,) = deadlines(story.session, due_ms + 100 * DAYS_MS)
    assert (done.done_ms, done.is_late) == (story.now_ms, False)


@pytest.mark.requirement("A3")
def test_nothing_is_due_before_the_jury_has_ended() -> None:
    assert deadlines(Story().session, DAY_MS) == ()


# --- results --------------------------------------------------------------------------------


@pytest.mark.requirement("A1")
def test_results_are_published_once_with_their_place() -> None:
    story = sealed_story()
    story.act("organiser", cmd.PublishResults(place="Site de la DREETS"))
    results = story.session.after.results
    assert results is not None
    assert (results.place, results.at_ms) == ("Site de la DREETS", story.now_ms)
    refused(story, "organiser", cmd.PublishResults(place="Ailleurs"), "results_published")


@pytest.mark.requirement("A1")
def test_each_host_office_is_sent_its_extract_and_acknowledges_it() -> None:
    story = sealed_story()
    assert hosts(story.session) == {BRITTANY.office_id}
    refused(story, "invigilator", cmd.AcknowledgeExtract(), "extract_not_sent")
    refused(story, "organiser", replace(EXTRACT, office_id="grand-est"), "office_not_host")
    story.act("organiser", EXTRACT)
    story.wait(60)
    story.act("invigilator", cmd.AcknowledgeExtract())
    extract = story.session.after.extracts[BRITTANY.office_id]
    assert (extract.sent.files, extract.acknowledged_ms) == (EXTRACT.files, story.now_ms)
    story.act("organiser", EXTRACT)  # sent anew, acknowledged anew
    assert story.session.after.extracts[BRITTANY.office_id].acknowledged_ms is None


@pytest.mark.requirement("A4")
@pytest.mark.parametrize(
    "command",
    [AMEND, DELIVER, EXTRACT, APPEAL, cmd.PublishResults(place="Site")],
    ids=lambda command: command.command,
)
def test_an_organiser_of_a_host_office_hosts_and_no_more(command: cmd.Command) -> None:
    story = signed_by_all()
    host = replace(story.session.participant("organiser"), office_id=BRITTANY.office_id)
    with pytest.raises(ExamError, match="foreign_office"):
        decide(story.session, command, actor=host, now_ms=story.now_ms)


# --- appeals --------------------------------------------------------------------------------


@pytest.mark.requirement("A5")
def test_a_pending_appeal_holds_everything_until_it_is_closed() -> None:
    story = sealed_story()
    assert story.session.after.holds() == ()
    story.act("organiser", APPEAL)
    story.act("organiser", APPEAL)
    assert story.session.after.holds() == ("appeal-1", "appeal-2")
    close = cmd.CloseAppeal(appeal_id="appeal-1", outcome="Rejeté le 3 juillet.")
    story.act("organiser", close)
    assert story.session.after.holds() == ("appeal-2",)
    refused(story, "organiser", close, "appeal_closed")
    refused(story, "organiser", replace(close, appeal_id="x"), "appeal_unknown")
    refused(story, "organiser", replace(APPEAL, candidate_id="chair"), "participant_unknown")


@pytest.mark.requirement("A5")
def test_the_file_of_a_candidate_holds_all_of_theirs_and_nothing_of_another() -> None:
    story = eventful_story()
    belongs = concerning(story.session, "candidate")
    kept = [draft.event for draft in story.drafts if belongs(draft.event)]
    text = "\n".join(map(repr, kept))
    for foreign in ("candidate-2", "candidate-3", "sitting-2", "sitting-3"):
        assert f"'{foreign}'" not in text
    # The assistant is the first candidate's, and so is what befell the whole service.
    assert "'assistant'" in text
    types = {event.type for event in kept}
    assert {"outage.opened", "decision.adopted", "vote.cast", "service.interrupted"} <= types
    assert {"help.called", "help.answered", "identity.checked", "record.sealed"} <= types
    sitting = [e for e in kept if getattr(e, "sitting_id", None) == SITTING]
    everything = [d.event for d in story.drafts if getattr(d.event, "sitting_id", None) == SITTING]
    assert sitting == everything


def test_every_act_after_the_seal_has_its_event() -> None:
    """The union of commands and the table of acts agree."""
    after = {c for c in get_args(cmd.Command) if c.__module__.endswith(".after")}
    assert after == set(HANDLERS)
