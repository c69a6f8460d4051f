"""What a browser needs to go through the TURN server, for half a day, and nobody else can.

A name with its own expiry and the HMAC of it, which server and TURN server compute from one
shared secret, so that neither asks the other. The name tells the TURN server's log nothing about
who it is, and is the same for one person, so that its quotas are a person's.
Source: draft-uberti-behave-turn-rest-00 section 2.2; RFC 8656 (TURN).
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from signaling.bodies import ICEServer
from signaling.settings import TURN

VALID_S = 12 * 3600
"""Longer than any exam; each new negotiation gets new ones."""
_NAME_CHARACTERS = 16


def ice_servers(settings: TURN, secret: bytes, person: str, *, now_ms: int) -> list[ICEServer]:
    """Return the servers that a person's browser may use from now on.

    Args:
        settings: where they are.
        secret: shared with them.
        person: identifies whom the credentials are for, in this session.
        now_ms: UTC.
    """
    if not settings.urls:
        return []
    name = hmac.new(secret, person.encode(), hashlib.sha256).hexdigest()[:_NAME_CHARACTERS]
    username = f"{now_ms // 1000 + VALID_S}:{name}"
    # SHA-1 is what the draft prescribes, and what TURN servers compute.
    digest = hmac.new(secret, username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return [ICEServer(urls=settings.urls, username=username, credential=credential)]
