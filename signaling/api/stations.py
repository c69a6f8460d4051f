"""What is asked at a station: a person signs in there for themselves."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from signaling import bodies as b
from signaling.api.route import Route, adapter, answer, body, caller_of
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Role

SIGN_IN: TypeAdapter[b.StationSignIn] = TypeAdapter(b.StationSignIn)


async def sign_in(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    if caller.participant.role is not Role.STATION:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    asked: b.StationSignIn = await body(request, SIGN_IN)
    await server.redeeming.sign_in_at(
        caller.room,
        caller.participant.participant_id,
        asked.participant_id,
        asked.code,
        device_key=caller.claims.jkt,
    )
    return answer(b.SignedInBody(participant_id=asked.participant_id))


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/stations/sign-in",
        summary="At a station: a member of the jury signs in there by the code of their own link.",
        handler=sign_in,
        guard="person",
        takes=SIGN_IN,
        gives=adapter(b.SignedInBody),
    ),
)
