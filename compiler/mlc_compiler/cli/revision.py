"""The files of a revision of a git repository, without a checkout.

Only objects are read: no hook, filter or attribute of the repository is run or heeded, nothing is fetched, and links
are left out.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlc_compiler.source.limits import MAX_BYTES

_SUFFIXES = (".yaml", ".yml", ".toml", ".py")
"""What a comparison reads: specs, environments and the code that keys are made of."""

_FILES = ("100644", "100755")
"""Modes of plain files; links and submodules have others."""


class RevisionError(Exception):
    """A revision that cannot be read; the message says why, in a line."""


def export(revision: str, folder: Path, into: Path) -> Path:
    """Write the specs and the code of a revision to a folder.

    Args:
        revision: as git names it.
        folder: some folder of the repository.
        into: an empty folder.

    Returns:
        The folder within `into` that stands for `folder`.

    Raises:
        RevisionError: there is no git, no repository or no such revision.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode()
    listing = _git(top, "ls-tree", "-r", "-l", "-z", "--full-tree", commit.strip())
    wanted = list(_wanted(listing.decode("utf-8", "surrogateescape")))
    _write(top, wanted, into)
    (into / ".git").mkdir()  # here ends what a spec of the revision may read
    return into / folder.resolve().relative_to(top.resolve())


def is_revision(name: str, folder: Path) -> bool:
    """Whether git knows a revision of this name."""
    try:
        _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except RevisionError:
        return False
    return True


def _wanted(listing: str) -> Iterator[tuple[str, PurePosixPath]]:
    for line in filter(None, listing.split("\0")):
        facts, _, name = line.partition("\t")
        mode, _, blob, size = facts.split()
        path = PurePosixPath(name)
        if mode in _FILES and path.suffix in _SUFFIXES and int(size) <= MAX_BYTES and _plain(path):
            yield blob, path


def _plain(path: PurePosixPath) -> bool:
    """Whether a path stays below where it is written; git holds no others, but nothing is taken on trust."""
    return not path.is_absolute() and not {"..", ".git"} & {part.lower() for part in path.parts}


def _write(top: Path, wanted: list[tuple[str, PurePosixPath]], into: Path) -> None:
    data = _git(top, "cat-file", "--batch", given="".join(f"{blob}\n" for blob, _ in wanted).encode())
    at = 0
    for _, path in wanted:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        file = into / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data[end + 1 : end + 1 + size])
        at = end + size + 2


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    surroundings = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        ran = subprocess.run(
            ["git", "-C", str(folder), *arguments], input=given, env=surroundings, capture_output=True, check=False
        )
    except OSError as error:
        raise RevisionError(f"git cannot be started: {error.strerror}") from error
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        fatal = [line for line in said if line.startswith("fatal:")]
        raise RevisionError((fatal or said or ["git knows no such revision"])[0])
    return ran.stdout
