"""One participant's copy of the state, as it was sent: snapshots, deltas, resumption. No IO."""

from __future__ import annotations

from collections import deque
from typing import Any

KEPT_DELTAS = 256
"""How far behind a connection may be and still resume; then it gets a snapshot."""


def merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the RFC 7396 patch that makes `after` of `before`. Values are never null."""
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            if inner := merge_patch(old, value):
                patch[key] = inner
        elif key not in before or old != value:
            patch[key] = value
    return patch


class Feed:
    """Numbers what one participant was told; lives longer than a connection."""

    def __init__(self) -> None:
        self.seq = 0
        self.state: dict[str, Any] = {}
        self._deltas: deque[tuple[int, dict[str, Any]]] = deque(maxlen=KEPT_DELTAS)

    def update(self, state: dict[str, Any]) -> bool:
        """Take the state as it is now; return whether anything changed."""
        patch = merge_patch(self.state, state)
        if not patch:
            return False
        self.seq += 1
        self.state = state
        self._deltas.append((self.seq, patch))
        return True

    def since(self, seq: int) -> list[tuple[int, dict[str, Any]]] | None:
        """Return the deltas after `seq`; None when a snapshot is needed instead."""
        if seq == self.seq:
            return []
        oldest = self._deltas[0][0] if self._deltas else self.seq + 1
        if not oldest - 1 <= seq < self.seq:
            return None
        return [(number, patch) for number, patch in self._deltas if number > seq]
