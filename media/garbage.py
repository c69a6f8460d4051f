"""When Python's garbage collector runs: between rounds, and only after something was left behind.

Left to itself it runs in the midst of a packet, whenever enough was allocated, and walks through
all that lives: of 50 peers a tenth of the processor, tens of milliseconds at a time.

It relies on this: a packet leaves nothing behind but bare values, so that what was made and not
freed grows with people who come and go, not with what they send. Only connections that ended
are cycles (DTLS and its transport, streams and slots that know each other).
"""

from __future__ import annotations

import gc

LEFT_BEHIND = 5_000
"""Objects made and not yet freed, of which a collection is worth its pause: some fifteen joins."""


def take_over() -> None:
    """Let no collection happen by itself, and none look at what is loaded by now."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect_if_due() -> bool:
    """Collect if enough was left behind; tell whether it was."""
    if gc.get_count()[0] < LEFT_BEHIND:
        return False
    gc.collect()
    return True
