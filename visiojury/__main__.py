"""`python -m visiojury` is the command `visiojury`."""

from __future__ import annotations

import sys

from visiojury.cli import main

if __name__ == "__main__":
    sys.exit(main())
