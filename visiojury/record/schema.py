"""The tables of the record's database, the same on SQLite and PostgreSQL.

What is here is the schema of now; how a database of an earlier release comes to it is in
migrations/. A test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

METADATA = MetaData()

HEAD = Table(
    "head",
    METADATA,
    Column("session_id", String, primary_key=True),
    # The last entry, counted beside the chain: an entry lost at its end is missed at once.
    Column("seq", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
    # Nothing more falls due by time: a server need not load it at start.
    Column("is_closed", Boolean, nullable=False, server_default=false()),
)
ENTRY = Table(
    "entry",
    METADATA,
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("entry_id", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String, nullable=False),
    PrimaryKeyConstraint("session_id", "seq"),
    UniqueConstraint("entry_id"),
)
PERSON_KEY = Table(
    "person_key",
    METADATA,
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("subject", String, nullable=False),
    # Wrapped with the installation's key; NULL: destroyed (personal.py).
    Column("wrapped", String),
    PrimaryKeyConstraint("session_id", "subject"),
)
INVITATION = Table(
    "invitation",
    METADATA,
    # Where a link leads; whether it still opens anything, its session's entries say.
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("invitation_id", String, nullable=False),
    Column("secret_digest", String, nullable=False),
    PrimaryKeyConstraint("session_id", "invitation_id"),
    Index("invitation_by_secret", "secret_digest"),
)
SUMMARY = Table(
    "summary",
    METADATA,
    # What a session is listed by; of no use once the head has moved on.
    Column("session_id", String, ForeignKey("head.session_id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)
LIFE = Table(
    "life",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)
