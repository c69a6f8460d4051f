"""Who is connected to a session: one live connection a person, and what each was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from signaling.feed import Feed
from signaling.messages import Message
from signaling.owner import SessionOwner
from signaling.views import view_for
from visiojury.exam.state import Session


class Connection(Protocol):
    participant_id: str
    invitation_id: str

    def wake(self) -> None:
        """The participant's feed has something new."""

    def post(self, message: Message) -> None:
        """Queue one message."""

    def close_with(self, code: str) -> None:
        """End with a code of `messages.CLOSE_CODES`."""


class Hub:
    """The connections of one session. Told of every change by the owner."""

    def __init__(self, owner: SessionOwner, now_ms: Callable[[], int]) -> None:
        self.owner = owner
        self._now_ms = now_ms
        self._feeds: dict[str, Feed] = {}
        self._live: dict[str, Connection] = {}
        owner.on_change.append(self._publish)

    def feed(self, participant_id: str) -> Feed:
        """Return the feed of a participant, brought up to now."""
        feed = self._feeds.setdefault(participant_id, Feed())
        feed.update(self._view(participant_id))
        return feed

    def enter(self, connection: Connection) -> bool:
        """Make `connection` the person's live one; the one before is told and closed.

        Returns:
            Whether there was one before.
        """
        before = self._live.get(connection.participant_id)
        self._live[connection.participant_id] = connection
        if before is not None:
            before.close_with("superseded")
        return before is not None

    def leave(self, connection: Connection) -> None:
        if self._live.get(connection.participant_id) is connection:
            del self._live[connection.participant_id]

    def connected(self) -> list[str]:
        """Return who has a live connection."""
        return list(self._live)

    def post(self, participant_id: str, message: Message) -> None:
        """Send `message` to a person, if they are connected."""
        if (connection := self._live.get(participant_id)) is not None:
            connection.post(message)

    def post_all(self, message: Message) -> None:
        for connection in self._live.values():
            connection.post(message)

    def close_all(self, code: str) -> None:
        for connection in list(self._live.values()):
            connection.close_with(code)

    def _publish(self) -> None:
        self._close_revoked(self.owner.state)
        for participant_id, feed in self._feeds.items():
            changed = feed.update(self._view(participant_id))
            connection = self._live.get(participant_id)
            if changed and connection is not None:
                connection.wake()

    def _close_revoked(self, state: Session) -> None:
        for connection in list(self._live.values()):
            access = state.access.get(connection.invitation_id)
            if access is not None and access.has_signed_out:
                connection.close_with("access_signed_out")
            elif access is None or access.is_revoked:
                connection.close_with("access_revoked")

    def _view(self, participant_id: str) -> dict[str, Any]:
        view = view_for(self.owner.state, participant_id, self._now_ms())
        # Absent instead of null: in a merge patch, null takes away (RFC 7396).
        return view.model_dump(mode="json", exclude_none=True)
