"""What Alembic runs to migrate: on the connection, and in the transaction, it is handed."""

from __future__ import annotations

from alembic import context

from visiojury.record.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
