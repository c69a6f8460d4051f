"""What a packet costs at the least in Python, on this machine and at this moment.

The yardstick for a machine that is shared: figures of two runs can be compared by it.
"""

from __future__ import annotations

import os
import socket
import struct
import time

from pylibsrtp import Policy, Session

from loadtests.packets import VIDEO_BYTES, VIDEO_TYPE

_PACKETS = 20_000


def floor_us() -> float:
    """Return CPU microseconds to build a header, encrypt with AES-256-GCM and send once."""
    policy = Policy(
        key=os.urandom(44),
        ssrc_type=Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    )
    protect, pack, body = Session(policy).protect, struct.Struct("!BBHII").pack, bytes(VIDEO_BYTES)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source,
    ):
        sink.bind(("127.0.0.1", 0))
        address, send = sink.getsockname(), source.sendto
        began = time.process_time()
        for number in range(_PACKETS):
            send(protect(pack(0x80, VIDEO_TYPE, number & 0xFFFF, number, 99) + body), address)
        return (time.process_time() - began) / _PACKETS * 1e6
