"""Events of earlier versions, read as of today. What is stored stays as it was written.

An entry says the version of its event (`event_v`). Where a later program changed the type, it
adds one step here, from each version to the next; the digest goes on covering the bytes of old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""Pure: an event's JSON of one version to that of the next; `type` never changes."""


class VersionUnknownError(ValueError):
    """The event is of a version that a newer program wrote."""


@dataclass(frozen=True, slots=True)
class Upcasters:
    steps: Mapping[tuple[str, int], Step] = field(default_factory=dict)
    """By type and version: how an event becomes one of the next version."""

    def current(self, kind: str) -> int:
        """Return the version that events of a type are written in now; the first is 1."""
        return 1 + sum(1 for stepped, _ in self.steps if stepped == kind)

    def upcast(self, event: dict[str, Any], version: int) -> dict[str, Any]:
        """Return `event`, read in `version`, as of today.

        Raises:
            VersionUnknownError: the version is not one that this program knows.
        """
        kind = str(event.get("type"))
        while (step := self.steps.get((kind, version))) is not None:
            event, version = step(dict(event)), version + 1
        if version != self.current(kind):
            raise VersionUnknownError(f"version {version} of an event")
        return event


UPCASTERS = Upcasters()
"""Nothing was released before the first versions."""
