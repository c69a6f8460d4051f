"""Keep a key a person, and say of each session whether it is over.

A server starts without reading what is over, and a person is erased by their key. The version
of the schema is Alembic's to keep: `meta` goes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "head", sa.Column("is_closed", sa.Boolean, nullable=False, server_default=sa.false())
    )
    head, entry = sa.table("head", sa.column("session_id"), sa.column("is_closed")), _entry()
    # In canonical JSON a quote inside a text is escaped: only an event's own type matches.
    sealed = sa.select(entry.c.session_id).where(
        entry.c.body.contains('"type":"record.sealed"', autoescape=True)
    )
    op.execute(head.update().where(head.c.session_id.in_(sealed)).values(is_closed=sa.true()))
    op.create_table(
        "person_key",
        sa.Column("session_id", sa.String, sa.ForeignKey("head.session_id"), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("wrapped", sa.String),
        sa.PrimaryKeyConstraint("session_id", "subject"),
    )
    op.drop_table("meta")


def _entry() -> sa.TableClause:
    return sa.table("entry", sa.column("session_id"), sa.column("body", sa.Text))
