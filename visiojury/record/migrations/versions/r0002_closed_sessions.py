"""Say of each session whether it is over, so that a server starts without reading old ones.

The version of the schema is Alembic's to keep: `meta` goes.
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
    op.drop_table("meta")


def _entry() -> sa.TableClause:
    return sa.table("entry", sa.column("session_id"), sa.column("body", sa.Text))
