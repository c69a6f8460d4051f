"""Refusals of the record.

RecordError
├── EntryUnreadableError   the bytes are not an entry of this format
├── RecordTamperedError    the chain does not hold; says at which entry
├── FoldError              an entry speaks of something the record does not have
└── StoreError             the database cannot be used as it is; says what to do
    └── LeaseHeldError     another server owns the session; says which
"""

from __future__ import annotations


class RecordError(Exception):
    """A refusal we can explain; `code` is stable, the text is not.

    `args` stays what the class was called with, so that an error can leave a worker process.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class EntryUnreadableError(RecordError):
    """Code: `entry_unreadable`. `seq` is None where not even that could be read."""

    def __init__(self, seq: int | None, reason: str) -> None:
        super().__init__("entry_unreadable", f"entry {seq or 'of unknown number'}: {reason}")
        self.seq = seq
        self.reason = reason


class RecordTamperedError(RecordError):
    """Code: that of the first finding; `seq` is the entry it names."""

    def __init__(self, session_id: str, seq: int | None, code: str) -> None:
        super().__init__(code, f"record of session {session_id}, entry {seq}")
        self.session_id = session_id
        self.seq = seq


class FoldError(RecordError):
    """Code: `entry_inconsistent`."""

    def __init__(self, seq: int) -> None:
        super().__init__("entry_inconsistent", f"entry {seq} does not fit the entries before it")
        self.seq = seq


class StoreError(RecordError):
    """The database or a copy of it cannot be used as it is.

    Codes: `database_unusable`, `durability_refused`, `schema_unknown`, `writer_conflict`,
    `lease_lost`, `keys_unreadable`; of backups: `backup_damaged`, `backup_of_other_version`,
    `backup_unwritable`, `database_not_empty`, `record_tampered`.
    """


class LeaseHeldError(StoreError):
    """Code: `lease_held`. `owner` is the server that has the session."""

    def __init__(self, session_id: str, owner: str) -> None:
        super().__init__("lease_held", f"session {session_id} is owned by {owner}")
        self.owner = owner
