"""What a load test refuses: more than a machine that others use too should be asked for."""

from __future__ import annotations


class OutOfBoundsError(ValueError):
    """More peers, time or runs than a load test may take; says how many it may."""
