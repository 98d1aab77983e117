"""A git repository with a pipeline in it, for tests of what somebody changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

_IDENTITY = ("-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    """What git prints, whoever runs the tests."""
    ran = subprocess.run(["git", *_IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout


def init(folder: Path) -> None:
    """Make a folder a repository, and commit what is there."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)


def commit(folder: Path) -> None:
    """Commit everything as it is."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a change")


class Repository:
    """A repository with a pipeline in the folder `shop`, committed.

    Attributes:
        root: its folder.
        spec: the pipeline's file.
    """

    def __init__(self, root: Path, spec: str, code: str) -> None:
        self.root = root
        self.spec = self.write("shop/pipeline.yaml", spec)
        self.write("shop/functions.py", code)
        init(root)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    def edit(self, *pairs: tuple[str, str]) -> None:
        """Write other texts for some that each stand once in the spec."""
        text = self.spec.read_text()
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self.spec.write_text(text)
