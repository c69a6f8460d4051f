"""Signing out: a person gives their access back, here and at the provider they signed in at."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from signaling import bodies as b
from signaling.api.route import Route, adapter, answer, body, caller_of
from visiojury.exam import events as ev
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Role
from visiojury.exam.state import Session

SIGN_OUT: TypeAdapter[b.SignOut] = TypeAdapter(b.SignOut)


async def sign_out(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    # A station is its office's: nobody in the room ends it for the others.
    if caller.participant.role is Role.STATION:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    asked: b.SignOut = await body(request, SIGN_OUT)
    event = ev.AccessSignedOut(
        at_ms=server.instants.now_ms(), invitation_id=caller.claims.invitation
    )
    await caller.room.owner.record(lambda state: _once(state, event), actor=caller.actor)
    url = None
    if server.entrances.openid is not None and asked.id_token is not None:
        url = await server.entrances.openid.end_session_url(asked.id_token)
    return answer(b.SignedOutBody(end_session_url=url))


def _once(state: Session, event: ev.AccessSignedOut) -> list[ev.Event]:
    """Return the sign-out, if nothing ended that access meanwhile."""
    return [] if state.access[event.invitation_id].is_revoked else [event]


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/sign-out",
        summary="Give one's access back; where to sign out at the OpenID provider, if one did.",
        handler=sign_out,
        guard="person",
        takes=SIGN_OUT,
        gives=adapter(b.SignedOutBody),
    ),
)
