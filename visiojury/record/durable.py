"""Names that outlast a power cut: a file's content is synced through the file, its name is not.

Source: fsync(2): syncing a file does not sync the entry in the folder that holds it.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on the disk. Raises: OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
