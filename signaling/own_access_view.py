"""A person's own access, told to them: what was registered in their name, to be contradicted."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam.state import Session


class OwnAccessView(Part):
    opened_ms: int
    """When this device got it."""
    earlier_ms: int | None
    """When the device that had it before got it; None: this is the first."""
    passkey_ms: int | None
    """When their passkey was registered; None: they have none."""


def own_access_view(session: Session, participant_id: str) -> OwnAccessView | None:
    """Return it; None: nobody has opened their link, or the person has signed out."""
    opened = [
        access
        for access in session.invitations_of(participant_id)
        if access.redeemed_ms is not None
    ]
    if not opened or opened[-1].is_revoked or opened[-1].redeemed_ms is None:
        return None
    return OwnAccessView(
        opened_ms=opened[-1].redeemed_ms,
        earlier_ms=opened[-2].redeemed_ms if len(opened) > 1 else None,
        passkey_ms=session.passkeys_ms.get(participant_id),
    )
