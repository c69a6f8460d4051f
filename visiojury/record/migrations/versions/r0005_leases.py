"""Say beside each head which server owns the session, by a lease with an epoch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("head", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("head", sa.Column("owner", sa.String))
    op.add_column("head", sa.Column("renewed_ms", sa.BigInteger))
