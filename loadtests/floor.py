"""What a packet costs at the least in Python, here and now, and how evenly this machine runs.

The yardsticks for a machine that is shared: figures of two runs can be compared by the one, and no
delay can be judged without the other.
"""

from __future__ import annotations

import os
import socket
import struct
import time

from pylibsrtp import Policy, Session

from loadtests.packets import VIDEO_BYTES, VIDEO_TYPE

_PACKETS = 20_000
_STRETCH_S, _STRETCHES = 0.01, 300


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


def slowdown() -> float:
    """Return how many times longer the same sum takes in the slowest hundredth of 10 ms stretches.

    Against the median of them, in three seconds of nothing else: what waits in such a stretch
    waits for the machine.
    """
    stretches = sorted(_sum_s() for _ in range(_STRETCHES))
    return stretches[len(stretches) * 99 // 100] / stretches[len(stretches) // 2]


def _sum_s() -> float:
    """Return how long one sum took, by the wall clock, on average over a stretch."""
    began, sums = time.perf_counter(), 0
    while (elapsed_s := time.perf_counter() - began) < _STRETCH_S:
        sum(range(1000))
        sums += 1
    return elapsed_s / sums
