"""When Python's garbage collector runs: between rounds, and only after people have left.

Left to itself it runs in the midst of a packet, whenever enough was allocated, and walks through
all that lives: of 50 peers a tenth of the processor, tens of milliseconds at a time.

It relies on this: only connections that ended are cycles (DTLS and its transport, streams and
slots that know each other), and a packet leaves nothing behind but bare values. Python's count of
objects made and not freed is the second reason only: it rises with packets that replace others.
"""

from __future__ import annotations

import gc

ENDED = 15
"""Connections, of which a collection is worth its pause: some two megabytes."""
MADE = 100_000
"""Objects made and not yet freed, of which it is too, whatever they are: a minute of 50 peers."""


def take_over() -> None:
    """Let no collection happen by itself, and none look at what is loaded by now."""
    gc.collect()
    gc.freeze()
    gc.disable()


class Collector:
    """Knows how many connections had ended when it last collected."""

    def __init__(self) -> None:
        self._ended = 0

    def collect_if_due(self, ended: int) -> bool:
        """Collect if enough was left behind; tell whether it was.

        Args:
            ended: connections, since the beginning.
        """
        if ended - self._ended < ENDED and gc.get_count()[0] < MADE:
            return False
        self._ended = ended
        gc.collect()
        return True
