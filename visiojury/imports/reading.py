"""A whole file, read and put to the rules of the exam: what can be taken, what is refused and why.

Pure: takes bytes and the session as it stands, returns values. Lines that are refused are left out
of what is returned; to take nothing unless all is right is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.commands.planning import MOST_PEOPLE, MOST_SITTINGS
from visiojury.exam.decide import decide
from visiojury.exam.definition import create
from visiojury.exam.errors import DefinitionError, ExamError
from visiojury.exam.people import Participant, Role
from visiojury.exam.state import Session
from visiojury.imports import odessa, programme, table
from visiojury.imports.draft import Draft, Head
from visiojury.imports.report import CellError, Fault, LineError, Refused
from visiojury.reference.checks import check_addition, check_pooling
from visiojury.reference.model import Reference

Form = Literal["csv", "odessa"]
Progress = Callable[[int, int], None]
"""Called with the lines done and all there are, now and then."""

PROGRESS_LINES = 250

Addition = cmd.AddOffice | cmd.EnrolParticipant | cmd.ScheduleSitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file comes to."""

    definition: cmd.SessionDefinition | None
    """The new session; None: the file adds to one, or cannot be made one."""
    additions: tuple[Addition, ...]
    """In the order in which they can be done; also in `definition`, where there is one."""
    lines: int
    """Lines that hold something, the header apart."""
    unknown_columns: tuple[str, ...]
    refused: tuple[Refused, ...]
    """In the order of the file, each line once."""


def read(
    content: bytes,
    *,
    form: Form,
    reference: Reference,
    session: Session | None = None,
    now_ms: int,
    progress: Progress | None = None,
) -> Imported:
    """Return what a file says.

    Args:
        content: the file.
        form: `csv`, the project's own; `odessa`, one line a candidate.
        reference: the data in force.
        session: the one to add to; None: the file describes a new one.
        now_ms: stamps the events that the rules are tried with.
        progress: told how far it is.
    """
    reader = programme if form == "csv" else odessa
    try:
        found = table.read(content, columns=reader.COLUMNS, required=reader.REQUIRED)
    except LineError as error:
        return Imported(
            definition=None, additions=(), lines=0, unknown_columns=(), refused=(error.refused,)
        )
    draft = Draft.empty(reference, session)
    if form == "csv":
        programme.Programme(draft, session).read(found.rows)
    else:
        odessa.Assignments(draft, session).read(found.rows)
    tried = _Trial(draft, session, now_ms, progress)
    tried.run()
    return Imported(
        definition=tried.definition,
        additions=tuple(tried.done),
        lines=len(found.rows),
        unknown_columns=found.unknown,
        refused=_by_line(draft.refused),
    )


def carry_out(
    additions: tuple[Addition, ...], session: Session, *, actor: Participant, now_ms: int
) -> list[ev.Event]:
    """Return what all additions come to, decided anew on the session as it stands.

    Raises:
        ExamError: one of them is refused by now; nothing has happened.
    """
    tried, events = deepcopy(session), list[ev.Event]()
    for command in additions:
        for event in decide(tried, command, actor=actor, now_ms=now_ms):
            tried.apply(event, by=actor.participant_id)
            events.append(event)
    return events


def _by_line(refused: list[Refused]) -> tuple[Refused, ...]:
    faults: dict[int, list[Fault]] = {}
    for one in refused:
        faults.setdefault(one.line, []).extend(one.faults)
    return tuple(Refused(line=line, faults=tuple(faults[line])) for line in sorted(faults))


class _Trial:
    """The rules of the exam, asked line by line on a copy of the session."""

    def __init__(
        self, draft: Draft, session: Session | None, now_ms: int, progress: Progress | None
    ) -> None:
        self.draft = draft
        self.definition: cmd.SessionDefinition | None = None
        self.done: list[Addition] = []
        self._now_ms = now_ms
        self._progress = progress
        self._session = deepcopy(session)
        self._is_new = session is None

    def run(self) -> None:
        if self._session is None:
            self._create()
        if self._session is None:
            return
        self._actor = _organiser(self._session)
        for office_id in self.draft.offices.used:
            if all(office.office_id != office_id for office in self._session.info.offices):
                self._do(None, cmd.AddOffice(office=self.draft.offices.office(office_id)))
        todo: list[tuple[int, Addition]] = [
            *((line, cmd.EnrolParticipant(participant=p)) for line, p in self.draft.enrolled),
            *((line, cmd.ScheduleSitting(plan=plan)) for line, plan in self.draft.plans),
        ]
        for count, (line, command) in enumerate(todo):
            if self._progress is not None and count % PROGRESS_LINES == 0:
                self._progress(count, len(todo))
            self._do(line, command)
        if self._progress is not None:
            self._progress(len(todo), len(todo))
        if self.definition is not None:
            self.definition = replace(
                self.definition,
                participants=tuple(
                    c.participant for c in self.done if isinstance(c, cmd.EnrolParticipant)
                ),
                sittings=tuple(c.plan for c in self.done if isinstance(c, cmd.ScheduleSitting)),
            )

    def _create(self) -> None:
        """Make the new session without anybody in it, if its line allows."""
        head = self.draft.head
        if head is None:
            if not self.draft.refused:
                self._refuse(1, "file_session_missing")
            return
        session = Session()
        try:
            definition = _definition(head, self.draft)
            check_pooling(
                self.draft.reference,
                diploma=definition.diploma.code,
                route=definition.route,
                organising_office_id=definition.organising_office_id,
                host_office_ids=set(),
            )
            for event in create(definition, now_ms=self._now_ms):
                session.apply(event, by=None)
        except (ExamError, CellError) as error:
            self._refuse(head.line, error.code, **error.detail)
            return
        self.definition, self._session = definition, session

    def _do(self, line: int | None, command: Addition) -> None:
        """Try one addition; what is refused is noted and left out."""
        session = self._session
        assert session is not None, "created or given"
        try:
            self._check_limits(command)
            check_addition(command, session.info, self.draft.reference)
            events = decide(session, command, actor=self._actor, now_ms=self._now_ms)
        except ExamError as error:
            self._refuse(line or 1, error.code, **error.detail)
            return
        for event in events:
            session.apply(event, by=self._actor.participant_id)
        self.done.append(command)

    def _check_limits(self, command: cmd.Command) -> None:
        session = self._session
        assert session is not None, "created or given"
        full = (
            isinstance(command, cmd.EnrolParticipant) and len(session.participants) >= MOST_PEOPLE
        ) or (isinstance(command, cmd.ScheduleSitting) and len(session.sittings) >= MOST_SITTINGS)
        if full:
            raise DefinitionError("session_full", people=MOST_PEOPLE, sittings=MOST_SITTINGS)

    def _refuse(self, line: int, code: str, **detail: str | int) -> None:
        self.draft.refused.append(Refused(line=line, faults=(Fault(code=code, detail=detail),)))


def _definition(head: Head, draft: Draft) -> cmd.SessionDefinition:
    offices = draft.offices
    offices.office(head.organising_office_id)
    return cmd.SessionDefinition(
        session_id=head.session_id,
        purpose="exam",
        title=head.title,
        diploma=head.diploma,
        route=head.route,
        organising_office_id=head.organising_office_id,
        offices=tuple(offices.office(office_id) for office_id in offices.used),
        reference=draft.reference.day.isoformat(),
        results_ms=head.results_ms,
        results_place=head.results_place,
    )


def _organiser(session: Session) -> Participant:
    """Return who the additions are tried as: whoever imports acts as the organising office."""
    return Participant(
        participant_id="administration",
        family_name="-",
        given_name="-",
        role=Role.ORGANISER,
        office_id=session.info.organising_office_id,
    )
