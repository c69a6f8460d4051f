"""What is read of a packet of a picture, whatever its codec: where frames begin, which are keys.

The picture itself is never looked into.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class PictureDescriptor:
    """Of one packet. Offsets count from the start of the payload; 0 means the field is absent."""

    starts_frame: bool
    is_key: bool
    """A receiver that has no picture yet can begin with this packet."""
    picture_id: int = 0
    picture_id_at: int = 0
    picture_id_bits: int = 0
    """7 or 15; 0 when absent."""
    tl0_index: int = 0
    tl0_index_at: int = 0
