"""Which place of a receiver each other peer has. A place is one sound and one picture."""

from __future__ import annotations


class Places:
    """Which place of a receiver each other peer has. A place is one sound and one picture.

    Who left keeps the place in case of return, until all others are taken.
    """

    def __init__(self) -> None:
        self._of: dict[str, int] = {}
        """Oldest first; those not shown stay until their place is needed."""
        self._shown: set[str] = set()

    def assign(self, wanted: list[str], *, count: int) -> dict[str, int]:
        """Give a place below `count` to as many of `wanted` as there are, the first ones first."""
        self._shown = set(wanted)
        self._of = {peer: place for peer, place in self._of.items() if place < count}
        for peer in wanted:
            if peer not in self._of:
                place = self._free(count)
                if place is None:
                    break
                self._of[peer] = place
        return {peer: self._of[peer] for peer in wanted if peer in self._of}

    def _free(self, count: int) -> int | None:
        taken = set(self._of.values())
        never_used = next((place for place in range(count) if place not in taken), None)
        if never_used is not None:
            return never_used
        for peer, place in self._of.items():
            if peer not in self._shown:
                del self._of[peer]
                return place
        return None
