"""How far a stranger's files reach: no path and no link leads out of the repository."""

from __future__ import annotations

import os.path
from pathlib import Path

from mlc_compiler.source.there import exists


def project_of(path: Path) -> Path:
    """The folder that a spec's files may come from: its repository, else the working folder around it, else its own."""
    folder = Path(os.path.realpath(path)).parent  # a link to itself is where it stands
    for above in (folder, *folder.parents):
        if exists(above / ".git"):
            return above
    return Path.cwd() if folder.is_relative_to(Path.cwd()) else folder


def inside(path: Path, folder: Path) -> bool:
    """Whether a file, after all links, lies in a folder."""
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, ValueError, RuntimeError):
        return False


def leads_out(path: Path) -> bool:
    """Whether a link on the way to a file leads out of the repository in which the file is named.

    Outside any repository nobody's word is taken for that of a stranger, and no link leads out.
    """
    for above in path.absolute().parents:
        # What a link stands for may be a repository of its own; the one that holds the link is meant.
        if not above.is_symlink() and exists(above / ".git"):
            return not inside(path, above.resolve())
    return False
