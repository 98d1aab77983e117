"""What is on the disk; what can be no name there, such as one that is too long, names nothing.

A path's own methods raise where a name is too long; those of `os.path` do not.
"""

from __future__ import annotations

import os.path
from pathlib import Path


def exists(path: Path | str) -> bool:
    """Whether something has this name."""
    return os.path.exists(path)


def is_file(path: Path) -> bool:
    """Whether a file has this name."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Whether a folder has this name."""
    return os.path.isdir(path)
