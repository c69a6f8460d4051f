"""Find a session by an invitation, and list it, without reading its record.

A server no longer keeps every session in memory. What is added says nothing that the entries
do not say: it is made from them here, and by each append from now on.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CHUNK_ROWS = 1000


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("session_id", sa.String, sa.ForeignKey("head.session_id"), nullable=False),
        sa.Column("invitation_id", sa.String, nullable=False),
        sa.Column("secret_digest", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "invitation_id"),
    )
    op.create_index("invitation_by_secret", "invitation", ["secret_digest"])
    op.create_table(
        "summary",
        sa.Column("session_id", sa.String, sa.ForeignKey("head.session_id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    _fill()


def _fill() -> None:
    entry = sa.table("entry", sa.column("session_id"), sa.column("seq"), sa.column("body", sa.Text))
    invitation = sa.table(
        "invitation",
        sa.column("session_id"),
        sa.column("invitation_id"),
        sa.column("secret_digest"),
    )
    # In canonical JSON a quote inside a text is escaped: only an event's own type matches.
    issued = (
        sa.select(entry.c.session_id, entry.c.body)
        .where(entry.c.body.contains('"type":"invitation.issued"', autoescape=True))
        .order_by(entry.c.session_id, entry.c.seq)
    )
    connection = op.get_bind()
    for rows in connection.execute(issued).partitions(CHUNK_ROWS):
        events = [(row.session_id, json.loads(row.body)["event"]) for row in rows]
        values = [
            {
                "session_id": session_id,
                "invitation_id": event["invitation_id"],
                "secret_digest": event["secret_digest"],
            }
            for session_id, event in events
        ]
        connection.execute(sa.insert(invitation), values)
