"""RTCP between the relay and its peers: reports, key frame requests, what a path carries.

Reports of a receiver end here; those of a sender go on, mapped to each slot that shows it, with
the sender's own clock, so that lips match sound. Requests for key frames are merged per source.
Source: RFC 3550 section 6.4, RFC 4585, RFC 7667 section 3.7.
"""

from __future__ import annotations

from collections.abc import Iterable

from media import rtcp, rtp, simulcast
from media.aiortc_seam import BitrateEstimator
from media.answer import place_cname
from media.kinds import Stream
from media.outbox import Outbox
from media.peer import Connection
from media.repair import Repair
from media.uplink import UplinkStream


class Feedback:
    """Writes to peers through the outbox; remembers nothing of its own."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.repair = Repair(outbox)

    def receive(
        self, connection: Connection, messages: Iterable[rtcp.Feedback], now: float
    ) -> None:
        """Act on what a peer said in one compound packet."""
        for message in messages:
            match message:
                case rtcp.SenderReport():
                    self._pass_sender_report(connection, message, now)
                case rtcp.ReportBlock():
                    connection.round_trip.returned(message, now=now)
                case rtcp.KeyFrameRequest(ssrc):
                    self._pass_key_frame_request(connection, ssrc, now)
                case rtcp.NACK():
                    self.repair.answer(connection, message, now)
                case rtcp.BitrateLimit(bitrate_bps, ssrcs):
                    # Some receivers (aiortc) name a limit for each picture by itself: only one
                    # that names all of them tells of the path.
                    if ssrcs >= connection.pictures_sent():
                        simulcast.limit(connection, bitrate_bps, now)
                        self._ask_sources(connection, now)

    def _pass_sender_report(
        self, connection: Connection, report: rtcp.SenderReport, now: float
    ) -> None:
        stream = connection.stream_of(report.ssrc)
        if stream is None:
            return
        stream.note_sender_report(report, now=now)
        for slot, receiver in stream.targets:
            mapped = slot.sender_report(report)
            if mapped is not None:
                receiver.round_trip.sent(report.ntp, now=now)
                packet = rtcp.sender_report(mapped)
                packet += rtcp.source_description(slot.ssrc, place_cname(slot.place))
                self._outbox.send_rtcp(receiver, packet)

    def _pass_key_frame_request(self, receiver: Connection, ssrc: int, now: float) -> None:
        slot = receiver.slot_of(ssrc)
        stream = slot.source if slot is not None else None
        if slot is None or stream is None:
            return
        stream.key_frames.want(now=now, urgent=slot.waits_for_key_frame)
        self.ask_key_frames([stream.connection], now)

    def _ask_sources(self, receiver: Connection, now: float) -> None:
        """Send the key frame requests that are due to those whom a receiver sees."""
        cameras = [slot.camera for slot in receiver.slots if slot.camera is not None]
        self.ask_key_frames({camera.connection for camera in cameras}, now)

    def ask_key_frames(self, connections: Iterable[Connection | None], now: float) -> None:
        """Send the key frame requests that are due to these peers."""
        for connection in connections:
            if connection is None or not connection.transport.is_connected:
                continue
            for stream in connection.streams:
                if stream.ssrc is not None and stream.key_frames.is_due(now):
                    self._send(connection, rtcp.key_frame_request(connection.ssrc, stream.ssrc))

    def report(self, connection: Connection, now: float) -> None:
        """Tell a sender what arrives, and what it may send."""
        if not connection.transport.is_connected:
            return
        blocks = [stream.report(now=now) for stream in connection.streams]
        packet = rtcp.receiver_report(connection.ssrc, [b for b in blocks if b is not None])
        packet += rtcp.source_description(connection.ssrc, "relay")
        self._outbox.send_rtcp(connection, packet + _limit(connection))

    def tell_arrivals(self, connection: Connection) -> None:
        """Tell a sender when its packets came; called each tenth of a second."""
        camera, arrivals = connection.uplinks.get(Stream.VIDEO), connection.arrivals
        said = None if arrivals is None else arrivals.take()
        if said is None or camera is None or not connection.transport.is_connected:
            return
        self._send(connection, rtcp.transport_feedback(connection.ssrc, camera.ssrc or 0, said))

    def limit(self, connection: Connection) -> None:
        """Tell a sender what it may send."""
        limit = _limit(connection)
        if limit:
            self._send(connection, limit)

    def estimate(
        self,
        connection: Connection,
        stream: UplinkStream,
        data: rtp.Bytes,
        packet: rtp.RTPPacket,
        now: float,
    ) -> None:
        """Account for a video packet of a sender that is told a limit, and tell when it moves."""
        extension_id = stream.plan.abs_send_time_id
        sent = rtp.extension(data, packet, extension_id) if extension_id is not None else None
        if sent is None or len(sent) != 3:
            return
        burst = connection.bursts.add(int.from_bytes(sent), packet.end - packet.start, now=now)
        if burst is None:
            return
        if connection.estimator is None:
            connection.estimator = BitrateEstimator()
        estimator = connection.estimator
        estimate = estimator.add(burst.sent, burst.size, packet.ssrc, now=burst.arrived_at)
        if estimate is not None and connection.limit.update(
            estimate, is_overused=estimator.is_overused
        ):
            self.limit(connection)

    def _send(self, connection: Connection, feedback: bytes) -> None:
        """Send feedback behind an empty report, as a compound packet must begin with one."""
        report = rtcp.receiver_report(connection.ssrc, [])
        self._outbox.send_rtcp(connection, report + feedback)


def _limit(connection: Connection) -> bytes:
    if connection.arrivals is not None:
        return b""
    pictures = [one for one in connection.streams if one.stream is not Stream.AUDIO]
    ssrcs = [one.ssrc for one in pictures if one.ssrc is not None]
    return rtcp.bitrate_limit(connection.ssrc, connection.limit.bps, ssrcs) if ssrcs else b""
