"""What a worker process raises arrives as it was."""

from __future__ import annotations

import pickle

import pytest

from visiojury.documents import DocumentError
from visiojury.record.errors import (
    EntryUnreadableError,
    FoldError,
    RecordError,
    RecordTamperedError,
    StoreError,
)


@pytest.mark.parametrize(
    "error",
    [
        DocumentError("sitting_unknown", "sitting-9"),
        EntryUnreadableError(3, "json_invalid"),
        RecordTamperedError("deis-2026", 3, "entry_changed"),
        FoldError(3),
        StoreError("writer_conflict", "load it again"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_the_way_between_processes(error: DocumentError | RecordError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
