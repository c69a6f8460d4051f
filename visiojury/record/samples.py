"""Samples of quality: ten seconds of one stream of one participant, in one direction.

They lie beside the chain, and are no proof: what was concluded from them is in the record. They
are erased long before it. Source: requirements D6 ("kept"), A2 ("quality samples far less").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from visiojury.exam.events import Direction, Stream
from visiojury.record.schema import QUALITY_SAMPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySample:
    """Counts are of this sample alone, the other figures means over its seconds."""

    session_id: str
    participant_id: str
    stream: Stream
    direction: Direction
    from_ms: int
    to_ms: int
    seconds: int
    """In which the stream flowed, or should have."""
    packets: int
    lost: int
    jitter_ms: float
    rtt_ms: float | None
    bitrate_bps: int
    frames: int
    glitches: int
    freezes: int
    score: int
    score_min: int
    mos: float | None


def write(connection: Connection, taken: Sequence[QualitySample]) -> None:
    connection.execute(insert(QUALITY_SAMPLE), [asdict(sample) for sample in taken])


async def read(connection: AsyncConnection, session_id: str) -> list[QualitySample]:
    columns = QUALITY_SAMPLE.c
    rows = await connection.execute(
        select(QUALITY_SAMPLE)
        .where(columns.session_id == session_id)
        .order_by(columns.from_ms, columns.participant_id, columns.direction, columns.stream)
    )
    return [QualitySample(**row) for row in rows.mappings()]


def erase(connection: Connection, session_id: str, *, before_ms: int) -> int:
    """Erase what ended before an instant; return how many samples that were."""
    columns = QUALITY_SAMPLE.c
    of_then = (columns.session_id == session_id) & (columns.to_ms < before_ms)
    return connection.execute(delete(QUALITY_SAMPLE).where(of_then)).rowcount
