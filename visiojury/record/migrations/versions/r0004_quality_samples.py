"""Keep samples of quality, beside the chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "quality_sample",
        sa.Column("session_id", sa.String, sa.ForeignKey("head.session_id"), nullable=False),
        sa.Column("participant_id", sa.String, nullable=False),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("to_ms", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("packets", sa.BigInteger, nullable=False),
        sa.Column("lost", sa.BigInteger, nullable=False),
        sa.Column("jitter_ms", sa.Float, nullable=False),
        sa.Column("rtt_ms", sa.Float),
        sa.Column("bitrate_bps", sa.BigInteger, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("glitches", sa.Integer, nullable=False),
        sa.Column("freezes", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("score_min", sa.Integer, nullable=False),
        sa.Column("mos", sa.Float),
        sa.PrimaryKeyConstraint("session_id", "participant_id", "stream", "direction", "from_ms"),
    )
