"""What is on the disk; what can be no name there, such as one that is too long, names nothing.

A path's own methods raise where a name is too long; those of `os.path` do not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
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


def folders_below(folder: Path) -> Iterator[tuple[Path, Sequence[str], Sequence[str]]]:
    """A folder and all below it, each with the names of its folders and its files, sorted; no link is followed.

    Hidden folders and virtual environments are nobody's, and what may not be read is empty.
    """
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not exists(Path(top, name, "pyvenv.cfg"))
        )
        yield Path(top), tuple(folders), sorted(files)
