"""What is on the disk; what can be no name there, such as one that is too long, names nothing."""

from __future__ import annotations

import os.path
from pathlib import Path


def exists(path: Path | str) -> bool:
    """Whether something has this name."""
    return os.path.exists(path)  # noqa: PTH110 - a path's own method raises where a name is too long


def is_file(path: Path) -> bool:
    """Whether a file has this name."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether a folder has this name."""
    return os.path.isdir(path)  # noqa: PTH112
