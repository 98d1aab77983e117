"""Which revision of the project's files is at work."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TypedDict

_PATIENCE = 5.0  # seconds


class Revision(TypedDict):
    """A commit, and whether tracked files of the project differ from it or files are not tracked."""

    commit: str
    dirty: bool


def revision(root: Path) -> Revision | None:
    """The revision of a folder under git; None where there is no git, or none answers."""
    commit = _git(root, "rev-parse", "HEAD")
    status = _git(root, "status", "--porcelain", "--", ".")
    return None if commit is None or status is None else {"commit": commit.strip(), "dirty": bool(status.strip())}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
