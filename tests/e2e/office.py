"""The staff without pages: on the day those are on other machines than the room's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER, Site
from visiojury.rehearsal.client import Client


@dataclass(frozen=True)
class Office:
    """The staff without pages: on the day those are on other machines than the room's."""

    organiser: Client
    invigilator: Client

    async def check_identities(self) -> None:
        for agent, people in (
            (self.organiser, (CHAIR, EXAMINER)),
            (self.invigilator, (CANDIDATE,)),
        ):
            for who in people:
                await agent.act("check_identity", participant_id=who, document="passport")

    async def admit(self, sitting_id: str) -> None:
        await self.invigilator.act("sign_attestation", sitting_id=sitting_id)
        await self.invigilator.act("admit", sitting_id=sitting_id)

    async def agree_postponement(self, sitting_id: str) -> None:
        for agent in (self.organiser, self.invigilator):
            await agent.act("agree_postponement", sitting_id=sitting_id)


@asynccontextmanager
async def open_office(site: Site) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as http:
        agents = [
            Client(http, site.origin(), site.invitations[w]) for w in (ORGANISER, INVIGILATOR)
        ]
        for agent in agents:
            await agent.redeem()
        yield Office(*agents)
