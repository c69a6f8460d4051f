"""Getting in: an invitation for access, access for a ticket or a media token, a new invitation."""

from __future__ import annotations

import structlog
from aiohttp import web
from pydantic import TypeAdapter

from auth.fingerprints import normalise
from auth.invitations import Factor
from signaling import bodies as b
from signaling.access import Caller
from signaling.api.route import (
    SESSION_PATH,
    Route,
    adapter,
    answer,
    body,
    caller_of,
    caller_or_admin,
)
from signaling.invitation_mail import invitation_mail, unused
from signaling.inviting import Issued
from signaling.qr import qr_code
from signaling.redeeming import Redeemed
from signaling.refusals import RequestError
from signaling.rooms import may_echo, sends_media
from signaling.server import SERVER
from signaling.turn import ice_servers
from visiojury.exam.duty import AGENTS
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.people import Role

REDEEM: TypeAdapter[b.Redeem] = TypeAdapter(b.Redeem)
EMPTY: TypeAdapter[b.Empty] = TypeAdapter(b.Empty)
MEDIA_TOKEN: TypeAdapter[b.MediaTokenRequest] = TypeAdapter(b.MediaTokenRequest)
MAIL: TypeAdapter[b.MailInvitation] = TypeAdapter(b.MailInvitation)
INVITE: TypeAdapter[b.Invite] = TypeAdapter(b.Invite)


log = structlog.get_logger()


def invitation_body(issued: Issued) -> b.InvitationBody:
    return b.InvitationBody(
        participant_id=issued.participant_id,
        role=issued.role,
        link=issued.link,
        code=issued.code,
        totp_uri=issued.totp_uri,
        totp_qr=None if issued.totp_uri is None else _drawn(issued.totp_uri),
    )


def _drawn(text: str) -> b.QRBody:
    code = qr_code(text)
    return b.QRBody(side=code.side, path=code.path)


def redeemed_body(redeemed: Redeemed, *, id_token: str | None = None) -> b.RedeemedBody:
    return b.RedeemedBody(
        access_token=redeemed.access_token,
        session_id=redeemed.session_id,
        participant_id=redeemed.participant_id,
        role=redeemed.role,
        id_token=id_token,
    )


async def redeem(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    asked: b.Redeem = await body(request, REDEEM)
    jkt = server.gate.device_key(request)
    return answer(
        redeemed_body(await server.entrances.redeeming.redeem(asked.secret, asked.code, jkt))
    )


async def ws_ticket(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    await body(request, EMPTY)
    return answer(b.TicketBody(ticket=server.gate.tickets.issue(caller.claims)))


async def media_token(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    asked: b.MediaTokenRequest = await body(request, MEDIA_TOKEN)
    participant = caller.participant
    if not (may_echo if asked.is_echo else sends_media)(caller.room, participant.participant_id):
        raise RequestError("media_not_for_role")
    token = server.gate.tokens.media(
        participant.participant_id,
        room=caller.room.session_id,
        role=participant.role.value,
        jkt=caller.claims.jkt,
        fingerprint=normalise(asked.fingerprint),
    )
    return answer(
        b.MediaTokenBody(
            media_token=token,
            ice_servers=ice_servers(
                server.settings.turn,
                server.turn_secret,
                f"{caller.room.session_id}/{participant.participant_id}",
                now_ms=server.instants.now_ms(),
            ),
            is_turn_forced=server.settings.turn.only,
        )
    )


async def factors(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    if caller.participant.role is not Role.ORGANISER:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    return answer(b.FactorsBody(factors=server.entrances.inviting.factors))


async def invite(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    if caller.participant.role not in AGENTS:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    asked: b.Invite = await body(request, INVITE)
    _check_may_invite(caller, asked.participant_id, asked.factor)
    server.accounts.invitation(caller.room.session_id, caller.participant.participant_id)
    issued = await server.entrances.inviting.issue(
        caller.room, asked.participant_id, actor=caller.actor, factor=asked.factor
    )
    handed = {"link_qr": _drawn(issued.link), "can_mail": server.mailer is not None}
    return answer(invitation_body(issued).model_copy(update=handed))


async def mail(request: web.Request) -> web.Response:
    """Send a link that was just made; the address is used once and kept nowhere."""
    server, caller = await caller_or_admin(request)
    if caller.participant.role not in AGENTS:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    asked: b.MailInvitation = await body(request, MAIL)
    _check_may_invite(caller, asked.participant_id, "code")
    if server.mailer is None:
        raise RequestError("mail_not_configured")
    session, now_ms = caller.room.owner.state, server.instants.now_ms()
    invitation = unused(session, asked.participant_id, asked.secret, now_ms)
    server.accounts.invitation(caller.room.session_id, caller.participant.participant_id)
    link = server.entrances.inviting.link(asked.secret)
    sender, address = server.mailer.sender, asked.address
    await server.mailer.send(
        invitation_mail(session, invitation, link, sender=sender, address=address, now_ms=now_ms)
    )
    log.info(
        "invitation.mailed",
        session_id=caller.room.session_id,
        participant_id=asked.participant_id,
        by=caller.participant.participant_id,
    )
    return answer(b.Empty())


def _check_may_invite(caller: Caller, subject_id: str, factor: Factor) -> None:
    """The organiser invites people; an agent opens the stations of their own office.

    Raises:
        ExamError: not the caller's to give, or the station was withdrawn.
    """
    station = caller.room.owner.state.stations.known.get(subject_id)
    if station is None:
        if caller.participant.role is not Role.ORGANISER:
            raise NotAllowedError("not_allowed", role=caller.participant.role.value)
        return
    if caller.participant.office_id != station.enrolled.office_id or factor != "code":
        raise NotAllowedError("foreign_station", station_id=subject_id)
    if station.is_withdrawn:
        raise NotReadyError("station_withdrawn", station_id=subject_id)


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/invitations/redeem",
        summary="Exchange an invitation's secret (and code) for access bound to a device key.",
        handler=redeem,
        guard="none",
        takes=REDEEM,
        gives=adapter(b.RedeemedBody),
    ),
    Route(
        method="POST",
        path="/api/ws-ticket",
        summary="A ticket for one WebSocket, good once within 30 s.",
        handler=ws_ticket,
        guard="person",
        takes=EMPTY,
        gives=adapter(b.TicketBody),
    ),
    Route(
        method="POST",
        path="/api/media-token",
        summary="A token for one offer with this certificate, good once within 60 s; TURN servers.",
        handler=media_token,
        guard="person",
        takes=MEDIA_TOKEN,
        gives=adapter(b.MediaTokenBody),
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/invitations",
        summary="What an invitation can ask for beside the link, in this installation.",
        handler=factors,
        guard="person_or_admin",
        gives=adapter(b.FactorsBody),
    ),
    Route(
        method="POST",
        path=SESSION_PATH + "/invitations",
        summary="Invite a person, or open a station, again; the earlier link and connections end.",
        handler=invite,
        guard="person_or_admin",
        takes=INVITE,
        gives=adapter(b.InvitationBody),
    ),
    Route(
        method="POST",
        path=SESSION_PATH + "/invitations/mail",
        summary="Send a link that was not used yet by mail; the address is kept nowhere.",
        handler=mail,
        guard="person_or_admin",
        takes=MAIL,
        gives=adapter(b.Empty),
    ),
)
