"""One participant's WebSocket: hello, then state out and media negotiation in."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from pydantic import ValidationError

from auth.errors import AuthError
from signaling import messages as m
from signaling import telemetry
from signaling.access import Gate, Person
from signaling.budget import Budget, Rate
from signaling.contests import OFFER, leave_trace
from signaling.draining import Drain
from signaling.feed import Feed
from signaling.instants import Instants
from signaling.limits import Accounts
from signaling.media_desk import MediaDesk
from signaling.refusals import RequestError, message_of, text_of
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.record.errors import RecordError

log = structlog.get_logger()

HELLO_TIMEOUT_S = 5.0
HEARTBEAT_S = 10.0
TICK_S = 1.0
HARD_LIMIT_BYTES = 4 * m.MAX_MESSAGE_BYTES
"""Up to here a message too big is refused and the connection goes on; beyond, it is closed."""
QUEUE_LIMIT = 256
TESTIMONIES = Rate(per_s=5.0, burst=5.0)
"""What a page tells of what it receives: more is passed over."""


class ParticipantSocket:
    """Serves one WebSocket from hello to close. Fulfils `hub.Connection`."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        *,
        desk: MediaDesk,
        instants: Instants,
        accounts: Accounts,
        drain: Drain,
    ) -> None:
        self._ws = ws
        self._drain = drain
        self._desk = desk
        self._accounts = accounts
        self._instants = instants
        self._outbox: deque[m.Message] = deque()
        self._news = asyncio.Event()
        self._close_code: str | None = None
        self._feed = Feed()
        self._sent_seq = 0
        self._caller: Person | None = None
        self._testimonies = Budget(TESTIMONIES, time.monotonic())
        self.participant_id = ""
        self.invitation_id = ""

    # --- hub.Connection

    def wake(self) -> None:
        self._news.set()

    def post(self, message: m.Message) -> None:
        if len(self._outbox) >= QUEUE_LIMIT:
            self.close_with("too_slow")
            return
        self._outbox.append(message)
        self._news.set()

    def close_with(self, code: str) -> None:
        self._close_code = self._close_code or code
        self._news.set()

    # --- life

    async def serve(self, gate: Gate, url: str) -> None:
        """Run until either side closes."""
        hello = await self._receive_hello()
        if hello is None:
            return
        try:
            self._caller = await gate.authenticate_hello(hello.ticket, hello.proof, url)
        except (AuthError, RequestError) as refusal:
            await self._refuse_hello(refusal.code)
            return
        except RecordError:
            await self._refuse_hello("record_unavailable")
            return
        self.participant_id = self._caller.participant.participant_id
        self.invitation_id = self._caller.claims.invitation
        hub = self._caller.room.hub
        is_second = hub.enter(self)
        who = {
            "session_id": self._caller.room.session_id,
            "participant_id": self.participant_id,
        }
        log.info("socket.opened", **who, is_resumed=hello.resume is not None)
        try:
            if is_second and hello.resume is None:
                # A page that comes back after a cut resumes; this is another one.
                await self._contested("connection")
            await self._converse(hello.resume)
        finally:
            hub.leave(self)
            log.info("socket.closed", **who, close_code=self._ws.close_code)
        await self._say_why()

    async def _contested(self, what: ev.Contest) -> None:
        assert self._caller is not None, "only after hello"
        await leave_trace(
            self._caller.room, self.participant_id, what, at_ms=self._instants.now_ms()
        )

    async def _receive_hello(self) -> m.Hello | None:
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                received = await self._ws.receive()
        except TimeoutError:
            await self._refuse_hello("hello_late")
            return None
        if received.type is not WSMsgType.TEXT:
            await self._refuse_hello("message_malformed")
            return None
        try:
            message = m.FROM_PARTICIPANT.validate_json(received.data)
        except ValidationError:
            await self._refuse_hello("message_malformed")
            return None
        if not isinstance(message, m.Hello):
            await self._refuse_hello("message_unexpected")
            return None
        return message

    async def _refuse_hello(self, code: str) -> None:
        telemetry.REFUSALS.labels(code).inc()
        log.info("socket.refused", code=code)
        await self._send(m.Refusal(code=code, message=message_of(code)))
        close = m.CLOSE_CODES.get(code, m.CLOSE_CODES["unauthenticated"])
        await self._ws.close(code=close, message=code.encode())

    async def _converse(self, resume: m.Resume | None) -> None:
        self._greet(resume)
        async with asyncio.TaskGroup() as group:
            parts = (self._read(group), self._write(), self._tick())
            tasks = [group.create_task(part) for part in parts]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

    def _greet(self, resume: m.Resume | None) -> None:
        assert self._caller is not None, "greeted after hello"
        room = self._caller.room
        self._feed = room.hub.feed(self.participant_id)
        now_ms, epoch = self._instants.now_ms(), self._instants.boot_id
        is_ours = resume is not None and resume.epoch == epoch
        if is_ours and resume is not None and self._feed.since(resume.seq) is not None:
            self._sent_seq = resume.seq
            self.post(m.Resumed(epoch=epoch, seq=resume.seq, server_ms=now_ms))
        else:
            self._sent_seq = self._feed.seq
            self.post(
                m.Snapshot.model_construct(
                    epoch=epoch,
                    seq=self._feed.seq,
                    server_ms=now_ms,
                    state=self._feed.state,  # type: ignore[arg-type]  # dumped already
                )
            )
        if (slots := room.slots.get(self.participant_id)) is not None:
            self.post(slots)
        if self._drain.notice is not None:
            self.post(self._drain.notice)

    # --- out

    async def _write(self) -> None:
        """Send what there is, until there is a reason to close."""
        while self._close_code is None:
            await self._news.wait()
            self._news.clear()
            while self._outbox:
                await self._send(self._outbox.popleft())
            await self._send_deltas()

    async def _say_why(self) -> None:
        """Close with the reason, where it is ours.

        By nobody but who has stopped reading: aiohttp then reads on until the other side has
        closed too. Else what it still sends meets a closed port, whose reset would overtake the
        reason.
        """
        if (code := self._close_code) is not None:
            await self._send(m.Refusal(code=code, message=message_of(code)))
            await self._ws.close(code=m.CLOSE_CODES[code], message=code.encode())

    async def _send_deltas(self) -> None:
        deltas = self._feed.since(self._sent_seq)
        if deltas is None:
            self.close_with("too_slow")
            return
        for seq, patch in deltas:
            await self._send(m.Delta(seq=seq, server_ms=self._instants.now_ms(), patch=patch))
            self._sent_seq = seq

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.post(m.Tick(server_ms=self._instants.now_ms()))

    async def _send(self, message: m.Message) -> None:
        if not self._ws.closed:
            try:
                await self._ws.send_str(message.model_dump_json(warnings=False))
            except ConnectionError:
                log.debug("socket.broken", participant_id=self.participant_id)
                await self._ws.close(code=WSCloseCode.GOING_AWAY)

    # --- in

    async def _read(self, group: asyncio.TaskGroup) -> None:
        assert self._caller is not None, "only after hello"
        session_id = self._caller.room.session_id
        async for received in self._ws:
            if not self._accounts.may_send(session_id, self.participant_id):
                self.close_with("too_many_messages")
                return
            # What was begun is finished, even if the connection is closed meanwhile.
            await asyncio.shield(group.create_task(self._take(received)))

    async def _take(self, received: WSMessage) -> None:
        """Answer one message; whatever it holds, the connection and the room go on."""
        try:
            message = self._parse(received)
        except RequestError as refusal:
            self._refuse(None, refusal)
            return
        number = message.id if isinstance(message, m.Offer | m.Ping) else None
        try:
            await self._handle(message)
        except (AuthError, ExamError, RequestError) as refusal:
            self._refuse(number, refusal)
        except RecordError:
            self._refuse(number, RequestError("record_unavailable"))

    @staticmethod
    def _parse(received: WSMessage) -> m.InRoom:
        if received.type is not WSMsgType.TEXT:
            raise RequestError("message_malformed", where="texte attendu")
        if len(received.data.encode()) > m.MAX_MESSAGE_BYTES:
            raise RequestError("message_too_big")
        try:
            message = m.FROM_PARTICIPANT.validate_json(received.data)
        except ValidationError as error:
            raise RequestError("message_malformed", where=where(error)) from None
        if isinstance(message, m.Hello):
            raise RequestError("message_unexpected")
        return message

    async def _handle(self, message: m.InRoom) -> None:
        assert self._caller is not None, "only after hello"
        room, who = self._caller.room, self.participant_id
        match message:
            case m.Ping():
                self.post(m.Pong(id=message.id, server_ms=self._instants.now_ms()))
            case m.Switch():
                await self._desk.switch(room, who, message)
            case m.Received():
                if self._testimonies.spend(time.monotonic()):
                    await self._desk.received(room, who, message)
            case m.Shown():
                await self._desk.shown(room, who, message)
            case m.Offer():
                try:
                    with telemetry.ANSWER_DURATION.time():
                        answer = await self._desk.offer(room, who, self._caller.claims.jkt, message)
                except AuthError as refusal:
                    if (what := OFFER.get(type(refusal))) is not None:
                        await self._contested(what)
                    raise
                self.post(m.Answer(id=message.id, sdp=answer))

    def _refuse(self, number: int | None, refusal: AuthError | ExamError | RequestError) -> None:
        telemetry.REFUSALS.labels(refusal.code).inc()
        log.info("message.refused", participant_id=self.participant_id, code=refusal.code)
        self.post(m.Refusal(id=number, code=refusal.code, message=text_of(refusal)))


def where(error: ValidationError) -> str:
    """Return which field of a message is wrong, never its value."""
    first: Any = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{place} ({first['type']})"
