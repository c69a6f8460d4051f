"""Every command × every person × every stage of a session, over HTTP: 100 % of cells asserted.

The commands are the product's own list, so that a new one without its line in `tests.written`
fails. What a person may do, they do: a stage moves on under its permitted cells. A denied cell is
denied wherever its stage has come to, so the order of the tests does not matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, get_args

import pytest
import pytest_asyncio

from signaling.refusals import TABLE
from tests.builders import Story
from tests.signaling.site import Site
from tests.signaling.test_rights import (
    EVERYONE,
    WITHIN_REACH,
    Session,
    by_command,
    entered,
    plan,
    sealed,
)
from tests.signaling.test_stations import enrolled
from tests.written import RIGHTS
from visiojury.exam import commands as cmd

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("A4", "T1"),
    pytest.mark.slow,
]

Stage = Literal["planned", "running", "interrupted", "sealed"]
STAGES: tuple[Stage, ...] = get_args(Stage)
FORBIDDEN = (401, 403)
_NOT_YOURS = {"foreign_office", "not_a_member"}
BEYOND_REACH: dict[Stage, set[str]] = {
    "planned": _NOT_YOURS,
    "running": _NOT_YOURS,
    "interrupted": _NOT_YOURS,
    "sealed": _NOT_YOURS | {"record_sealed"},
}
"""How an act beyond one's reach is refused; after the seal it is so for everybody, first."""


def told(stage: Stage) -> Story:
    if stage == "sealed":
        return sealed()
    story = Story(plan())
    if stage != "planned":
        story.open_sitting()
    if stage == "interrupted":
        story.cut("candidate", 5)
    return story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(open_site: Site) -> AsyncIterator[dict[str, Session]]:
    yield {stage: await entered(open_site, await open_site.tell(told(stage))) for stage in STAGES}


def is_denied(who: str, command: cmd.Command) -> bool:
    return EVERYONE[who].role.value not in RIGHTS[command.command]


def is_beyond_reach(who: str, command: cmd.Command) -> bool:
    """Return whether it is done to a sitting that the person has nothing to do with."""
    return isinstance(command, cmd.SittingCommand) and who not in WITHIN_REACH


@pytest.mark.parametrize("stage", STAGES)
async def test_what_a_role_may_not_do_is_forbidden_at_every_stage(
    stages: dict[str, Session], stage: Stage
) -> None:
    cells = [(who, command) for who in EVERYONE for command in by_command()]
    assert {command.command for _, command in cells} == set(RIGHTS)
    denied = [cell for cell in cells if is_denied(*cell)]
    for who, command in denied:
        code, facts = await stages[stage].code_of(who, command)
        assert (code, facts.get("role")) == ("not_allowed", EVERYONE[who].role.value), (who, code)
        assert TABLE[code][0] in FORBIDDEN
    print(f"{stage}: {len(denied)} of {len(cells)} cells denied")
    assert len(denied) + len([c for c in cells if not is_denied(*c)]) == len(cells)


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "sealed"])
async def test_a_station_may_call_for_help_and_let_go_of_who_is_at_it_and_nothing_else(
    open_site: Site, stages: dict[str, Session], stage: Stage
) -> None:
    session = stages[stage]
    station = await enrolled(open_site, session.people["organiser"], session.session_id)
    at_it = Session(session.session_id, {"station": station})
    denied = [c for c in by_command() if "station" not in RIGHTS[c.command]]
    for command in denied:
        code, facts = await at_it.code_of("station", command)
        assert (code, facts.get("role")) == ("not_allowed", "station"), command.command
    assert len(denied) == len(RIGHTS) - 2
    own = cmd.LeaveStation(station_id=station.invitation.participant_id, participant_id="candidate")
    assert await at_it.code_of("station", own) == ("", {})


@pytest.mark.parametrize("stage", STAGES)
async def test_what_a_role_may_do_is_refused_for_no_want_of_it_and_only_within_reach(
    stages: dict[str, Session], stage: Stage
) -> None:
    permitted = [(w, c) for w in EVERYONE for c in by_command() if not is_denied(w, c)]
    permitted.sort(key=lambda cell: not is_beyond_reach(*cell))
    done = 0
    for who, command in permitted:
        code, facts = await stages[stage].code_of(who, command)
        done += not code
        if is_beyond_reach(who, command):
            assert code in BEYOND_REACH[stage], (who, command.command, code)
        assert not (code == "not_allowed" and facts.get("role")), (who, command.command)
    print(f"{stage}: {len(permitted)} cells permitted, {done} done")
    assert done
