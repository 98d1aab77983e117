"""Volumes: each has a place of its own in a container, where nothing else has to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.ask import Ask
from mlc_containers.site import PROJECT

_OF_MACHINES = ("/proc", "/sys", "/dev")
"""Folders of every machine's."""


def check_volumes(ask: Ask, *, taken: Sequence[str], longest: int) -> Iterator[Diagnostic]:
    """Where volumes are mounted, and what they are called.

    Args:
        ask: what is asked.
        taken: the folders that the target or its engine put something into.
        longest: the characters of a volume's name.
    """
    seen: dict[PurePosixPath, str] = {}
    for name, at in ask.site.mounts.items():
        place = ask.setting("volumes", name, "path")
        path = PurePosixPath(at)
        reason = _reason(path, (*taken, *_OF_MACHINES)) or (
            f"the volume `{seen[path]}` is mounted there" if path in seen else ""
        )
        if reason:
            help_ = "mount it in a folder of its own: `/store`, or one below the project's folder"
            yield Diagnostic("MLC726", f"no volume can be mounted at `{at}`", place, reason, help_)
        seen.setdefault(path, name)
        if len(name) > longest:
            message = f"the name of a volume has {longest} characters at most, not {len(name)}"
            yield Diagnostic("MLC715", message, ask.setting("volumes", name).key())


def _reason(path: PurePosixPath, taken: Sequence[str]) -> str:
    if PurePosixPath(PROJECT).is_relative_to(path):
        return "it would hide the project, which is a part of the image"
    met = next((each for each in taken if path.is_relative_to(each) or PurePosixPath(each).is_relative_to(path)), None)
    return "" if met is None else f"`{met}` is another's"
