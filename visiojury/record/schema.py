"""The tables of the record's database, the same on SQLite and PostgreSQL.

What is here is the schema of now; how a database of an earlier release comes to it is in
migrations/. A test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
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
    text,
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
    # Which of several servers owns the session (leases.py): raised by whoever takes it, named by
    # every append; and when the owner last renewed, by the database's clock.
    Column("epoch", BigInteger, nullable=False, server_default=text("0")),
    Column("owner", String),
    Column("renewed_ms", BigInteger),
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
QUALITY_SAMPLE = Table(
    "quality_sample",
    METADATA,
    # Ten seconds of one stream of one participant. No part of the chain: erased long before it.
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("participant_id", String, nullable=False),
    Column("stream", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("packets", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("jitter_ms", Float, nullable=False),
    Column("rtt_ms", Float),
    Column("bitrate_bps", BigInteger, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("glitches", Integer, nullable=False),
    Column("freezes", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("score_min", Integer, nullable=False),
    Column("mos", Float),
    PrimaryKeyConstraint("session_id", "participant_id", "stream", "direction", "from_ms"),
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
